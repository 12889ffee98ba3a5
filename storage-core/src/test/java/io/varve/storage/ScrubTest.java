package io.varve.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varve.storage.io.CorruptionException;
import io.varve.storage.io.DeviceFiles;
import io.varve.storage.io.Faults;
import io.varve.storage.io.FaultyDeviceDirectory;
import io.varve.storage.io.MemoryDeviceDirectory;
import io.varve.storage.maintenance.JobControl;
import io.varve.storage.maintenance.Scrubber;
import io.varve.storage.namespace.EntryPath;
import io.varve.storage.namespace.WriteOptions;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Damage is found, named, and mended from wherever the bytes can be had. */
class ScrubTest {
    private static final EntryPath DAMAGED = new EntryPath("bucket", "folder/damaged");
    private static final EntryPath WHOLE = new EntryPath("bucket", "whole");

    /** Long enough for manifest pages. */
    private static final byte[] CONTENT = random(1, 400_000);

    private static final byte[] OTHER = random(2, 50_000);

    private final MemoryDeviceDirectory journal = new MemoryDeviceDirectory();
    private final MemoryDeviceDirectory segments = new MemoryDeviceDirectory();
    private Instant now = Instant.parse("2026-01-01T00:00:00Z");
    private StoreFixture store;

    private static byte[] random(int seed, int length) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    @BeforeEach
    void fill() throws IOException {
        store = new StoreFixture(journal, segments, true, now);
        store.namespace().createBucket("bucket", "tester");
        store.put(DAMAGED, CONTENT);
        store.segments().seal();
        store.put(WHOLE, OTHER);
        store.segments().seal();
    }

    @AfterEach
    void close() throws IOException {
        store.close();
    }

    private void reopen() throws IOException {
        store.close();
        now = now.plusSeconds(60);
        store = new StoreFixture(journal, segments, true, now);
    }

    /** In a record of the first file: the payload of some chunk. */
    private void flip() throws IOException {
        DeviceFiles.flipBitInPlace(segments, segments.list().getFirst(), 200_000L * Byte.SIZE);
    }

    private Scrubber.Report scrub(boolean dryRun) throws IOException {
        return store.scrubber().scrub(dryRun, new JobControl());
    }

    private void requireUnreadable() {
        assertThatThrownBy(() -> store.read(DAMAGED)).isInstanceOf(CorruptionException.class);
    }

