package io.varve.storage.chunkstore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varve.storage.StoreFixture;
import io.varve.storage.io.Faults;
import io.varve.storage.io.FaultyDeviceDirectory;
import io.varve.storage.io.MemoryDeviceDirectory;
import io.varve.storage.io.NoSpaceException;
import io.varve.storage.namespace.Entry;
import io.varve.storage.namespace.EntryPath;
import io.varve.storage.namespace.PutRequest;
import io.varve.storage.namespace.StorageException;
import io.varve.storage.namespace.WriteOptions;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ChunkStoreTest {
    private static final EntryPath PATH = new EntryPath("bucket", "file");

    private StoreFixture store;

    @BeforeEach
    void open() throws IOException {
        store = new StoreFixture(
                new MemoryDeviceDirectory(), new MemoryDeviceDirectory(), false, Instant.parse("2026-01-01T00:00:00Z"));
        store.namespace().createBucket("bucket", "tester");
    }

    @AfterEach
    void close() throws IOException {
        store.close();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 63, 4096, 4097, 20_000, 65_536, 65_537, 300_000, 1_500_000, 9_000_000})
    void whatIsWrittenIsRead(int length) throws IOException {
        byte[] bytes = random(length, length);
        store.put(PATH, bytes);
        byte[] read = store.read(PATH);
        assertThat(read.length).isEqualTo(length);
        assertThat(Arrays.mismatch(read, bytes)).isEqualTo(-1);
        store.requireClean();
    }

    @Test
    void rangesAreExact() throws IOException {
        byte[] bytes = random(1, 2_000_000);
        Entry entry = store.put(PATH, bytes).entry();
        Random random = new Random(2);
        for (int i = 0; i < 200; i++) {
            int from = random.nextInt(bytes.length);
            int length = random.nextInt(Math.min(bytes.length - from, 100_000) + 1);
            try (ContentReader reader = store.namespace().read(entry, from, length)) {
                assertThat(Arrays.equals(reader.readAllBytes(), Arrays.copyOfRange(bytes, from, from + length)))
                        .as("range %d + %d", from, length)
                        .isTrue();
            }
        }
        assertThat(store.chunks().openReaders()).isZero();
    }

    @Test
    void sameBytesAreStoredOnce() throws IOException {
        byte[] bytes = random(3, 3_000_000);
        store.put(PATH, bytes);
        ChunkTotals before = ChunkTotals.read(store.metadata());
        store.put(new EntryPath("bucket", "again"), bytes);
        assertThat(ChunkTotals.read(store.metadata())).isEqualTo(before);
    }

    @Test
    void anEditCostsAboutTheEdit() throws IOException {
        byte[] bytes = random(4, 4_000_000);
        store.put(PATH, bytes);
        long before = ChunkTotals.read(store.metadata()).storedBytes();
        bytes[2_000_000]++;
        store.put(PATH, bytes);
        long added = ChunkTotals.read(store.metadata()).storedBytes() - before;
        assertThat(added).isPositive().isLessThan(150_000);
    }

    @Test
    void runsOfZerosAreOneChunkHeldManyTimes() throws IOException {
        byte[] zeros = new byte[20_000_000];
        Entry entry = store.put(PATH, zeros).entry();
        assertThat(ChunkTotals.read(store.metadata()).chunks()).isLessThan(8);
        assertThat(Arrays.equals(store.read(entry), zeros)).isTrue();
        store.requireClean();
        store.namespace().delete(PATH, WriteOptions.keys("tester"));
        store.settle();
        assertThat(ChunkTotals.read(store.metadata())).isEqualTo(new ChunkTotals(0, 0, 0, 0));
    }

    @Test
    void givenUpContentLeavesNothing() throws IOException {
        try (ContentWriter writer = store.namespace().write(ContentHints.NONE)) {
            writer.write(random(5, 5_000_000));
        }
        try (StagedContent staged = store.stage(random(6, 5_000_000))) {
            assertThat(staged.content().length()).isEqualTo(5_000_000);
        }
        store.requireClean();
        store.settle();
        assertThat(ChunkTotals.read(store.metadata())).isEqualTo(new ChunkTotals(0, 0, 0, 0));
        assertThat(store.chunks().leasedChunks()).isZero();
        assertThat(store.chunks().ingestBuffersInUse()).isZero();
        assertThat(store.segments().ids()).isEmpty();
    }

    @Test
    void contentThatCannotBeCommittedLeavesNothingInMemory() throws IOException {
        Faults faults = new Faults(1);
        try (StoreFixture full = new StoreFixture(
                new FaultyDeviceDirectory(new MemoryDeviceDirectory(), faults),
                new MemoryDeviceDirectory(),
                false,
                Instant.parse("2026-01-01T00:00:00Z"))) {
            faults.fullAfter(0);
            try (ContentWriter writer = full.namespace().write(ContentHints.NONE)) {
                assertThatThrownBy(() -> writer.write(random(11, 5_000_000))).isInstanceOf(NoSpaceException.class);
            }
            assertThat(full.chunks().leasedChunks()).isZero();
            assertThat(full.chunks().ingestBuffersInUse()).isZero();
        }
    }

    @Test
    void contentThatGrowsIsAskedForRoomAgain() throws IOException {
        AtomicInteger left = new AtomicInteger(3);
        Runnable room = () -> {
            if (left.decrementAndGet() < 0) {
                throw new StorageException.NoSpace("full");
            }
        };
        try (ContentWriter writer = store.chunks().write(ContentHints.NONE, room)) {
            assertThatThrownBy(() -> writer.write(random(10, 20_000_000))).isInstanceOf(StorageException.NoSpace.class);
            assertThat(writer.length()).isLessThan(5_000_000);
        }
        store.requireClean();
        store.settle();
        assertThat(ChunkTotals.read(store.metadata())).isEqualTo(new ChunkTotals(0, 0, 0, 0));
        assertThat(store.chunks().ingestBuffersInUse()).isZero();
    }

    @Test
    void aReaderKeepsWhatItReads() throws IOException {
        byte[] bytes = random(7, 3_000_000);
        Entry entry = store.put(PATH, bytes).entry();
        try (ContentReader reader = store.namespace().read(entry, 0, entry.size())) {
            byte[] head = reader.readNBytes(1000);
            store.put(PATH, new byte[] {1});
            store.settle();
            byte[] rest = reader.readAllBytes();
            assertThat(Arrays.equals(head, Arrays.copyOf(bytes, 1000))).isTrue();
            assertThat(Arrays.equals(rest, Arrays.copyOfRange(bytes, 1000, bytes.length)))
                    .isTrue();
        }
        store.settle();
        assertThat(ChunkTotals.read(store.metadata()).plainBytes()).isEqualTo(1);
    }

    /** As many writers as there are ingest buffers, in turn on one thread: one that waited for another's would wait for ever. */
    @Test
    void writersThatHoldAllBuffersStillGoOn() throws IOException {
        int writers = 8;
        byte[] bytes = random(9, 5_000_000);
        List<ContentWriter> open = new ArrayList<>();
        for (int i = 0; i < writers; i++) {
            open.add(store.namespace().write(ContentHints.NONE));
        }
        for (int from = 0; from < bytes.length; from += 100_000) {
            for (int i = 0; i < writers; i++) {
                open.get(i).write(bytes, from + i * 1000, 100_000 - i * 1000);
            }
        }
        assertThat(store.chunks().ingestBuffersInUse()).isEqualTo(writers);
        for (int i = 0; i < writers; i++) {
            EntryPath path = new EntryPath("bucket", "of writer " + i);
            try (ContentWriter writer = open.get(i);
                    StagedContent content = writer.finish()) {
                store.namespace().put(path, content, PutRequest.ofType(""), WriteOptions.keys("tester"));
            }
            byte[] read = store.read(path);
            for (int from = 0; from < bytes.length; from += 100_000) {
                int length = 100_000 - i * 1000;
                int at = from / 100_000 * length;
                assertThat(Arrays.equals(bytes, from + i * 1000, from + 100_000, read, at, at + length))
                        .isTrue();
            }
        }
        assertThat(store.chunks().ingestBuffersInUse()).isZero();
        store.requireClean();
    }

    @Test
    void closedContentCannotBeCommitted() throws IOException {
        StagedContent staged = store.stage(random(8, 100));
        staged.close();
        assertThatThrownBy(() -> store.committer().commit(commit -> {
                    staged.publish(commit);
                    return true;
                }))
                .isInstanceOf(IOException.class);
    }

    private static byte[] random(long seed, int length) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }
}
