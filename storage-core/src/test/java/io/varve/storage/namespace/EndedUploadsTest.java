package io.varve.storage.namespace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varve.storage.StoreFixture;
import io.varve.storage.chunkstore.StagedContent;
import io.varve.storage.metadata.Cursor;
import io.varve.storage.metadata.Family;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A bucket takes any number of uploads along, though a commit ends only so many. */
class EndedUploadsTest {
    /** A few more than one commit ends. */
    private static final int MANY = 1_010;

    private static final EntryPath PATH = new EntryPath("bucket", "file");
    private static final WriteOptions KEYS = WriteOptions.keys("tester");

    private StoreFixture store;
    private KeyUploads uploads;
    private Upload last;

    @BeforeEach
    void begin() throws IOException {
        store = StoreFixture.withBucket();
        uploads = store.namespace().keyUploads();
        last = uploads.begin(PATH, PutRequest.ofType(""), KEYS);
        for (int i = 1; i < MANY; i++) {
            last = uploads.begin(PATH, PutRequest.ofType(""), KEYS);
        }
        try (StagedContent content = store.stage(new byte[5_000])) {
            uploads.putPart(last, 1, content, new EntityTag("tag"), Attributes.NONE);
        }
    }

    @AfterEach
    void close() throws IOException {
        store.close();
    }

    private int rows(Family family) throws IOException {
        int rows = 0;
        try (Cursor cursor = store.metadata().scan(family, new byte[0], null)) {
            while (cursor.next()) {
                rows++;
            }
        }
        return rows;
    }

    @Test
    void allEndWithTheBucket() throws IOException {
        store.namespace().deleteBucket("bucket", KEYS);
        assertThatThrownBy(() -> uploads.find(PATH, last.id())).isInstanceOf(StorageException.NoSuchUpload.class);
        store.namespace().tidy();
        assertThat(rows(Family.UPLOADS)).isZero();
        assertThat(rows(Family.PARTS)).isZero();
        store.requireClean();
    }

    /** Between the commit that deletes the bucket and the one that ends the rest of its uploads. */
    @Test
    void whatAStopLeavesIsNobodysAndEndsLater() throws IOException {
        EndedUploads ended = new EndedUploads(store.committer(), store.chunks());
        boolean more = store.committer().commit(commit -> {
            boolean rest = ended.endAll(commit, "bucket");
            commit.delete(Family.BUCKETS, NameKeys.bucket("bucket"));
            return rest;
        });
        assertThat(more).isTrue();
        assertThatThrownBy(() -> uploads.find(PATH, last.id())).isInstanceOf(StorageException.NoSuchUpload.class);
        store.advance(Duration.ofSeconds(1));
        store.namespace().createBucket("bucket", "tester");
        Upload mine = uploads.begin(PATH, PutRequest.ofType(""), KEYS);
        assertThat(uploads.list(UploadQuery.all("bucket", ""))).containsExactly(mine);
        assertThatThrownBy(() -> uploads.abort(last)).isInstanceOf(StorageException.NoSuchUpload.class);
        store.namespace().tidy();
        store.namespace().tidy();
        assertThat(rows(Family.PARTS)).isZero();
        assertThat(rows(Family.UPLOADS)).as("its own row and its place").isEqualTo(2);
        assertThat(uploads.find(PATH, mine.id())).isEqualTo(mine);
    }

    @Test
    void idleOnesEndOneByOne() throws IOException {
        store.advance(Duration.ofDays(1));
        Upload fresh = uploads.begin(PATH, PutRequest.ofType(""), KEYS);
        assertThat(uploads.endIdleSince(store.now().minusSeconds(60))).isEqualTo(MANY);
        assertThat(uploads.list(UploadQuery.all("bucket", ""))).containsExactly(fresh);
        uploads.abort(fresh);
        store.namespace().tidy();
        assertThat(rows(Family.UPLOADS)).isZero();
    }
}
