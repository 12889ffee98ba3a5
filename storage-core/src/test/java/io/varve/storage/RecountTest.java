package io.varve.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.varve.storage.commit.Commit;
import io.varve.storage.io.DeviceFiles;
import io.varve.storage.io.MemoryDeviceDirectory;
import io.varve.storage.maintenance.JobControl;
import io.varve.storage.maintenance.Scrubber;
import io.varve.storage.metadata.Cursor;
import io.varve.storage.metadata.Family;
import io.varve.storage.namespace.EntryPath;
import io.varve.storage.namespace.Expiry;
import io.varve.storage.namespace.WriteOptions;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Wrong counts and indexes, as a bug would leave them, are found and put right, also beside writers. */
class RecountTest {
    private static final WriteOptions KEYS = WriteOptions.keys("tester");
    private static final EntryPath KEPT = new EntryPath("bucket", "kept");
    private static final EntryPath SIMILAR = new EntryPath("bucket", "similar");

    private final MemoryDeviceDirectory journal = new MemoryDeviceDirectory();
    private final MemoryDeviceDirectory segments = new MemoryDeviceDirectory();
    private final Random random = new Random(5);
    private final byte[] kept = noise(600_000);
    private StoreFixture store;

    @BeforeEach
    void fill() throws IOException {
        store = new StoreFixture(journal, segments, true, Instant.parse("2026-01-01T00:00:00Z"));
        store.namespace().createBucket("bucket", "tester");
        store.put(KEPT, kept);
        // Deltas and super-features.
        StringBuilder text = new StringBuilder();
        while (text.length() < 9000) {
            text.append("word ").append(random.nextInt(300)).append(' ');
        }
        store.put(SIMILAR, text.toString().getBytes(StandardCharsets.US_ASCII));
        text.insert(4000, "another word");
        store.put(SIMILAR, text.toString().getBytes(StandardCharsets.US_ASCII));
        while (!store.reencode(1)) {
            // Each step is one commit.
        }
    }

    @AfterEach
    void close() throws IOException {
        store.close();
    }

    private byte[] noise(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    private List<byte[]> keys(Family family) throws IOException {
        List<byte[]> keys = new ArrayList<>();
        try (Cursor cursor = store.metadata().scan(family, new byte[0], null)) {
            while (cursor.next()) {
                keys.add(cursor.key());
            }
        }
        return keys;
    }

    /** What no code does: changes that keep nothing in step. */
    private interface Tampering {
        void apply(Commit commit) throws IOException;
    }

    private void tamper(Tampering tampering) throws IOException {
        store.committer().commit(commit -> {
            tampering.apply(commit);
            return true;
        });
    }

    private void spoil() throws IOException {
        List<byte[]> counts = keys(Family.COUNTS);
        List<byte[]> live = keys(Family.SEGMENTS);
        List<byte[]> usage = keys(Family.USAGE);
        List<byte[]> deltas = keys(Family.DELTAS);
        assertThat(deltas).isNotEmpty();
        byte[] unknown = Arrays.copyOf(counts.getFirst(), counts.getFirst().length);
        unknown[0] ^= 0x55;
        tamper(commit -> {
            commit.add(Family.COUNTS, counts.get(1), 3);
            commit.add(Family.COUNTS, counts.get(2), -1);
            commit.add(Family.COUNTS, counts.get(3), -7);
            commit.add(Family.COUNTS, unknown, 2);
            commit.add(Family.SEGMENTS, live.getFirst(), 12_345);
            commit.add(Family.SEGMENTS, live.getLast(), -77);
            commit.add(Family.USAGE, usage.getFirst(), 5);
            commit.add(Family.USAGE, usage.getLast(), -6);
            commit.delete(Family.DELTAS, deltas.getFirst());
            commit.put(Family.DELTAS, noise(16), new byte[0]);
            commit.put(Family.FEATURES, noise(15), new byte[0]);
        });
    }

    private Scrubber.Report scrub(boolean correctCounts) throws IOException {
        return store.scrubber().scrub(false, correctCounts, new JobControl());
    }

    @Test
    void onlyOnRequestIsWhatIsWrongPutRight() throws IOException {
        spoil();
        Scrubber.Report told = scrub(false);
        assertThat(told.findings()).hasSizeGreaterThanOrEqualTo(10);
        assertThat(told.countsCorrected()).isZero();
        Scrubber.Report dry = store.scrubber().scrub(true, true, new JobControl());
        assertThat(dry.countsCorrected()).isZero();
        assertThat(dry.findings()).isEqualTo(told.findings());

        Scrubber.Report corrected = scrub(true);
        assertThat(corrected.findings()).isEmpty();
        assertThat(corrected.countsCorrected()).isEqualTo(told.findings().size());
        assertThat(corrected.isClean()).isTrue();
        assertThat(scrub(true).countsCorrected()).isZero();
        store.requireClean();
        assertThat(store.read(KEPT)).isEqualTo(kept);
        requireAllCanGo();
    }

    /** It is in the journal like everything else. */
    @Test
    void correctionsSurviveARestart() throws IOException {
        spoil();
        scrub(true);
        Instant now = store.now();
        store.close();
        store = new StoreFixture(journal, segments, true, now.plusSeconds(60));
        store.requireClean();
        assertThat(store.read(KEPT)).isEqualTo(kept);
    }

    /** What was counted too often is freed in the end, and nothing else. */
    private void requireAllCanGo() throws IOException {
        store.namespace().delete(KEPT, KEYS);
        store.namespace().delete(SIMILAR, KEYS);
        store.settle();
        assertThat(keys(Family.CHUNKS)).isEmpty();
        assertThat(keys(Family.FEATURES)).isEmpty();
        store.requireClean();
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3})
    @Timeout(60)
    void countsAreCorrectedBesideWriters(long seed) throws Exception {
        AtomicBoolean ended = new AtomicBoolean();
        try (ExecutorService clients =
                Executors.newThreadPerTaskExecutor(Thread.ofPlatform().factory())) {
            List<Future<?>> running = new ArrayList<>();
            for (int client = 0; client < 3; client++) {
                Random own = new Random(seed * 10 + client);
                String folder = "client " + client + "/";
                running.add(clients.submit(() -> {
                    while (!ended.get()) {
                        EntryPath path = new EntryPath("bucket", folder + own.nextInt(10));
                        if (own.nextInt(3) == 0) {
                            store.namespace().delete(path, KEYS);
                        } else {
                            // Shared by all, so that counts of the same chunks go up and down all the time.
                            byte[] bytes = new byte[1 + new Random(own.nextInt(20)).nextInt(60_000)];
                            new Random(own.nextInt(4)).nextBytes(bytes);
                            store.put(path, bytes);
                        }
                    }
                    return true;
                }));
            }
            try {
                for (int round = 0; round < 5; round++) {
                    spoil();
                    assertThat(scrub(true).countsCorrected()).isPositive();
                }
            } finally {
                ended.set(true);
            }
            for (Future<?> each : running) {
                each.get();
            }
        }
        store.requireClean();
        assertThat(store.read(KEPT)).isEqualTo(kept);
    }

