package io.varve.storage.chunkstore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varve.storage.StoreFixture;
import io.varve.storage.fingerprint.Fingerprint;
import io.varve.storage.io.CorruptionException;
import io.varve.storage.io.DeviceFiles;
import io.varve.storage.io.MemoryDeviceDirectory;
import io.varve.storage.maintenance.JobControl;
import io.varve.storage.namespace.Entry;
import io.varve.storage.namespace.EntryPath;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A read that is refused has the rest of its content verified, so that one upload mends all of it. */
@Timeout(60)
class RefusedContentsTest {
    private static final EntryPath DAMAGED = new EntryPath("bucket", "damaged");
    private static final EntryPath AGAIN = new EntryPath("bucket", "the same again");

    /** Long enough for manifest pages. */
    private static final byte[] CONTENT = noise(700_000);

    private final MemoryDeviceDirectory journal = new MemoryDeviceDirectory();
    private final MemoryDeviceDirectory segments = new MemoryDeviceDirectory();
    private StoreFixture store;

    private static byte[] noise(int length) {
        byte[] bytes = new byte[length];
        new Random(1).nextBytes(bytes);
        return bytes;
    }

    @BeforeEach
    void fill() throws IOException {
        store = new StoreFixture(journal, segments, true, Instant.parse("2026-01-01T00:00:00Z"));
        store.namespace().createBucket("bucket", "tester");
        store.put(DAMAGED, CONTENT);
        store.segments().seal();
        // Nothing of it is in memory then.
        store.close();
        store = new StoreFixture(journal, segments, true, Instant.parse("2026-01-01T01:00:00Z"));
    }

    @AfterEach
    void close() throws IOException {
        store.close();
    }

    private RefusedContents refused() {
        return store.chunks().repair().refused();
    }

    private void flip(long at) throws IOException {
        DeviceFiles.flipBitInPlace(segments, segments.list().getFirst(), at * Byte.SIZE);
    }

    /** Reads, is refused, and waits until the rest of the content is verified. */
    private void readInVain() {
        long before = refused().verified();
        assertThatThrownBy(() -> store.read(DAMAGED)).isInstanceOf(CorruptionException.class);
        awaitVerified(before + 1);
    }

    private void awaitVerified(long contents) {
        while (refused().verified() < contents) {
            Thread.onSpinWait();
        }
    }

    /** Content of two chunks that are not in the store, so nothing is wrong with them. */
    private static Content absent(int number) {
        byte[] name = {(byte) number, (byte) (number >> 8), 1};
        return new Content(List.of(
                new ManifestChild(Fingerprint.of(name, 0, 2), 3 << 20, false),
                new ManifestChild(Fingerprint.of(name, 0, 3), 3 << 20, false)));
    }

    @Test
    void oneUploadMendsAllPlaces() throws IOException {
        for (long at = 40_000; at < 680_000; at += 80_000) {
            flip(at);
        }
        long bad = store.scrubber().scrub(true, new JobControl()).damaged();
        assertThat(bad).isGreaterThan(4);
        readInVain();
        assertThat(store.chunks().damaged().count()).isEqualTo((int) bad);

        store.put(AGAIN, CONTENT);
        assertThat(store.chunks().damaged().count()).isZero();
        assertThat(store.read(DAMAGED)).isEqualTo(CONTENT);
        store.requireClean();
    }

    @Test
    void aRangeIsEnough() throws IOException {
        for (long at = 100_000; at < 680_000; at += 80_000) {
            flip(at);
        }
        long bad = store.scrubber().scrub(true, new JobControl()).damaged();
        long before = refused().verified();
        Entry entry = store.namespace().find(DAMAGED).orElseThrow();
        try (ContentReader reader = store.namespace().read(entry, 90_000, 30_000)) {
            assertThatThrownBy(reader::readAllBytes).isInstanceOf(CorruptionException.class);
        }
        awaitVerified(before + 1);
        assertThat(store.chunks().damaged().count()).isEqualTo((int) bad);
    }

    /** With the manifest's pages lost as well, each upload mends what is known, and the next read finds what was below. */
    @Test
    void whatLiesBelowDamagedPagesIsFoundOnceTheyAreHealed() throws IOException {
        store.close();
        segments.delete(segments.list().getFirst());
        segments.sync();
        store = new StoreFixture(journal, segments, true, Instant.parse("2026-01-01T02:00:00Z"));
        int uploads = 0;
        do {
            readInVain();
            store.put(AGAIN, CONTENT);
            uploads++;
        } while (store.scrubber().scrub(true, new JobControl()).damaged() > 0);
        assertThat(uploads).as("levels of the manifest").isBetween(2, 3);
        assertThat(store.read(DAMAGED)).isEqualTo(CONTENT);
    }

    /** Until something is healed, there is nothing more to be found. */
    @Test
    void contentIsVerifiedOnce() throws IOException {
        for (int i = 0; i < 10; i++) {
            refused().offer(absent(1));
        }
        refused().offer(absent(2));
        awaitVerified(2);
        assertThat(refused().verified()).isEqualTo(2);
        flip(100_000);
        readInVain();
        refused().offer(absent(1));
        store.put(AGAIN, CONTENT);
        assertThat(store.chunks().damaged().healed()).isEqualTo(1);
        refused().offer(absent(1));
        awaitVerified(4);
        assertThat(refused().dropped()).isZero();
    }

    /** One that takes for ever does not keep others from being refused quickly, nor the store from being closed. */
    @Test
    void fewWaitAndTheRestIsDropped() {
        ChunkReader reader = ChunkReader.pastCaches(store.metadata(), store.segments(), ignored -> {});
        try (RefusedContents slow =
                new RefusedContents(store.chunks().repair(), store.chunks().damaged(), reader, 1)) {
            int offered = 3 * RefusedContents.WAITING_MAX;
            for (int i = 0; i < offered; i++) {
                slow.offer(absent(i));
            }
            assertThat(slow.dropped()).isBetween(offered - RefusedContents.WAITING_MAX - 1L, offered - 1L);
            assertThat(slow.verified()).isZero();
        }
    }
}
