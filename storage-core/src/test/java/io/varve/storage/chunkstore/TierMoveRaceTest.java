package io.varve.storage.chunkstore;

import static org.assertj.core.api.Assertions.assertThat;

import io.varve.storage.StoreFixture;
import io.varve.storage.io.MemoryDeviceDirectory;
import io.varve.storage.io.TieredDirectory;
import io.varve.storage.maintenance.TierMoves;
import io.varve.storage.namespace.EntryPath;
import io.varve.storage.segment.SegmentPlaces;
import io.varve.storage.segment.Tier;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TierMoveRaceTest {

    private static final Map<Tier, Long> ROOM = Map.of(Tier.HOT, 10L << 30, Tier.WARM, 10L << 30);

    private StoreFixture store;

    @BeforeEach
    void open() throws IOException {
        TieredDirectory files = TieredDirectory.of(
                List.of(new MemoryDeviceDirectory(), new MemoryDeviceDirectory(), new MemoryDeviceDirectory()));
        store = new StoreFixture(
                new MemoryDeviceDirectory(),
                SegmentPlaces.of(files, List.of(Tier.values()), view -> view),
                Optional.empty(),
                Instant.parse("2026-01-01T00:00:00Z"));
        store.namespace().createBucket("bucket", "tester");
    }

    @AfterEach
    void close() throws IOException {
        store.close();
    }

    @Test
    void readersAndWritersGoOnWhileChunksMove() throws Exception {
        for (int i = 0; i < 6; i++) {
            // Together more than the memory cache holds, which answers without a read.
            store.put(file(i), random(i, 300_000));
        }
        store.segments().seal();
        TierMoves down = store.tiers(Map.of(Tier.HOT, 0L, Tier.WARM, 0L), Duration.ZERO, 10);
        TierMoves up = store.tiers(ROOM, Duration.ZERO, 10);
        AtomicBoolean moving = new AtomicBoolean(true);
        // Threads of the system's: virtual ones that never wait, as over this device, would keep the committer's from
        // their turn.
        try (ExecutorService threads = Executors.newCachedThreadPool()) {
            List<Future<Long>> readers = IntStream.range(0, 4)
                    .mapToObj(reader -> threads.submit(() -> readWhile(moving, reader)))
                    .toList();
            Future<?> writer = threads.submit(() -> {
                for (int i = 0; i < 40 && moving.get(); i++) {
                    store.put(file(100 + i % 3), random(i % 5, 40_000));
                    store.collectSome();
                }
                return null;
            });
            for (int round = 0; round < 6; round++) {
                store.segments().seal();
                store.move(down);
                store.move(up);
            }
            moving.set(false);
            for (Future<Long> reader : readers) {
                assertThat(reader.get()).isPositive();
            }
            writer.get();
        }
        assertThat(down.chunksDown()).isPositive();
        assertThat(up.chunksUp()).isPositive();
        store.requireClean();
    }

    private long readWhile(AtomicBoolean moving, int seed) throws IOException {
        Random random = new Random(seed);
        long reads = 0;
        while (moving.get() || reads == 0) {
            int file = random.nextInt(6);
            assertThat(store.read(file(file))).isEqualTo(random(file, 300_000));
            reads++;
        }
        return reads;
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
