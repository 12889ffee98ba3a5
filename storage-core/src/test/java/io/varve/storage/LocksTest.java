package io.varve.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.varve.storage.metadata.Cursor;
import io.varve.storage.metadata.Family;
import io.varve.storage.namespace.EntryPath;
import io.varve.storage.namespace.LockRequest;
import io.varve.storage.namespace.WriteOptions;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LocksTest {
    private static final WriteOptions FOLDERS = WriteOptions.folders("tester");

    private StoreFixture store;

    @BeforeEach
    void open() throws IOException {
        store = StoreFixture.withBucket();
    }

    @AfterEach
    void close() throws IOException {
        store.close();
    }

    private static EntryPath path(int number) {
        return new EntryPath("bucket", "file " + number);
    }

    private void lock(int number, long seconds) {
        store.namespace().lock(path(number), new LockRequest("", true, false, seconds), FOLDERS);
    }

    private int rows() throws IOException {
        int rows = 0;
        try (Cursor cursor = store.metadata().scan(Family.LOCKS, new byte[0], null)) {
            while (cursor.next()) {
                rows++;
            }
        }
        return rows;
    }

    /** More than one step takes, with others between them. */
    @Test
    void locksThatRanOutAreTakenAway() throws IOException {
        for (int i = 0; i < 1200; i++) {
            lock(i, i % 10 == 0 ? 1000 : 10);
        }
        store.advance(Duration.ofSeconds(60));
        store.namespace().tidy();
        assertThat(rows()).isEqualTo(120);
        assertThat(store.namespace().locks(path(10))).hasSize(1);
        assertThat(store.namespace().locks(path(11))).isEmpty();
    }

    @Test
    void aRoundThatFindsNothingCommitsNothing() throws IOException {
        lock(1, 1000);
        long before = store.committer().publishedSequence();
        store.namespace().tidy();
        assertThat(store.committer().publishedSequence()).isEqualTo(before);
        assertThat(rows()).isEqualTo(1);
    }
}
