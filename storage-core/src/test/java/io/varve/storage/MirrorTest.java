package io.varve.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varve.storage.io.DeviceDirectory;
import io.varve.storage.io.DeviceFiles;
import io.varve.storage.io.Faults;
import io.varve.storage.io.FaultyDeviceDirectory;
import io.varve.storage.io.MemoryDeviceDirectory;
import io.varve.storage.io.Mirror;
import io.varve.storage.io.MirroredDirectory;
import io.varve.storage.io.Power;
import io.varve.storage.io.TimedCalls;
import io.varve.storage.io.TimedDirectory;
import io.varve.storage.maintenance.JobControl;
import io.varve.storage.maintenance.MirrorKeeper;
import io.varve.storage.maintenance.Scrubber;
import io.varve.storage.namespace.EntryPath;
import io.varve.storage.namespace.StorageException;
import io.varve.storage.namespace.WriteOptions;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Two copies of everything: a fresh mirror has all that was answered, and stands in for what has rotted. */
class MirrorTest {
    /** Longer than anything takes that ends at all. */
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private static final Duration IMPATIENCE = Duration.ofMillis(40);

    private Power power = new Power();
    private MemoryDeviceDirectory journal = new MemoryDeviceDirectory(power);
    private MemoryDeviceDirectory segments = new MemoryDeviceDirectory(power);
    private MemoryDeviceDirectory mirrorJournal = new MemoryDeviceDirectory(power);
    private MemoryDeviceDirectory mirrorSegments = new MemoryDeviceDirectory(power);
    private final Map<String, byte[]> model = new TreeMap<>();
    private Instant now = Instant.parse("2026-01-01T00:00:00Z");

    /** A store with a mirror. */
    private final class Mirrored implements AutoCloseable {
        private final TimedCalls calls = new TimedCalls("The mirror", PATIENCE);
        private final Mirror mirror;
        private final StoreFixture store;
        private final MirrorKeeper keeper;

        Mirrored(Mirror.State state, Faults faults) throws IOException {
            this(state, faults, journal, segments);
        }

        Mirrored(Mirror.State state, Faults faults, DeviceDirectory journal, DeviceDirectory segments)
                throws IOException {
            now = now.plusSeconds(10);
            mirror = new Mirror(state);
            MirroredDirectory journalFiles = new MirroredDirectory(journal, timed(mirrorJournal, faults), mirror);
            MirroredDirectory segmentFiles = new MirroredDirectory(segments, timed(mirrorSegments, faults), mirror);
            store = new StoreFixture(journalFiles, segmentFiles, Optional.of(segmentFiles.secondary()), true, now);
            keeper = new MirrorKeeper(
                    mirror, journalFiles, segmentFiles, store.journal(), store.segments(), store.committer());
        }

        private TimedDirectory timed(DeviceDirectory files, Faults faults) throws IOException {
            return TimedDirectory.open(calls, () -> new FaultyDeviceDirectory(files, faults));
        }

        void put(String name, int seed, int length) throws IOException {
            byte[] content = new byte[length];
            new Random(seed).nextBytes(content);
            store.put(new EntryPath("bucket", name), content);
            if (!power.hasFailed()) {
                // Nobody hears an answer of a machine without power.
                model.put(name, content);
            }
        }

        @Override
        public void close() throws IOException {
            store.close();
        }
    }

    private Mirrored fill() throws IOException {
        Mirrored mirrored = new Mirrored(Mirror.State.FRESH, new Faults(1));
        mirrored.store.namespace().createBucket("bucket", "tester");
        for (int i = 0; i < 5; i++) {
            mirrored.put("file " + i, i, 100_000 + i);
        }
        mirrored.store.checkpoint();
        mirrored.put("after the checkpoint", 9, 30_000);
        return mirrored;
    }

