package io.varve.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.varve.storage.io.CorruptionException;
import io.varve.storage.io.DeviceDirectory;
import io.varve.storage.io.DeviceFiles;
import io.varve.storage.io.MemoryDeviceDirectory;
import io.varve.storage.namespace.Entry;
import io.varve.storage.namespace.EntryPath;
import io.varve.storage.namespace.WriteOptions;
import io.varve.storage.sealing.Sealing;
import io.varve.storage.sealing.TestKeys;
import java.io.IOException;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random bytes of a store's files change while it is closed. Opening it then either fails with a reason or shows every file; and a file
 * is read as it was or not at all. {@code -Dvarve.flips=N} tries more, {@code -Dvarve.flips.seed=N} others; both stand in the message of a
 * failure.
 */
class FlippedBytesTest {
    private static final int ROUNDS = Integer.getInteger("varve.flips", 400);
    private static final long SEED = Long.getLong("varve.flips.seed", 20_260_102L);

    private final Map<String, byte[]> files = new TreeMap<>();
    private final Random random = new Random(SEED);
    private Instant now = Instant.parse("2026-01-01T00:00:00Z");
    private int round;
    private int refused;
    private int unreadable;

    private static EntryPath path(String name) {
        return new EntryPath("bucket", name);
    }

    private void fill(DeviceDirectory journal, DeviceDirectory segments, Sealing sealing) throws IOException {
        try (StoreFixture store = new StoreFixture(journal, segments, true, now, sealing)) {
            store.namespace().createBucket("bucket", "tester");
            for (int i = 0; i < 12; i++) {
                byte[] content = new byte[i % 4 == 0 ? 200_000 : random.nextInt(20_000)];
                random.nextBytes(content);
                if (i % 3 == 0) {
                    // Compressible, so that encoded chunks are hit, too.
                    Arrays.fill(content, content.length / 4, content.length, (byte) i);
                }
                store.put(path("file " + i), content);
                files.put("file " + i, content);
                if (i == 5) {
                    store.checkpoint();
                }
            }
            store.namespace().delete(path("file 3"), WriteOptions.keys("tester"));
            files.remove("file 3");
            store.checkpoint();
            store.put(path("last"), new byte[5_000]);
            files.put("last", new byte[5_000]);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void noReaderEverGetsAWrongByteAndNoFileVanishes(boolean sealed) throws IOException {
        Sealing sealing = sealed ? TestKeys.sealed() : Sealing.NONE;
        MemoryDeviceDirectory journal = new MemoryDeviceDirectory();
        MemoryDeviceDirectory segments = new MemoryDeviceDirectory();
        fill(journal, segments, sealing);
        for (round = 0; round < ROUNDS / 2; round++) {
            MemoryDeviceDirectory damagedJournal = journal.crash(round);
            MemoryDeviceDirectory damagedSegments = segments.crash(round);
            int flips = 1 + random.nextInt(3);
            for (int i = 0; i < flips; i++) {
                flip(random.nextInt(4) == 0 ? damagedJournal : damagedSegments);
            }
            open(damagedJournal, damagedSegments, sealing);
        }
        assertThat(refused + unreadable)
                .as("damage is met, so this tests something")
                .isPositive();
    }

    private void flip(DeviceDirectory directory) throws IOException {
        List<String> names = directory.list();
        String name = names.get(random.nextInt(names.size()));
        long bits = directory.size(name) * Byte.SIZE;
        if (bits > 0) {
            DeviceFiles.flipBitInPlace(directory, name, (long) (random.nextDouble() * bits));
        }
    }

    private void open(DeviceDirectory journal, DeviceDirectory segments, Sealing sealing) throws IOException {
        now = now.plusSeconds(1);
        StoreFixture store;
        try {
            store = new StoreFixture(journal, segments, true, now, sealing);
        } catch (CorruptionException e) {
            refused++;
            return;
        }
        try (store) {
            for (Map.Entry<String, byte[]> file : files.entrySet()) {
                Optional<Entry> found = store.namespace().find(path(file.getKey()));
                assertThat(found)
                        .as("%s: '%s' is there", where(), file.getKey())
                        .isPresent();
                try {
                    byte[] read = store.read(found.orElseThrow());
                    assertThat(Arrays.equals(read, file.getValue()))
                            .as("%s: '%s' is as it was", where(), file.getKey())
                            .isTrue();
                } catch (CorruptionException e) {
                    unreadable++;
                }
            }
        }
    }

    private String where() {
        return "-Dvarve.flips.seed=" + SEED + " -Dvarve.flips=" + ROUNDS + ", round " + round;
    }
}
