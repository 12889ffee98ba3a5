package io.varve.storage.maintenance;

import io.varve.storage.chunkstore.SegmentCensus;
import io.varve.storage.commit.Committer;
import io.varve.storage.commit.MetadataCheckpoints;
import io.varve.storage.io.AlignedBuffers;
import io.varve.storage.io.BlockDevice;
import io.varve.storage.io.DeviceDirectory;
import io.varve.storage.io.Mirror;
import io.varve.storage.io.MirroredDirectory;
import io.varve.storage.journal.Journal;
import io.varve.storage.metadata.Family;
import io.varve.storage.segment.SegmentStore;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the mirror good: copies it again when it is stale, and mends segments of the primary for which it had to stand in.
 *
 * <p>Copying: first everything that is written from now on goes to both places, then the open files are ended, so that no file is left
 * that only the primary gets; then all others are compared byte by byte and copied where they differ. A segment or journal file that differs is
 * mended first, so that what has rotted in the primary is not copied over the good one, and a segment that the primary has lost comes back. Thread-safe.
 */
public final class MirrorKeeper implements Closeable {
    private static final Logger LOG = LoggerFactory.getLogger(MirrorKeeper.class);

    /** SYSTEM row: a commit that makes the journal go on in a new file; its value is empty. */
    private static final byte[] MARK = "mirror".getBytes(StandardCharsets.US_ASCII);

    private static final String COPYING = ".copying";
    private static final int WINDOW_BYTES = 1 << 20;
    private static final Duration LOOK_EVERY = Duration.ofSeconds(5);
    private static final Duration RETRY_AFTER = Duration.ofMinutes(1);
    private static final Duration CLOSE_MAX = Duration.ofSeconds(30);

    private final Mirror mirror;
    private final MirroredDirectory journalFiles;
    private final MirroredDirectory segmentFiles;
    private final Journal journal;
    private final SegmentStore segments;
    private final Committer committer;
    private MetadataCheckpoints.Work others = () -> {};
    private final JobControl ownControl = new JobControl();
    private final ReentrantLock working = new ReentrantLock();
    private final Condition stopping = working.newCondition();
    private final Thread thread =
            Thread.ofPlatform().daemon().name("varve-mirror").unstarted(this::run);

    /**
     * What a copying did.
     *
     * @param filesCopied files that differed or were missing
     * @param bytesCopied their bytes
     * @param filesSame files that were the same
     * @param filesRemoved files of the mirror that the primary has not
     */
    public record Report(int filesCopied, long bytesCopied, int filesSame, int filesRemoved) {}

    public MirrorKeeper(
            Mirror mirror,
            MirroredDirectory journalFiles,
            MirroredDirectory segmentFiles,
            Journal journal,
            SegmentStore segments,
            Committer committer) {
        this.mirror = mirror;
        this.journalFiles = journalFiles;
        this.segmentFiles = segmentFiles;
        this.journal = journal;
        this.segments = segments;
        this.committer = committer;
    }

    /** Before {@link #start}: what else is to be copied for the mirror to be a store. */
    public MirrorKeeper alsoCopying(MetadataCheckpoints.Work work) {
        others = work;
        return this;
    }

    /** Begins to look after the mirror. */
    public void start() {
        thread.start();
    }

    /** Mends every segment of the primary that the mirror had to stand in for; returns how many records. */
    public int mend() throws IOException {
        int records = 0;
        for (int segment : segments.toBeMended()) {
            records += segments.mend(segment);
        }
        return records;
    }

    /**
     * Makes a stale mirror fresh.
     *
     * @throws IOException if the mirror fails again; it is stale then as before
     */
    public Report sync(JobControl control) throws IOException {
        control.begin("waiting for the mirror's own work", 0);
        working.lock();
        try {
            if (mirror.state() == Mirror.State.FRESH) {
                return new Report(0, 0, 0, 0);
            }
            return copyAll(control);
        } catch (IOException | RuntimeException | Error e) {
            mirror.fail(e);
            throw e;
        } finally {
            working.unlock();
        }
    }

