package io.varve.storage.chunkstore;

import static org.assertj.core.api.Assertions.assertThat;

import io.varve.storage.StoreFixture;
import io.varve.storage.io.MemoryDeviceDirectory;
import io.varve.storage.namespace.EntryPath;
import io.varve.storage.namespace.WriteOptions;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Re-encoding beside everything else that changes chunks. */
class ReencodingRaceTest {
    private static final WriteOptions OPTIONS = WriteOptions.keys("tester");

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

    /**
     * Writers store versions of few contents again and again, so that chunks die and come back and stand on each other, while chunks are
     * re-encoded, freed and moved at once.
     */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void reencodingRacesWithWritersCollectionAndCompaction(long seed) throws Exception {
        Map<EntryPath, Integer> model = new ConcurrentHashMap<>();
        AtomicBoolean writing = new AtomicBoolean(true);
        try (ExecutorService threads =
                Executors.newThreadPerTaskExecutor(Thread.ofPlatform().factory())) {
            List<Future<?>> writers = new ArrayList<>();
            for (int writer = 0; writer < 3; writer++) {
                int id = writer;
                writers.add(threads.submit(() -> write(id, new Random(seed * 31 + id), model)));
            }
            Future<?> collecting = threads.submit(() -> {
                while (writing.get()) {
                    store.collectSome();
                    store.compact(90);
                }
                return null;
            });
            Future<?> encoding = threads.submit(() -> {
                while (writing.get()) {
                    store.reencode(2);
                    store.rebase();
                }
                return null;
            });
            for (Future<?> writer : writers) {
                writer.get();
            }
            writing.set(false);
            collecting.get();
            encoding.get();
        }
        store.requireClean();
        store.reencode(1000);
        store.settle();
        store.compact(101);
        store.requireClean();
        for (Map.Entry<EntryPath, Integer> entry : model.entrySet()) {
            assertThat(Arrays.equals(store.read(entry.getKey()), version(entry.getValue())))
                    .as("seed " + seed)
                    .isTrue();
        }
        assertThat(store.reencoder().statistics().deltas()).isPositive();
    }

    private Void write(int writer, Random random, Map<EntryPath, Integer> model) throws IOException {
        for (int i = 0; i < 40; i++) {
            EntryPath path = new EntryPath("bucket", writer + "/" + random.nextInt(4));
            if (random.nextInt(4) == 0) {
                store.namespace().delete(path, OPTIONS);
                model.remove(path);
            } else {
                int content = random.nextInt(6);
                store.put(path, version(content));
                model.put(path, content);
                assertThat(Arrays.equals(store.read(path), version(content))).isTrue();
            }
        }
        return null;
    }

    private static byte[] version(int number) {
        byte[] bytes = ReencoderTest.words(50, 60_000);
        ReencoderTest.edit(bytes, number, 100);
        return bytes;
    }
}