    /** A large folder that was deleted goes in many commits, and a recount may come between any two of them. */
    @Test
    void whatIsEmptiedInStepsIsCountedRightAfterEachOfThem() throws IOException {
        for (int file = 0; file < 9; file++) {
            store.put(new EntryPath("bucket", "folder/" + file), noise(100 + file));
            store.put(new EntryPath("bucket", "folder/below/" + file), noise(200 + file));
            store.put(new EntryPath("bucket", "folder/below/deeper/" + file), noise(300 + file));
        }
        store.put(new EntryPath("bucket", "folder/with content/"), noise(50));
        store.namespace().delete(new EntryPath("bucket", "folder/"), WriteOptions.folders("tester"));
        Expiry expiry = store.namespace().retention().expiry(true);
        int steps = 0;
        Expiry.Step step;
        do {
            step = expiry.step(4);
            steps++;
            assertThat(store.scrubber().scrub(true, new JobControl()).findings())
                    .as("after step %d", steps)
                    .isEmpty();
        } while (!step.finished());
        assertThat(steps).isGreaterThan(5);
    }

    /** What it lists cannot be counted, so nothing is known to be counted too often. */
    @Test
    void behindAnUnreadablePageNothingIsCountedDown() throws IOException {
        store.segments().seal();
        byte[] counted = keys(Family.COUNTS).getFirst();
        long before = store.metadata().counter(Family.COUNTS, counted);
        String first = segments.list().getFirst();
        Instant now = store.now();
        store.close();
        // Every page of the file is among these records.
        for (long at = 4096 + 200; at < segments.size(first); at += 2000) {
            DeviceFiles.flipBitInPlace(segments, first, at * Byte.SIZE);
        }
        store = new StoreFixture(journal, segments, true, now.plusSeconds(60));
        tamper(commit -> commit.add(Family.COUNTS, counted, 1));
        Scrubber.Report report = scrub(true);
        assertThat(report.findings()).isNotEmpty();
        assertThat(store.metadata().counter(Family.COUNTS, counted)).isEqualTo(before + 1);
        for (byte[] key : keys(Family.COUNTS)) {
            assertThat(store.metadata().counter(Family.COUNTS, key)).isPositive();
        }
    }
}