    /**
     * For who works while the mirror rests.
     *
     * @throws JobControl.CancelledException if the store is closing
     */
    public void requireOpen() throws JobControl.CancelledException {
        ownControl.requireWanted();
    }

    /** Does something while nothing is copied to the mirror, and nothing mended from there. */
    public void whileItRests(MetadataCheckpoints.Work work) throws IOException {
        working.lock();
        try {
            work.run();
        } finally {
            working.unlock();
        }
    }

    /** Nothing of it is begun while anything hangs in the mirror, so no late write follows what is compared here ({@link TimedDirectory}). */
    private Report copyAll(JobControl control) throws IOException {
        journalFiles.secondary().reopen();
        segmentFiles.secondary().reopen();
        mark(journalFiles.secondary());
        mirror.beginSync();
        segments.seal();
        journal.roll(committer.publishedSequence());
        committer.commit(commit -> {
            commit.put(Family.SYSTEM, MARK, new byte[0]);
            return true;
        });
        for (int lost : missing()) {
            segments.mend(lost);
        }
        Copying copying = new Copying(control);
        // First, or what the primary has deleted since could leave no room for what it has instead.
        copying.removeOthers();
        control.begin("comparing and copying (bytes)", copying.total(segmentFiles) + copying.total(journalFiles));
        copying.copy(segmentFiles, true);
        copying.copy(journalFiles, false);
        // What was being written under another name when it began has its name now.
        copying.copyMissing(segmentFiles, true);
        copying.copyMissing(journalFiles, false);
        copying.removeOthers();
        others.run();
        segmentFiles.secondary().sync();
        journalFiles.secondary().sync();
        if (!mirror.endSync()) {
            throw new IOException("The mirror failed while it was copied to.");
        }
        journalFiles.secondary().delete(Mirror.UNFINISHED);
        journalFiles.secondary().sync();
        Report report = copying.report();
        LOG.info("The mirror is fresh: {}", report);
        return report;
    }

    /** The segments that the primary has lost: they are to come back from the mirror, not to be removed there as well. */
    private List<Integer> missing() throws IOException {
        return SegmentCensus.missing(committer.view(), segments);
    }

    /** Says durably that nobody may start on this copy. */
    private static void mark(DeviceDirectory mirrored) throws IOException {
        if (!mirrored.exists(Mirror.UNFINISHED)) {
            mirrored.create(Mirror.UNFINISHED).close();
        }
        mirrored.sync();
    }

    /** One pass over both directories. */
    private final class Copying {
        private final JobControl control;
        private final ByteBuffer mine = AlignedBuffers.allocate(WINDOW_BYTES);
        private final ByteBuffer theirs = AlignedBuffers.allocate(WINDOW_BYTES);
        private int copied;
        private long bytes;
        private int same;
        private int removed;

        Copying(JobControl control) {
            this.control = control;
        }

        /** Whoever asked for it, the store's end is its end. */
        private void requireWanted() throws JobControl.CancelledException {
            control.requireWanted();
            ownControl.requireWanted();
        }

        Report report() {
            return new Report(copied, bytes, same, removed);
        }

        long total(MirroredDirectory directory) throws IOException {
            long total = 0;
            for (String name : names(directory)) {
                total += directory.size(name);
            }
            return total;
        }

        /** What was there before the mirror took changes again. */
        private List<String> names(MirroredDirectory directory) throws IOException {
            return directory.list().stream()
                    .filter(name -> !name.equals(Mirror.MARKER) && !directory.isBornMirrored(name))
                    .toList();
        }

        void copy(MirroredDirectory directory, boolean segment) throws IOException {
            for (String name : names(directory)) {
                try {
                    copy(directory, name, segment);
                } catch (NoSuchFileException e) {
                    LOG.debug("The file {} was deleted while it was to be copied.", name);
                }
            }
        }

