package io.varve.storage.maintenance;

import io.varve.storage.chunkstore.SegmentCensus;
import io.varve.storage.commit.Committer;
import io.varve.storage.commit.MetadataCheckpoints;
import io.varve.storage.io.DeviceDirectory;
import io.varve.storage.io.Mirror;
import io.varve.storage.io.MirroredDirectory;
import io.varve.storage.journal.Journal;
import io.varve.storage.metadata.Family;
import io.varve.storage.segment.SegmentStore;
import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
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

    private static final Duration LOOK_EVERY = Duration.ofSeconds(5);
    private static final Duration RETRY_AFTER = Duration.ofMinutes(1);

    /** After a try that failed there is a pause this many times as long as it took: comparing all again and again is a load of its own. */
    private static final int RETRY_PAUSE = 4;

    private static final Duration RETRY_PAUSE_MAX = Duration.ofHours(12);
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
     * @param blocksUnreadable blocks of 4 KiB that neither copy gave, and that are zeros in the mirror
     */
    public record Report(int filesCopied, long bytesCopied, int filesSame, int filesRemoved, long blocksUnreadable) {}

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
                return new Report(0, 0, 0, 0, 0);
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
        MirrorCopying copying = new MirrorCopying(control, ownControl);
        control.begin("comparing and copying (bytes)", copying.total(segmentFiles) + copying.total(journalFiles));
        // First, or what the primary has deleted since could leave no room for what it has instead.
        removeOthers(copying);
        copying.copy(segmentFiles, segments::mend);
        copying.copy(journalFiles, name -> journal.mend(name, journalFiles.secondary()));
        // What was being written under another name when it began has its name now.
        copying.copyMissing(segmentFiles, segments::mend);
        copying.copyMissing(journalFiles, name -> journal.mend(name, journalFiles.secondary()));
        removeOthers(copying);
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

    private void removeOthers(MirrorCopying copying) throws IOException {
        copying.removeOthers(
                segmentFiles, missing().stream().map(SegmentStore::fileName).toList());
        copying.removeOthers(journalFiles, List.of());
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

    private void run() {
        working.lock();
        try {
            long untilRetry = 0;
            while (!ownControl.isCancelled()) {
                Attempt.at("Mending from the mirror", LOG, this::mend);
                if (mirror.state() == Mirror.State.STALE && untilRetry <= 0) {
                    long begun = System.nanoTime();
                    Attempt.at("Copying to the mirror", LOG, () -> sync(ownControl));
                    untilRetry = retryAfter(System.nanoTime() - begun);
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

    private long retryAfter(long tookNanos) {
        return mirror.state() == Mirror.State.STALE
                ? Math.clamp(RETRY_PAUSE * tookNanos, RETRY_AFTER.toNanos(), RETRY_PAUSE_MAX.toNanos())
                : 0;
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