    private void requireModel(DeviceDirectory journalFiles, DeviceDirectory segmentFiles) throws IOException {
        now = now.plusSeconds(10);
        try (StoreFixture store = new StoreFixture(journalFiles, segmentFiles, true, now)) {
            for (Map.Entry<String, byte[]> file : model.entrySet()) {
                assertThat(store.read(new EntryPath("bucket", file.getKey())))
                        .as(file.getKey())
                        .isEqualTo(file.getValue());
            }
            store.requireClean();
        }
    }

    private static void requireSame(DeviceDirectory left, DeviceDirectory right) throws IOException {
        assertThat(right.list()).isEqualTo(left.list());
        for (String name : left.list()) {
            assertThat(DeviceFiles.read(right, name)).as(name).isEqualTo(DeviceFiles.read(left, name));
        }
    }

    @Test
    void everythingLiesInBothPlacesAndEitherIsAStore() throws IOException {
        fill().close();
        requireSame(journal, mirrorJournal);
        requireSame(segments, mirrorSegments);
        requireModel(mirrorJournal, mirrorSegments);
        requireModel(journal, segments);
    }

    @Test
    void aMirrorThatFailsIsStaleAndKeepsOneMoment() throws IOException {
        for (int failing = 1; failing < 60; failing += 3) {
            reset();
            Faults faults = new Faults(failing);
            Mirrored mirrored = new Mirrored(Mirror.State.FRESH, faults);
            mirrored.store.namespace().createBucket("bucket", "tester");
            faults.failWrite(failing);
            for (int i = 0; i < 8; i++) {
                mirrored.put("file " + i, i, 20_000);
                if (i == 4) {
                    mirrored.store.checkpoint();
                }
            }
            boolean failed = mirrored.mirror.state() == Mirror.State.STALE;
            mirrored.close();
            requireModel(journal, segments);
            if (failed) {
                now = now.plusSeconds(10);
                try (StoreFixture old = new StoreFixture(mirrorJournal, mirrorSegments, true, now)) {
                    old.requireClean();
                }
            } else {
                requireModel(mirrorJournal, mirrorSegments);
            }
        }
    }

    @Test
    void aMirrorThatEndsWithAnErrorIsStale() throws IOException {
        Faults faults = new Faults(3);
        try (Mirrored mirrored = new Mirrored(Mirror.State.FRESH, faults)) {
            mirrored.store.namespace().createBucket("bucket", "tester");
            faults.breakWrite(1);
            mirrored.put("file", 1, 50_000);
            assertThat(mirrored.mirror.state()).isEqualTo(Mirror.State.STALE);
        }
        requireModel(journal, segments);
    }

    /** A disk that begins to fail is when a mirror is wanted most: what can be read is copied, and what cannot is no worse there. */
    @Test
    void whatCannotBeReadKeepsNobodyFromHavingAMirror() throws IOException {
        fill().close();
        mirrorJournal = new MemoryDeviceDirectory(power);
        mirrorSegments = new MemoryDeviceDirectory(power);
        Faults rotten = new Faults(1);
        try (Mirrored mirrored =
                new Mirrored(Mirror.State.STALE, new Faults(2), journal, new FaultyDeviceDirectory(segments, rotten))) {
            rotten.unreadable(200_000);
            assertThat(mirrored.keeper.sync(new JobControl()).blocksUnreadable())
                    .isEqualTo(1);
            mirrored.put("after", 30, 10_000);
        }
        int damaged = 0;
        now = now.plusSeconds(10);
        try (StoreFixture store = new StoreFixture(mirrorJournal, mirrorSegments, true, now)) {
            for (Map.Entry<String, byte[]> file : model.entrySet()) {
                try {
                    assertThat(store.read(new EntryPath("bucket", file.getKey())))
                            .isEqualTo(file.getValue());
                } catch (IOException | StorageException e) {
                    damaged++;
                }
            }
        }
        assertThat(damaged).as("files with that block").isEqualTo(1);
    }