    private static void await(BooleanSupplier condition) {
        long until = System.nanoTime() + 120_000_000_000L;
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).isLessThan(until);
            Thread.onSpinWait();
        }
    }

    private void requireHealedBy(StoreFixture uploader) throws IOException {
        uploader.put(new EntryPath("bucket", "the same again"), CONTENT);
        assertThat(uploader.chunks().damaged().count()).isZero();
        assertThat(uploader.read(DAMAGED)).isEqualTo(CONTENT);
        assertThat(uploader.read(WHOLE)).isEqualTo(OTHER);
        uploader.requireClean();
        Scrubber.Report again = scrub(false);
        assertThat(again.isClean()).as(again.toString()).isTrue();
    }

    /** What could not be noted, because the disk was full say, is noted by the next one who meets it. */
    @Test
    void aNoteThatFailsIsMadeLater() throws IOException {
        store.close();
        flip();
        Faults faults = new Faults(1);
        now = now.plusSeconds(60);
        store = new StoreFixture(new FaultyDeviceDirectory(journal, faults), segments, true, now);
        // The file that is begun, the space in it, and the note.
        for (int write = 1; write <= 3; write++) {
            faults.failWrite(write);
            try {
                scrub(false);
            } catch (IOException e) {
                assertThat(store.chunks().damaged().count()).isZero();
            }
        }
        faults.heal();
        scrub(false);
        reopen();
        assertThat(store.chunks().damaged().count()).isEqualTo(1);
    }

    @Test
    void aFlippedBitIsFoundNamedAndHealedByTheSameBytes() throws IOException {
        assertThat(scrub(false).isClean()).isTrue();
        reopen();
        flip();
        Scrubber.Report dry = scrub(true);
        assertThat(dry.damaged()).isEqualTo(1);
        assertThat(dry.isClean()).isFalse();
        assertThat(store.chunks().damaged().count())
                .as("a dry run notes nothing")
                .isZero();

        Scrubber.Report report = scrub(false);
        assertThat(report.damaged()).isEqualTo(1);
        assertThat(report.repaired()).isZero();
        assertThat(report.damagedLeft()).isEqualTo(1);
        assertThat(report.chunks()).isEqualTo(dry.chunks());
        assertThat(store.damageList().files()).singleElement().asString().startsWith("file 'bucket/folder/damaged': ");
        requireUnreadable();
        assertThat(store.read(WHOLE)).isEqualTo(OTHER);
        reopen();
        assertThat(store.chunks().damaged().count()).as("known after a restart").isEqualTo(1);
        requireHealedBy(store);
        reopen();
        assertThat(store.chunks().damaged().count()).isZero();
        assertThat(store.read(DAMAGED)).isEqualTo(CONTENT);
    }

    @Test
    void aReadThatMeetsDamageIsEnoughForTheNextUploadToHeal() throws IOException {
        reopen();
        flip();
        requireUnreadable();
        await(() -> store.chunks().damaged().count() == 1);
        requireHealedBy(store);
    }

    @Test
    void whatTheMemoryCacheHoldsIsMendedFromThere() throws IOException {
        reopen();
        assertThat(store.read(DAMAGED)).isEqualTo(CONTENT);
        flip();
        Scrubber.Report report = scrub(false);
        assertThat(report.damaged()).isEqualTo(1);
        assertThat(report.repaired()).isEqualTo(1);
        assertThat(report.damagedLeft()).isZero();
        reopen();
        assertThat(store.read(DAMAGED)).isEqualTo(CONTENT);
        store.requireClean();
    }

    @Test
    void aLostSegmentIsNamedAndHealed() throws IOException {
        store.close();
        segments.delete(segments.list().getFirst());
        segments.sync();
        now = now.plusSeconds(60);
        store = new StoreFixture(journal, segments, true, now);
        Scrubber.Report report = scrub(false);
        assertThat(report.segmentsMissing()).isEqualTo(1);
        assertThat(report.damaged()).isGreaterThan(20);
        assertThat(store.damageList().files()).hasSize(1);
        assertThat(store.read(WHOLE)).isEqualTo(OTHER);
        store.put(DAMAGED, CONTENT);
        assertThat(store.chunks().damaged().count()).as("manifest pages, too").isZero();
        assertThat(store.read(DAMAGED)).isEqualTo(CONTENT);
        store.requireClean();
    }

    @Test
    void damagedChunksThatAreFreedAreForgotten() throws IOException {
        reopen();
        flip();
        assertThat(scrub(false).damagedLeft()).isEqualTo(1);
        store.namespace().delete(DAMAGED, WriteOptions.keys("tester"));
        store.settle();
        assertThat(store.chunks().damaged().count()).isZero();
        assertThat(store.damageList().files()).isEmpty();
        assertThat(scrub(false).isClean()).isTrue();
        store.requireClean();
    }

    @Test
    void aPassThatWasBrokenOffGoesOnAfterARestart() throws IOException {
        for (int i = 0; i < 8; i++) {
            store.put(new EntryPath("bucket", "more " + i), random(10 + i, 900_000));
            store.segments().seal();
        }
        long all = scrub(true).chunks();
        JobControl control = new JobControl();
        long half = store.scrubber().verifiedChunks() + all / 2;
        Thread canceller = Thread.startVirtualThread(() -> {
            await(() -> store.scrubber().verifiedChunks() > half);
            control.cancel();
        });
        boolean cancelled = false;
        try {
            store.scrubber().scrub(false, control);
        } catch (JobControl.CancelledException e) {
            cancelled = true;
        }
        await(() -> !canceller.isAlive());
        reopen();
        Scrubber.Report report = scrub(false);
        assertThat(report.chunks()).as("counted over both parts").isGreaterThanOrEqualTo(all);
        if (cancelled) {
            assertThat(store.scrubber().verifiedChunks()).isLessThan(all);
        }
    }

    @Test
    void whatNobodyRefersToIsCountedAsGarbage() throws IOException {
        store.namespace().delete(WHOLE, WriteOptions.keys("tester"));
        store.settle();
        store.put(WHOLE, OTHER);
        store.segments().seal();
        store.put(new EntryPath("bucket", "kept"), random(3, 50_000));
        store.segments().seal();
        assertThat(scrub(false).garbageBytes()).isLessThan(60_000);
        store.namespace().delete(DAMAGED, WriteOptions.keys("tester"));
        store.namespace().tidy();
        store.settleChunksOnly();
        Scrubber.Report report = scrub(false);
        assertThat(report.segmentsUnused()).isEqualTo(1);
        assertThat(report.garbageBytes()).isGreaterThan(250_000);
        assertThat(List.copyOf(report.findings())).isEmpty();
    }
}
