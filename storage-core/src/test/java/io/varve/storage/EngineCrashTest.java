package io.varve.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.varve.storage.io.MemoryDeviceDirectory;
import io.varve.storage.namespace.Entry;
import io.varve.storage.namespace.EntryPath;
import io.varve.storage.namespace.StorageException;
import io.varve.storage.namespace.WriteOptions;
import java.io.IOException;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Several clients change a store whose power fails in the middle of some write or sync, again and again. After each restart, what was
 * answered is there, what was under way is there or not, and every reference count is right.
 */
class EngineCrashTest {
    private static final int CLIENTS = 4;
    private static final int KEYS_PER_CLIENT = 6;
    private static final int CRASHES = 12;

    /** What a key must hold: one of two states if a change was under way at the crash. Empty stands for nothing there. */
    private record Expected(Optional<byte[]> answered, Optional<Optional<byte[]>> inDoubt) {}

    private final Map<String, Expected> expected = new ConcurrentHashMap<>();

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {11, 12, 13, 14, 15, 16})
    void whatWasAnsweredSurvives(long seed) throws Exception {
        Random random = new Random(seed);
        MemoryDeviceDirectory journal = new MemoryDeviceDirectory();
        MemoryDeviceDirectory segments = new MemoryDeviceDirectory();
        Instant now = Instant.parse("2026-01-01T00:00:00Z");
        boolean history = random.nextBoolean();
        try (StoreFixture store = new StoreFixture(journal, segments, history, now)) {
            store.namespace().createBucket("bucket", "tester");
        }
        for (int crash = 0; crash < CRASHES; crash++) {
            now = now.plusSeconds(10);
            StoreFixture store = new StoreFixture(journal, segments, history, now);
            verify(store, seed, crash);
            (random.nextBoolean() ? journal : segments).crashAt(1 + random.nextInt(60));
            runUntilCrash(store, random);
            journal = journal.crash(random.nextLong());
            segments = segments.crash(random.nextLong());
        }
        try (StoreFixture store = new StoreFixture(journal, segments, history, now.plusSeconds(10))) {
            verify(store, seed, CRASHES);
        }
    }

    private void runUntilCrash(StoreFixture store, Random random) throws InterruptedException {
        try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int client = 0; client < CLIENTS; client++) {
                int id = client;
                long clientSeed = random.nextLong();
                clients.execute(() -> change(store, id, new Random(clientSeed)));
            }
        }
        try {
            store.close();
        } catch (IOException e) {
            // The power is off.
        }
    }

    /** One client's changes until one fails. */
    private void change(StoreFixture store, int client, Random random) {
        for (int i = 0; i < 200; i++) {
            String key = client + "/" + random.nextInt(KEYS_PER_CLIENT);
            EntryPath path = new EntryPath("bucket", key);
            Optional<byte[]> next = random.nextInt(4) == 0 ? Optional.empty() : Optional.of(content(random));
            Optional<byte[]> before = expected.getOrDefault(key, new Expected(Optional.empty(), Optional.empty()))
                    .answered();
            expected.put(key, new Expected(before, Optional.of(next)));
            try {
                if (next.isPresent()) {
                    store.put(path, next.get());
                } else {
                    store.namespace().delete(path, WriteOptions.keys("tester"));
                }
            } catch (IOException | StorageException e) {
                return;
            }
            expected.put(key, new Expected(next, Optional.empty()));
            if (client == 0 && i % 8 == 7 && !upkeep(store)) {
                return;
            }
        }
    }

    private static boolean upkeep(StoreFixture store) {
        try {
            store.reencode(3);
            store.settle();
            store.compact(80);
            store.reencode(3);
            store.checkpoint();
            return true;
        } catch (IOException | StorageException e) {
            return false;
        }
    }

    private void verify(StoreFixture store, long seed, int crash) throws IOException {
        for (var entry : Map.copyOf(expected).entrySet()) {
            String key = entry.getKey();
            Optional<Entry> found = store.namespace().find(new EntryPath("bucket", key));
            byte @Nullable [] bytes = found.isPresent() ? store.read(found.get()) : null;
            boolean answered = matches(entry.getValue().answered(), bytes);
            boolean inDoubt = entry.getValue()
                    .inDoubt()
                    .filter(state -> matches(state, bytes))
                    .isPresent();
            assertThat(answered || inDoubt)
                    .as(
                            "seed %d, crash %d: %s holds %s",
                            seed, crash, key, bytes == null ? "nothing" : bytes.length + " bytes")
                    .isTrue();
            expected.put(key, new Expected(Optional.ofNullable(bytes), Optional.empty()));
        }
        store.requireClean();
    }

    private static boolean matches(Optional<byte[]> state, byte @Nullable [] bytes) {
        return state.isEmpty() ? bytes == null : Arrays.equals(state.get(), bytes);
    }

    private static byte[] content(Random random) {
        byte[] bytes = new byte[random.nextInt(10) == 0 ? random.nextInt(900_000) : random.nextInt(12_000)];
        int seed = random.nextInt(4);
        new Random(seed).nextBytes(bytes);
        for (int i = 0; i < bytes.length && seed > 0; i++) {
            // Some compress, and then resemble each other after an edit.
            bytes[i] &= 0x0F;
        }
        if (bytes.length > 0 && seed > 1) {
            bytes[random.nextInt(bytes.length)]++;
        }
        return bytes;
    }
}