    /** The same on the mirror's side: the file is made anew elsewhere on its disk. */
    @Test
    void whatCannotBeReadInTheMirrorIsCopiedAgain() throws IOException {
        fill().close();
        Faults rotten = new Faults(1).unreadable(200_000);
        try (Mirrored mirrored = new Mirrored(Mirror.State.STALE, rotten)) {
            assertThat(mirrored.keeper.sync(new JobControl()).blocksUnreadable())
                    .isZero();
        }
        requireSame(segments, mirrorSegments);
    }

    /** On a disk as large as the primary's there may be no room for what is new before what is old has gone. */
    @Test
    void whatThePrimaryHasDeletedGoesBeforeAnythingIsCopied() throws IOException {
        fill().close();
        Faults faults = new Faults(3);
        try (Mirrored mirrored = new Mirrored(Mirror.State.STALE, faults)) {
            mirrored.put("missed", 20, 50_000);
            mirrorSegments.create("00000fff.seg").close();
            mirrorSegments.sync();
            faults.fullAfter(8 << 10);
            assertThatThrownBy(() -> mirrored.keeper.sync(new JobControl())).isInstanceOf(IOException.class);
            assertThat(mirrorSegments.list()).doesNotContain("00000fff.seg");
            faults.heal();
            mirrored.keeper.sync(new JobControl());
        }
        requireSame(segments, mirrorSegments);
        requireModel(mirrorJournal, mirrorSegments);
    }

    /** Whatever operation it is that never returns: commits go on, closing does, and the mirror comes back when it answers. */
    @Test
    @Timeout(120)
    void aMirrorThatHangsIsStaleAndStopsNothing() throws IOException {
        for (int hanging = 1; hanging < 60; hanging += 8) {
            reset();
            Faults faults = new Faults(hanging);
            Mirrored mirrored = new Mirrored(Mirror.State.FRESH, faults);
            mirrored.store.namespace().createBucket("bucket", "tester");
            mirrored.put("before", 1, 20_000);
            faults.hang(hanging);
            mirrored.calls.setTimeout(IMPATIENCE);
            for (int i = 0; i < 8; i++) {
                mirrored.put("file " + i, i, 30_000);
                if (i == 4) {
                    mirrored.store.checkpoint();
                }
            }
            assertThat(mirrored.mirror.state()).as("hanging at %s", hanging).isEqualTo(Mirror.State.STALE);
            assertThat(mirrored.mirror.trouble().orElseThrow()).contains("answer");
            assertThat(mirrored.calls.late()).isBetween(1, TimedCalls.CALLS_MAX);
            assertThatThrownBy(() -> mirrored.keeper.sync(new JobControl()))
                    .isInstanceOf(TimedCalls.NotAnsweringException.class);
            if (hanging % 16 == 1) {
                mirrored.close();
                faults.answer();
                requireModel(journal, segments);
                continue;
            }
            mirrored.calls.setTimeout(PATIENCE);
            faults.answer();
            while (mirrored.calls.late() > 0) {
                Thread.onSpinWait();
            }
            mirrored.keeper.sync(new JobControl());
            assertThat(mirrored.mirror.state()).isEqualTo(Mirror.State.FRESH);
            mirrored.put("after", 77, 30_000);
            mirrored.close();
            requireSame(journal, mirrorJournal);
            requireSame(segments, mirrorSegments);
            requireModel(mirrorJournal, mirrorSegments);
        }
    }

    /** It stops answering while it is copied to. */
    @Test
    @Timeout(120)
    void aMirrorThatHangsAgainWhileItIsCopiedToStopsNothing() throws IOException {
        for (int hanging = 1; hanging < 60; hanging += 11) {
            reset();
            Faults faults = new Faults(hanging);
            fill().close();
            try (Mirrored mirrored = new Mirrored(Mirror.State.STALE, faults)) {
                mirrored.put("missed", 20, 50_000);
                faults.hang(hanging);
                mirrored.calls.setTimeout(IMPATIENCE);
                assertThatThrownBy(() -> mirrored.keeper.sync(new JobControl())).isInstanceOf(IOException.class);
                assertThat(mirrored.mirror.state()).isEqualTo(Mirror.State.STALE);
                mirrored.put("missed too", 21, 50_000);
                mirrored.calls.setTimeout(PATIENCE);
                faults.answer();
                while (mirrored.calls.late() > 0) {
                    Thread.onSpinWait();
                }
                mirrored.keeper.sync(new JobControl());
                mirrored.put("after", 22, 50_000);
            }
            requireSame(journal, mirrorJournal);
            requireSame(segments, mirrorSegments);
            requireModel(mirrorJournal, mirrorSegments);
        }
    }

