package io.varve.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varve.storage.io.CorruptionException;
import io.varve.storage.io.DeviceFiles;
import io.varve.storage.io.MemoryDeviceDirectory;
import io.varve.storage.namespace.EntryPath;
import io.varve.storage.sealing.KeyMissingException;
import io.varve.storage.sealing.KeyRing;
import io.varve.storage.sealing.Sealing;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The keys of files go from one master key to the next, and the power fails at every write on the way. */
class RewrappingTest {
    private static final int RUNS = 4;
    private static final int FILE_BYTES = 50_000;

    @TempDir
    Path keys;

    /** As they were before a rotation: tests take copies. */
    private final MemoryDeviceDirectory journal = new MemoryDeviceDirectory();

    private final MemoryDeviceDirectory segments = new MemoryDeviceDirectory();
    private Instant now = Instant.parse("2026-01-01T00:00:00Z");
    private Sealing first = Sealing.NONE;
    private Sealing both = Sealing.NONE;
    private Sealing second = Sealing.NONE;

    /** Some segments, one of them in clear, journal files, and a checkpoint. */
    @BeforeEach
    void fill() throws IOException {
        first = new Sealing(KeyRing.open(keys).withNewGeneration(), true);
        for (int run = 0; run < RUNS; run++) {
            now = now.plusSeconds(10);
            Sealing sealing = new Sealing(first.keys(), run != 2);
            try (StoreFixture store = new StoreFixture(journal, segments, true, now, sealing)) {
                if (run == 0) {
                    store.namespace().createBucket("bucket", "tester");
                }
                store.put(new EntryPath("bucket", "file " + run), content(run));
                if (run == 1) {
                    store.checkpoint();
                }
            }
        }
        both = new Sealing(first.keys().withNewGeneration(), true);
        Files.delete(keys.resolve("at-rest-1.key"));
        second = new Sealing(KeyRing.open(keys), true);
    }

    private static byte[] content(int run) {
        byte[] bytes = new byte[FILE_BYTES];
        new Random(run).nextBytes(bytes);
        return bytes;
    }

    private Rewrapping rewrap(MemoryDeviceDirectory directory, MemoryDeviceDirectory... copies) throws IOException {
        Rewrapping rewrapping = new Rewrapping(StoreFixture.STORE, both, () -> {});
        rewrapping.run(
                directory, Stream.of(copies).map(Rewrapping.Copies::required).toList());
        return rewrapping;
    }

    private void requireReadable(MemoryDeviceDirectory files, MemoryDeviceDirectory chunks, Sealing sealing)
            throws IOException {
        now = now.plusSeconds(10);
        try (StoreFixture store = new StoreFixture(files, chunks, true, now, sealing)) {
            for (int run = 0; run < RUNS; run++) {
                assertThat(store.read(new EntryPath("bucket", "file " + run))).isEqualTo(content(run));
            }
            store.requireClean();
        }
    }

    @Test
    void afterwardsTheOldKeyIsNotNeeded() throws IOException {
        MemoryDeviceDirectory files = journal.crash(1);
        MemoryDeviceDirectory chunks = segments.crash(1);
        assertThatThrownBy(() -> requireReadable(journal.crash(1), segments.crash(1), second))
                .isInstanceOf(KeyMissingException.class);
        assertThat(rewrap(chunks).files()).isEqualTo(RUNS - 1);
        assertThat(rewrap(files).files()).isGreaterThan(2);
        assertThat(rewrap(chunks).files()).as("nothing is left to do").isZero();
        requireReadable(files, chunks, both);
        requireReadable(files, chunks, second);
    }

    @Test
    void itMayBeBrokenOffAnywhere() throws IOException {
        boolean failed = true;
        long crash = 0;
        while (failed) {
            crash++;
            MemoryDeviceDirectory disk = segments.crash(0);
            disk.crashAt(crash);
            failed = false;
            try {
                rewrap(disk);
            } catch (IOException e) {
                assertThat(e).isNotInstanceOf(CorruptionException.class);
                failed = true;
            }
            for (long seed = 0; seed < 3; seed++) {
                requireReadable(journal.crash(seed), disk.crash(seed), both);
                MemoryDeviceDirectory after = disk.crash(seed);
                assertThat(rewrap(after).left()).isEmpty();
                MemoryDeviceDirectory files = journal.crash(seed);
                rewrap(files);
                requireReadable(files, after, second);
            }
        }
        assertThat(crash).as("it was broken off at every write and sync").isGreaterThan(4 * (RUNS - 1));
    }

    /** The header that can still be read is the last to be written over. */
    @Test
    void aFileWithOneHeaderLeftIsAsSafe() throws IOException {
        for (int lost = 0; lost < 2; lost++) {
            for (long crash = 1; crash <= 4; crash++) {
                MemoryDeviceDirectory disk = segments.crash(0);
                DeviceFiles.flipBitInPlace(disk, "00000000.seg", (lost * 4_096 + 60) * 8L);
                disk.crashAt(disk.mutations() + crash);
                try {
                    rewrap(disk);
                } catch (IOException e) {
                    assertThat(e).isNotInstanceOf(CorruptionException.class);
                }
                for (long seed = 0; seed < 8; seed++) {
                    requireReadable(journal.crash(seed), disk.crash(seed), both);
                }
            }
        }
    }

    @Test
    void copiesGetTheSameBytes() throws IOException {
        MemoryDeviceDirectory chunks = segments.crash(1);
        MemoryDeviceDirectory copies = segments.crash(1);
        MemoryDeviceDirectory files = journal.crash(1);
        rewrap(chunks, copies);
        rewrap(files);
        for (String name : chunks.list()) {
            assertThat(DeviceFiles.read(copies, name)).as(name).isEqualTo(DeviceFiles.read(chunks, name));
        }
        requireReadable(files, copies, second);
    }

    @Test
    void aDamagedHeaderIsMadeWholeAndALostOneIsNamed() throws IOException {
        MemoryDeviceDirectory chunks = segments.crash(1);
        byte[] bytes = DeviceFiles.read(chunks, "00000000.seg");
        bytes[60] ^= 1;
        DeviceFiles.write(chunks, "00000000.seg", bytes);
        byte[] lost = DeviceFiles.read(chunks, "00000001.seg");
        lost[60] ^= 1;
        lost[4_096 + 60] ^= 1;
        DeviceFiles.write(chunks, "00000001.seg", lost);
        Rewrapping rewrapping = rewrap(chunks);
        assertThat(rewrapping.left()).singleElement().asString().contains("00000001.seg");
        byte[] whole = DeviceFiles.read(chunks, "00000000.seg");
        assertThat(Arrays.copyOf(whole, 4_096)).isEqualTo(Arrays.copyOfRange(whole, 4_096, 8_192));
        assertThat(DeviceFiles.read(chunks, "00000001.seg")).isEqualTo(lost);
    }
}