        void copyMissing(MirroredDirectory directory, boolean segment) throws IOException {
            for (String name : names(directory)) {
                try {
                    if (!directory.secondary().exists(name)
                            || directory.secondary().size(name) != directory.size(name)) {
                        copy(directory, name, segment);
                    }
                } catch (NoSuchFileException e) {
                    LOG.debug("The file {} was deleted while it was to be copied.", name);
                }
            }
        }

        private void copy(MirroredDirectory directory, String name, boolean segment) throws IOException {
            if (!directory.isDoubtful(name) && isSame(directory, name)) {
                same++;
                return;
            }
            if (segment) {
                segments.mend(name);
            } else {
                journal.mend(name, directory.secondary());
            }
            if (directory.isBornMirrored(name) || (!directory.isDoubtful(name) && isSame(directory, name))) {
                return;
            }
            DeviceDirectory to = directory.secondary();
            String unfinished = name + COPYING;
            if (to.exists(unfinished)) {
                to.delete(unfinished);
            }
            long at = 0;
            try (BlockDevice source = directory.open(name);
                    BlockDevice target = to.create(unfinished)) {
                while (source.read(mine.clear(), at) > 0) {
                    requireWanted();
                    int length = mine.position();
                    target.write(mine.flip(), at);
                    at += length;
                }
                target.sync();
            }
            to.rename(unfinished, name);
            to.sync();
            directory.copied(name);
            copied++;
            bytes += at;
        }

        private boolean isSame(MirroredDirectory directory, String name) throws IOException {
            DeviceDirectory to = directory.secondary();
            if (!to.exists(name) || to.size(name) != directory.size(name)) {
                return false;
            }
            try (BlockDevice source = directory.open(name);
                    BlockDevice target = to.open(name)) {
                for (long at = 0; source.read(mine.clear(), at) > 0; at += mine.limit()) {
                    requireWanted();
                    target.read(theirs.clear(), at);
                    mine.flip();
                    control.advance(mine.limit());
                    if (mine.mismatch(theirs.flip()) >= 0) {
                        return false;
                    }
                }
                return true;
            }
        }

        void removeOthers() throws IOException {
            removeOthers(
                    segmentFiles, missing().stream().map(SegmentStore::fileName).toList());
            removeOthers(journalFiles, List.of());
        }

        private void removeOthers(MirroredDirectory directory, List<String> kept) throws IOException {
            Set<String> there = new HashSet<>(directory.list());
            there.addAll(kept);
            there.add(Mirror.UNFINISHED);
            DeviceDirectory to = directory.secondary();
            for (String name : to.list()) {
                if (!there.contains(name) && !directory.exists(name)) {
                    to.delete(name);
                    removed++;
                }
            }
        }
    }

    private void run() {
        working.lock();
        try {
            long untilRetry = 0;
            while (!ownControl.isCancelled()) {
                attempt(this::mend);
                if (mirror.state() == Mirror.State.STALE && untilRetry <= 0) {
                    untilRetry = RETRY_AFTER.toNanos();
                    attempt(() -> sync(ownControl));
                }
                long nanos = LOOK_EVERY.toNanos();
                untilRetry -= nanos;
                while (!ownControl.isCancelled() && nanos > 0) {
                    nanos = stopping.awaitNanos(nanos);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            working.unlock();
        }
    }

    private static void attempt(MetadataCheckpoints.Work work) {
        try {
            work.run();
        } catch (IOException e) {
            LOG.warn("The mirror cannot be put right now, which is tried again later: {}", e.getMessage());
        } catch (RuntimeException | Error e) {
            LOG.error("Looking after the mirror failed, which is tried again later.", e);
        }
    }

    /** Ends what it does at its next step; a copying begins again at the next start. */
    @Override
    public void close() {
        ownControl.cancel();
        if (thread.getState() == Thread.State.NEW) {
            return;
        }
        try {
            if (working.tryLock(CLOSE_MAX.toNanos(), TimeUnit.NANOSECONDS)) {
                try {
                    stopping.signalAll();
                } finally {
                    working.unlock();
                }
            }
            if (!thread.join(CLOSE_MAX)) {
                LOG.warn("Work on the mirror did not end within {} seconds.", CLOSE_MAX.toSeconds());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