    private void reset() {
        power = new Power();
        journal = new MemoryDeviceDirectory(power);
        segments = new MemoryDeviceDirectory(power);
        mirrorJournal = new MemoryDeviceDirectory(power);
        mirrorSegments = new MemoryDeviceDirectory(power);
        model.clear();
    }

    @Test
    void aStaleMirrorIsCopiedWhileTheStoreServesAndIsFreshThen() throws IOException {
        Faults faults = new Faults(3);
        fill().close();
        try (Mirrored mirrored = new Mirrored(Mirror.State.FRESH, faults)) {
            faults.failSync(1);
            mirrored.put("missed", 20, 50_000);
            assertThat(mirrored.mirror.state()).isEqualTo(Mirror.State.STALE);
            mirrored.put("missed too", 21, 50_000);
        }
        try (Mirrored mirrored = new Mirrored(Mirror.State.STALE, new Faults(4))) {
            MirrorKeeper.Report report = mirrored.keeper.sync(new JobControl());
            assertThat(report.filesCopied()).isPositive();
            assertThat(report.filesSame()).isPositive();
            assertThat(mirrored.mirror.state()).isEqualTo(Mirror.State.FRESH);
            assertThat(mirrorJournal.list()).doesNotContain(Mirror.UNFINISHED);
            mirrored.put("after", 22, 50_000);
            assertThat(mirrored.keeper.sync(new JobControl()).filesCopied())
                    .as("nothing to do")
                    .isZero();
        }
        requireSame(journal, mirrorJournal);
        requireSame(segments, mirrorSegments);
        requireModel(mirrorJournal, mirrorSegments);
    }

    @Test
    void whatRottedInThePrimaryIsReadFromTheMirrorAndMended() throws IOException {
        fill().close();
        String segment = segments.list().getFirst();
        byte[] whole = DeviceFiles.read(segments, segment);
        for (int i = 0; i < 40; i++) {
            DeviceFiles.flipBitInPlace(segments, segment, (5_000L + i * 9_000L) * Byte.SIZE);
        }
        try (Mirrored mirrored = new Mirrored(Mirror.State.FRESH, new Faults(5))) {
            for (Map.Entry<String, byte[]> file : model.entrySet()) {
                assertThat(mirrored.store.read(new EntryPath("bucket", file.getKey())))
                        .isEqualTo(file.getValue());
            }
            assertThat(mirrored.store.segments().rescuedRecords()).isPositive();
            assertThat(mirrored.keeper.mend()).isPositive();
            assertThat(DeviceFiles.read(segments, segment)).isEqualTo(whole);
            long rescued = mirrored.store.segments().rescuedRecords();
            Scrubber.Report report = mirrored.store.scrubber().scrub(false, new JobControl());
            assertThat(report.isClean()).isTrue();
            assertThat(mirrored.store.segments().rescuedRecords())
                    .as("the primary alone answers again")
                    .isEqualTo(rescued);
        }
        requireModel(journal, segments);
    }

    @Test
    void aLostSegmentComesBackFromTheMirror() throws IOException {
        fill().close();
        String segment = segments.list().getFirst();
        segments.delete(segment);
        segments.sync();
        try (Mirrored mirrored = new Mirrored(Mirror.State.FRESH, new Faults(6))) {
            assertThat(mirrored.store.scrubber().scrub(false, new JobControl()).damagedLeft())
                    .isZero();
            assertThat(mirrored.keeper.mend()).isPositive();
        }
        requireModel(journal, segments);
    }

