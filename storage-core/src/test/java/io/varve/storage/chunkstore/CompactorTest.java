package io.varve.storage.chunkstore;

import static org.assertj.core.api.Assertions.assertThat;

import io.varve.storage.StoreFixture;
import io.varve.storage.io.AlignedBuffers;
import io.varve.storage.io.BlockDevice;
import io.varve.storage.io.DeviceFiles;
import io.varve.storage.io.MemoryDeviceDirectory;
import io.varve.storage.metadata.Family;
import io.varve.storage.namespace.Entry;
import io.varve.storage.namespace.EntryPath;
import io.varve.storage.namespace.WriteOptions;
import io.varve.storage.segment.Tier;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CompactorTest {
    private static final WriteOptions OPTIONS = WriteOptions.keys("tester");

    private final MemoryDeviceDirectory segmentFiles = new MemoryDeviceDirectory();
    private StoreFixture store;

    @BeforeEach
    void open() throws IOException {
        store = new StoreFixture(
                new MemoryDeviceDirectory(), segmentFiles, false, Instant.parse("2026-01-01T00:00:00Z"));
        store.namespace().createBucket("bucket", "tester");
    }

    @AfterEach
    void close() throws IOException {
        store.close();
    }

    @Test
    void spaceOfDeadChunksComesBackAndLiveOnesStay() throws IOException {
        for (int i = 0; i < 40; i++) {
            store.put(file(i), random(i, 100_000));
        }
        for (int i = 0; i < 40; i++) {
            if (i % 4 != 0) {
                store.namespace().delete(file(i), OPTIONS);
            }
        }
        store.settle();
        long before = fileBytes();
        long moved = store.compact(60);
        assertThat(moved).isBetween(600_000L, 1_100_000L);
        assertThat(fileBytes()).isLessThan(before / 3).isLessThan(moved * 11 / 10);
        for (int i = 0; i < 40; i += 4) {
            assertThat(store.read(file(i))).isEqualTo(random(i, 100_000));
        }
        store.requireClean();
        assertThat(store.compact(60)).isZero();
    }

    @Test
    void fullSegmentsAreLeftAlone() throws IOException {
        for (int i = 0; i < 20; i++) {
            store.put(file(i), random(i, 100_000));
        }
        List<Integer> before = store.segments().ids();
        assertThat(store.compact(60)).isZero();
        assertThat(store.segments().ids()).isEqualTo(before);
    }

    @Test
    void smallSegmentsAreJoined() throws IOException {
        for (int i = 0; i < 10; i++) {
            store.put(file(i), random(i, 40_000));
            store.segments().seal();
        }
        assertThat(store.segments().ids()).hasSize(10);
        store.compact(1);
        assertThat(store.segments().ids()).hasSize(1);
        for (int i = 0; i < 10; i++) {
            assertThat(store.read(file(i))).isEqualTo(random(i, 40_000));
        }
        store.requireClean();
    }

    @Test
    void aReaderGoesOnWhileItsSegmentIsEmptied() throws IOException {
        byte[] bytes = random(1, 900_000);
        Entry entry = store.put(file(1), bytes).entry();
        try (ContentReader reader = store.namespace().read(entry, 0, entry.size())) {
            byte[] head = reader.readNBytes(1000);
            assertThat(store.compact(101)).isGreaterThan(600_000);
            assertThat(Arrays.equals(reader.readAllBytes(), Arrays.copyOfRange(bytes, 1000, bytes.length)))
                    .isTrue();
            assertThat(head).isEqualTo(Arrays.copyOf(bytes, 1000));
        }
    }

    /** What cannot be read is not moved, keeps its segment, and does not stop the others. */
    @Test
    void damagedChunksStayWhereTheyAre() throws IOException {
        store.put(file(1), random(1, 300_000));
        store.put(file(2), random(2, 300_000));
        store.segments().seal();
        int segment = store.segments().ids().getFirst();
        try (BlockDevice device = segmentFiles.open(segmentFiles.list().getFirst())) {
            ByteBuffer block = AlignedBuffers.allocate(BlockDevice.BLOCK);
            device.read(block, 20 * BlockDevice.BLOCK);
            block.put(100, (byte) ~block.get(100)).flip();
            device.write(block.limit(BlockDevice.BLOCK), 20 * BlockDevice.BLOCK);
            device.sync();
        }
        store.compact(101);
        assertThat(store.segments().ids()).contains(segment).hasSize(2);
        assertThat(store.metadata().counter(Family.SEGMENTS, ChunkKeys.segment(segment)))
                .isBetween(1L, 20_000L);
        assertThat(store.read(file(2))).isEqualTo(random(2, 300_000));
        List<Integer> after = store.segments().ids();
        store.compact(101);
        assertThat(store.segments().ids()).contains(segment).hasSize(after.size());
    }

    /** As the mirror mends it, while the store serves. */
    @Test
    void aSegmentThatIsHealedIsEmptiedAfterAll() throws IOException {
        MemoryDeviceDirectory second = new MemoryDeviceDirectory();
        store.close();
        store = new StoreFixture(
                new MemoryDeviceDirectory(),
                segmentFiles,
                Optional.of(second),
                false,
                Instant.parse("2026-01-01T00:00:00Z"));
        store.namespace().createBucket("bucket", "tester");
        store.put(file(1), random(1, 300_000));
        store.segments().seal();
        int segment = store.segments().ids().getLast();
        String name = segmentFiles.list().getLast();
        byte[] good = DeviceFiles.read(segmentFiles, name);
        DeviceFiles.flipBitInPlace(segmentFiles, name, 20L * BlockDevice.BLOCK * Byte.SIZE);
        store.compact(101);
        assertThat(store.segments().ids()).contains(segment);
        long left = store.metadata().counter(Family.SEGMENTS, ChunkKeys.segment(segment));
        assertThat(left).isPositive();
        assertThat(store.compact(60)).as("nothing is healed yet").isZero();

        DeviceFiles.write(second, name, good);
        assertThat(store.segments().mend(segment)).isEqualTo(1);
        assertThat(store.compact(60)).isGreaterThanOrEqualTo(left);
        assertThat(store.segments().ids()).doesNotContain(segment);
        assertThat(store.read(file(1))).isEqualTo(random(1, 300_000));
        store.requireClean();
    }

    @Test
    void theEmptiestSegmentComesFirst() {
        SegmentUse half = new SegmentUse(1, Tier.HOT, 1000, 500);
        SegmentUse nearlyEmpty = new SegmentUse(2, Tier.HOT, 1000, 10);
        SegmentUse full = new SegmentUse(3, Tier.HOT, 1000, 990);
        assertThat(Compactor.choose(List.of(half, nearlyEmpty, full), 60, 1000)).containsExactly(nearlyEmpty, half);
        assertThat(Compactor.choose(List.of(half, nearlyEmpty, full), 0, 1000)).isEmpty();
    }

    /**
     * Writers store, overwrite and delete contents out of a small set, so that chunks die and come back all the time, while the
     * collector frees and the compactor moves them.
     */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void collectionAndCompactionRaceWithWritersOfTheSameChunks(long seed) throws Exception {
        Map<EntryPath, Long> model = new ConcurrentHashMap<>();
        AtomicBoolean writing = new AtomicBoolean(true);
        try (ExecutorService threads =
                Executors.newThreadPerTaskExecutor(Thread.ofPlatform().factory())) {
            List<Future<?>> writers = new ArrayList<>();
            for (int writer = 0; writer < 4; writer++) {
                int id = writer;
                writers.add(threads.submit(() -> write(id, new Random(seed * 31 + id), model)));
            }
            Future<?> background = threads.submit(() -> {
                while (writing.get()) {
                    store.collectSome();
                    store.compact(90);
                }
                return null;
            });
            for (Future<?> writer : writers) {
                writer.get();
            }
            writing.set(false);
            background.get();
        }
        for (Map.Entry<EntryPath, Long> entry : model.entrySet()) {
            assertThat(Arrays.equals(store.read(entry.getKey()), content(entry.getValue())))
                    .as("seed " + seed)
                    .isTrue();
        }
        store.requireClean();
        store.settle();
        store.compact(101);
        store.requireClean();
        assertThat(store.chunks().leasedChunks()).isZero();
    }

    private Void write(int writer, Random random, Map<EntryPath, Long> model) throws IOException {
        for (int i = 0; i < 50; i++) {
            EntryPath path = new EntryPath("bucket", writer + "/" + random.nextInt(6));
            if (random.nextInt(3) == 0) {
                store.namespace().delete(path, OPTIONS);
                model.remove(path);
            } else {
                long content = random.nextInt(8);
                store.put(path, content(content));
                model.put(path, content);
                assertThat(Arrays.equals(store.read(path), content(content))).isTrue();
            }
        }
        return null;
    }

    /** Contents that share their middle. */
    private static byte[] content(long which) {
        byte[] bytes = random(1000, 150_000);
        byte[] own = random(which, 40_000);
        System.arraycopy(own, 0, bytes, 0, own.length);
        return bytes;
    }

    private long fileBytes() throws IOException {
        long bytes = 0;
        for (int segment : store.segments().ids()) {
            bytes += store.segments().sizeBytes(segment);
        }
        return bytes;
    }

    private static EntryPath file(int number) {
        return new EntryPath("bucket", "file " + number);
    }

    private static byte[] random(long seed, int length) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }
}
