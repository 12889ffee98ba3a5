package io.varve.storage.chunkstore;

import static org.assertj.core.api.Assertions.assertThat;

import io.varve.storage.StoreFixture;
import io.varve.storage.fingerprint.Fingerprint;
import io.varve.storage.io.MemoryDeviceDirectory;
import io.varve.storage.io.Power;
import io.varve.storage.metadata.Cursor;
import io.varve.storage.metadata.Family;
import io.varve.storage.namespace.EntryPath;
import io.varve.storage.namespace.StorageException;
import io.varve.storage.namespace.WriteOptions;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Series of versions of which some go: what they leave behind is freed, and what stays reads as before. */
class RebaserTest {
    private static final WriteOptions OPTIONS = WriteOptions.keys("tester");
    private static final int BYTES = 60_000;

    private Power power = new Power();
    private MemoryDeviceDirectory journalFiles = new MemoryDeviceDirectory(power);
    private MemoryDeviceDirectory segmentFiles = new MemoryDeviceDirectory(power);
    private final Map<Integer, byte[]> versions = new TreeMap<>();
    private Instant now = Instant.parse("2026-01-01T00:00:00Z");
    private StoreFixture store;

    @BeforeEach
    void begin() throws IOException {
        open();
        store.namespace().createBucket("bucket", "tester");
    }

    private void open() throws IOException {
        now = now.plusSeconds(100);
        store = new StoreFixture(journalFiles, segmentFiles, false, now);
    }

    @AfterEach
    void close() throws IOException {
        store.close();
    }

    /** A name for each version, so that any of them can go. */
    private void series(int count, int edits) throws IOException {
        byte[] bytes = words(BYTES);
        for (int version = 0; version < count; version++) {
            Random random = new Random(version);
            for (int i = 0; i < edits; i++) {
                bytes[random.nextInt(bytes.length)] = (byte) ('A' + random.nextInt(26));
            }
            versions.put(version, bytes.clone());
            store.put(file(version), bytes);
            store.reencode(1000);
        }
        store.settle();
    }

    private byte[] version(int number) {
        return Objects.requireNonNull(versions.get(number));
    }

    private void drop(int version) throws IOException {
        store.namespace().delete(file(version), OPTIONS);
        versions.remove(version);
    }

    /** Walks and collects until nothing is gained; says how much it was. */
    private long rebase() throws IOException {
        long saved = 0;
        long more;
        do {
            more = store.rebase();
            saved += more;
            store.settle();
        } while (more > 0);
        return saved;
    }

    private void requireVersions() throws IOException {
        for (Map.Entry<Integer, byte[]> version : versions.entrySet()) {
            assertThat(store.read(file(version.getKey())))
                    .as("version " + version.getKey())
                    .isEqualTo(version.getValue());
        }
        store.requireClean();
    }

    private long stored() throws IOException {
        return ChunkTotals.read(store.metadata()).storedBytes();
    }

    /** Chunks that only deltas hold. */
    private int idle() throws IOException {
        StandingDeltas standing = new StandingDeltas(store.metadata());
        int idle = 0;
        try (Cursor chunks = store.metadata().scan(Family.CHUNKS, new byte[0], null)) {
            while (chunks.next()) {
                Fingerprint chunk = ChunkKeys.fingerprint(chunks.key());
                int deltas = standing.on(chunk).size();
                idle += deltas > 0 && deltas == store.metadata().counter(Family.COUNTS, chunks.key()) ? 1 : 0;
            }
        }
        return idle;
    }

    @Test
    void versionsInTheMiddleLeaveNothingBehind() throws IOException {
        series(10, 150);
        for (int version : new int[] {1, 2, 4, 5, 7, 8}) {
            drop(version);
        }
        store.settle();
        long before = stored();
        int idle = idle();
        assertThat(idle).isPositive();
        long saved = rebase();
        assertThat(saved).isPositive();
        assertThat(stored()).isEqualTo(before - saved);
        assertThat(idle()).isLessThan(idle / 2);
        assertThat(store.reencoder().statistics().basesFreed()).isPositive();
        requireVersions();
        assertThat(store.rebase()).as("once is enough").isZero();
    }

    @Test
    void theNewestVersionLeavesAnHeir() throws IOException {
        series(6, 150);
        drop(5);
        store.settle();
        long before = stored();
        assertThat(idle()).isPositive();
        long saved = rebase();
        assertThat(saved).isPositive();
        assertThat(stored()).isEqualTo(before - saved);
        requireVersions();
        // The heir is found: the next version stands on it, or it on that.
        byte[] next = version(4).clone();
        next[100] = '!';
        versions.put(6, next);
        long alone = stored();
        store.put(file(6), next);
        store.reencode(1000);
        store.settle();
        assertThat(stored() - alone).isLessThan(BYTES / 10);
        requireVersions();
    }

    @Test
    void whatIsHeldOtherwiseStays() throws IOException {
        series(6, 150);
        long before = stored();
        assertThat(idle()).isZero();
        assertThat(store.rebase()).isZero();
        assertThat(stored()).isEqualTo(before);
        requireVersions();
    }

    @Test
    void aBaseThatComesBackWhileItIsGivenUpIsKept() throws IOException {
        series(6, 150);
        byte[] newest = version(5).clone();
        drop(5);
        store.settle();
        assertThat(store.rebase()).isPositive();
        // The same content is stored before the collector comes.
        store.put(file(5), newest);
        versions.put(5, newest);
        store.settle();
        requireVersions();
    }

    @Test
    void nothingIsLostWhereverThePowerFails() throws IOException {
        for (int failing = 1; failing < 40; failing++) {
            store.close();
            power = new Power();
            journalFiles = new MemoryDeviceDirectory(power);
            segmentFiles = new MemoryDeviceDirectory(power);
            versions.clear();
            begin();
            series(5, 100);
            drop(4);
            drop(2);
            store.settle();
            power.failAt(failing);
            try {
                rebase();
            } catch (IOException | StorageException e) {
                assertThat(power.hasFailed()).isTrue();
            }
            try {
                store.close();
            } catch (IOException e) {
                assertThat(power.hasFailed()).isTrue();
            }
            power = new Power();
            journalFiles = journalFiles.crash(failing, power);
            segmentFiles = segmentFiles.crash(failing, power);
            open();
            requireVersions();
        }
    }

    private static EntryPath file(int number) {
        return new EntryPath("bucket", "version " + number);
    }

    private static byte[] words(int length) {
        Random random = new Random(42);
        StringBuilder text = new StringBuilder(length + 20);
        while (text.length() < length) {
            text.append(Long.toUnsignedString(random.nextLong(), 36), 0, 2 + random.nextInt(8))
                    .append(' ');
        }
        return text.substring(0, length).getBytes(StandardCharsets.US_ASCII);
    }
}