    /** A mirror that missed something is compared with the primary: what the primary lost must not be taken for what it deleted. */
    @Test
    void aLostSegmentComesBackBeforeAStaleMirrorIsCopiedTo() throws IOException {
        fill().close();
        segments.delete(segments.list().getLast());
        segments.sync();
        try (Mirrored mirrored = new Mirrored(Mirror.State.STALE, new Faults(6))) {
            mirrored.put("in a new segment", 11, 60_000);
            mirrored.keeper.sync(new JobControl());
        }
        requireModel(journal, segments);
        requireModel(mirrorJournal, mirrorSegments);
    }

    /** What the mirror still has of a segment that was deleted must not be taken for a good copy of another one. */
    @Test
    void noSegmentGetsTheNameOfADeletedOne() throws IOException {
        fill().close();
        List<String> deleted = mirrorSegments.list();
        try (Mirrored away = new Mirrored(Mirror.State.STALE, new Faults(6))) {
            for (String name : List.copyOf(model.keySet())) {
                away.store.namespace().delete(new EntryPath("bucket", name), WriteOptions.keys("tester"));
                model.remove(name);
            }
            away.store.settle();
            assertThat(segments.list()).isEmpty();
        }
        try (Mirrored back = new Mirrored(Mirror.State.STALE, new Faults(6))) {
            back.put("new", 12, 90_000);
            assertThat(segments.list()).isNotEmpty().doesNotContainAnyElementsOf(deleted);
            back.keeper.sync(new JobControl());
        }
        requireModel(journal, segments);
        requireModel(mirrorJournal, mirrorSegments);
    }

    @Test
    void damageInBothPlacesIsMendedWhereverOneIsWhole() throws IOException {
        fill().close();
        String segment = segments.list().getFirst();
        DeviceFiles.flipBitInPlace(segments, segment, 60_000L * Byte.SIZE);
        DeviceFiles.flipBitInPlace(mirrorSegments, segment, 200_000L * Byte.SIZE);
        try (Mirrored mirrored = new Mirrored(Mirror.State.STALE, new Faults(7))) {
            mirrored.keeper.sync(new JobControl());
        }
        requireModel(journal, segments);
        requireModel(mirrorJournal, mirrorSegments);
    }

    @Test
    void whereverThePowerFailsTheMirrorAloneHasAllThatWasAnswered() throws IOException {
        boolean failed = true;
        for (int failing = 1; failed && failing < 200; failing++) {
            reset();
            power.failAt(failing);
            try (Mirrored mirrored = new Mirrored(Mirror.State.FRESH, new Faults(8))) {
                mirrored.store.namespace().createBucket("bucket", "tester");
                for (int i = 0; i < 6; i++) {
                    mirrored.put("file " + i, i, 9_000);
                    if (i == 3) {
                        mirrored.store.checkpoint();
                    }
                }
            } catch (IOException | StorageException e) {
                // The power is off.
            }
            failed = power.hasFailed();
            assertThat(failed || failing > 40).isTrue();
            Power next = new Power();
            MemoryDeviceDirectory leftJournal = mirrorJournal.crash(failing, next);
            MemoryDeviceDirectory leftSegments = mirrorSegments.crash(failing, next);
            requireModel(leftJournal, leftSegments);
        }
    }

    @Test
    void aMirrorThatStaysAwayStopsNothing() throws IOException {
        Faults faults = new Faults(9);
        try (Mirrored mirrored = new Mirrored(Mirror.State.STALE, faults)) {
            mirrored.store.namespace().createBucket("bucket", "tester");
            mirrored.put("file", 1, 50_000);
            faults.failWrite(1);
            assertThatThrownBy(() -> mirrored.keeper.sync(new JobControl())).isInstanceOf(IOException.class);
            assertThat(mirrored.mirror.state()).isEqualTo(Mirror.State.STALE);
            assertThat(mirrorJournal.list()).contains(Mirror.UNFINISHED);
            mirrored.put("more", 2, 50_000);
        }
        requireModel(journal, segments);
    }
}
