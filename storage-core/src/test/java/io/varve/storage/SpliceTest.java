package io.varve.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varve.storage.chunkstore.ContentSplice;
import io.varve.storage.chunkstore.StagedContent;
import io.varve.storage.namespace.Entry;
import io.varve.storage.namespace.EntryPath;
import io.varve.storage.namespace.PutRequest;
import io.varve.storage.namespace.WriteOptions;
import java.io.IOException;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** New bytes in the midst of, and behind, what is stored. */
class SpliceTest {
    private static final WriteOptions KEYS = WriteOptions.keys("tester");
    private static final EntryPath FILE = new EntryPath("bucket", "file");

    private StoreFixture store;

    @BeforeEach
    void open() throws IOException {
        store = StoreFixture.withBucket();
    }

    @AfterEach
    void close() throws IOException {
        store.close();
    }

    private Entry splice(Entry entry, long offset, byte[] bytes) throws IOException {
        try (ContentSplice splice = store.namespace().splice(entry, offset)) {
            splice.writer().write(bytes);
            try (StagedContent content = splice.finish()) {
                return store.namespace()
                        .put(entry.path(), content, PutRequest.ofType(""), KEYS)
                        .entry();
            }
        }
    }

    /** What a file holds after the same was done to an array. */
    private static byte[] spliced(byte[] before, int offset, byte[] bytes) {
        byte[] after = Arrays.copyOf(before, Math.max(before.length, offset + bytes.length));
        System.arraycopy(bytes, 0, after, offset, bytes.length);
        return after;
    }

    private static byte[] random(Random random, int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    @Test
    void holdsWhatAnArrayHolds() throws IOException {
        long seed = 7;
        Random random = new Random(seed);
        byte[] expected = random(random, 300_000);
        Entry entry = store.put(FILE, expected).entry();
        for (int round = 0; round < 60; round++) {
            int offset = round % 5 == 0 ? expected.length : random.nextInt(expected.length + 1);
            byte[] bytes = random(random, round % 7 == 0 ? 0 : 1 + random.nextInt(round % 3 == 0 ? 90_000 : 300));
            entry = splice(entry, offset, bytes);
            expected = spliced(expected, offset, bytes);
            assertThat(store.read(entry))
                    .as("seed %d, round %d: %d bytes at %d", seed, round, bytes.length, offset)
                    .isEqualTo(expected);
        }
        store.requireClean();
        store.settle();
        store.requireClean();
        assertThat(store.read(FILE)).isEqualTo(expected);
    }

    @Test
    void isCutAsIfItHadBeenWritten() throws IOException {
        Random random = new Random(8);
        byte[] expected = random(random, 60_000);
        Entry entry = store.put(FILE, expected).entry();
        for (int round = 0; round < 40; round++) {
            int offset = round % 2 == 0 ? expected.length : random.nextInt(expected.length);
            byte[] bytes = random(random, 1 + random.nextInt(900));
            entry = splice(entry, offset, bytes);
            expected = spliced(expected, offset, bytes);
            Entry whole = store.put(new EntryPath("bucket", "whole"), expected).entry();
            assertThat(entry.content()).as("round %d", round).isEqualTo(whole.content());
        }
    }

    @Test
    void storesOnlyWhatIsNew() throws IOException {
        byte[] bytes = random(new Random(9), 3_000_000);
        Entry entry = store.put(FILE, bytes).entry();
        long before = store.chunks().ingestStatistics().bytesStored();
        entry = splice(entry, 1_500_000, new byte[] {1, 2, 3});
        entry = splice(entry, 3_000_000, new byte[] {4, 5, 6});
        assertThat(store.chunks().ingestStatistics().bytesStored() - before).isLessThan(150_000);
        assertThat(entry.size()).isEqualTo(3_000_003);
    }

    @Test
    void whatIsGivenUpLeavesNothing() throws IOException {
        Entry entry = store.put(FILE, random(new Random(10), 100_000)).entry();
        try (ContentSplice splice = store.namespace().splice(entry, 50_000)) {
            splice.writer().write(random(new Random(11), 200_000));
        }
        try (ContentSplice splice = store.namespace().splice(entry, 100_000)) {
            splice.writer().write(1);
            splice.finish().close();
        }
        assertThat(store.chunks().openReaders()).isZero();
        store.settle();
        store.requireClean();
        assertThatThrownBy(() -> store.namespace().splice(entry, 100_001))
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThat(store.chunks().openReaders()).isZero();
    }
}
