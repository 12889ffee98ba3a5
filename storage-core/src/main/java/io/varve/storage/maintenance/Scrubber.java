package io.varve.storage.maintenance;

import io.varve.storage.chunkstore.ChunkRepair;
import io.varve.storage.chunkstore.ChunkScrub;
import io.varve.storage.chunkstore.ChunkStore;
import io.varve.storage.chunkstore.ChunkTotals;
import io.varve.storage.chunkstore.SegmentCensus;
import io.varve.storage.commit.Committer;
import io.varve.storage.fingerprint.Fingerprint;
import io.varve.storage.metadata.Family;
import io.varve.storage.segment.SegmentStore;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads every chunk now and then, before somebody needs one that has rotted: verifies its SHA-256, mends it from wherever its bytes can
 * be had, and notes it as damaged where they cannot. Also compares what the metadata says of segments with the files.
 *
 * <p>One pass at a time. How far it is stands in the metadata, so a restart goes on where it was. Thread-safe.
 */
public final class Scrubber implements Closeable {
    private static final Logger LOG = LoggerFactory.getLogger(Scrubber.class);

    /** SYSTEM row: the pass under way, see {@link ScrubPass}. */
    private static final byte[] PASS = "scrub".getBytes(StandardCharsets.US_ASCII);

    /** SYSTEM row: when the last pass ended, u64 in microseconds. */
    private static final byte[] ENDED = "scrub-ended".getBytes(StandardCharsets.US_ASCII);

    /** How much is read between two notes of the position. */
    private static final long NOTE_BYTES = 256L << 20;

    /** A periodic pass takes this part of its interval, if the allowed rate lets it. */
    private static final int SPREAD = 2;

    private static final long BYTES_PER_SECOND_MIN = 1 << 20;

    private static final long NAP_NANOS_MAX = 100_000_000;

    private static final Duration WAKE_MAX = Duration.ofHours(1);
    private static final Duration CLOSE_MAX = Duration.ofSeconds(30);

    private final Committer committer;
    private final ChunkStore chunks;
    private final SegmentStore segments;
    private final InstantSource clock;
    private final Recount recount;
    private volatile Rules rules;
    private final ReentrantLock passing = new ReentrantLock();
    private final Condition stopping = passing.newCondition();
    private final JobControl ownControl = new JobControl();
    private final Thread thread;
    private final LongAdder verifiedChunks = new LongAdder();
    private final LongAdder verifiedBytes = new LongAdder();
    private final AtomicInteger impatient = new AtomicInteger();

    /**
     * When and how fast.
     *
     * @param interval from the end of a pass to the beginning of the next; zero for none but those asked for
     * @param bytesPerSecond plain bytes that are read in a second at most
     */
    public record Rules(Duration interval, long bytesPerSecond) {}

    /**
     * What a pass came to.
     *
     * @param dryRun whether nothing was mended or noted
     * @param chunks chunks that were verified
     * @param bytes their plain bytes
     * @param damaged chunks that did not verify
     * @param repaired those of them that are whole again
     * @param damagedLeft chunks that are damaged now, whenever that was found
     * @param segmentsMissing segments that chunks lie in and that are not there
     * @param segmentsUnused segments in which no chunk lies, which background work deletes
     * @param garbageBytes bytes in segments that no chunk takes
     * @param countsCorrected wrong counts and entries of indexes that were put right
     * @param findings what is wrong with reference counts and indexes, in words
     */
    public record Report(
            boolean dryRun,
            long chunks,
            long bytes,
            long damaged,
            long repaired,
            long damagedLeft,
            long segmentsMissing,
            long segmentsUnused,
            long garbageBytes,
            long countsCorrected,
            List<String> findings) {
        public Report {
            findings = List.copyOf(findings);
        }

        /** Whether nothing is wrong now. */
        public boolean isClean() {
            return damagedLeft == 0 && segmentsMissing == 0 && findings.isEmpty() && (!dryRun || damaged == 0);
        }
    }

    /** Recounts all references, beside everything else that goes on. */
    @FunctionalInterface
    public interface Recount {
        /** What is wrong, and what puts it right. */
        StoreCheck.Recount run() throws IOException;
    }

    public Scrubber(
            Committer committer,
            ChunkStore chunks,
            SegmentStore segments,
            InstantSource clock,
            Recount recount,
            Rules rules) {
        this.committer = committer;
        this.recount = recount;
        this.chunks = chunks;
        this.segments = segments;
        this.clock = clock;
        this.rules = rules;
        this.thread = Thread.ofPlatform().daemon().name("varve-scrub").unstarted(this::run);
    }

    /** Begins to scrub when it is due. */
    public void start() {
        thread.start();
    }

    /** Chunks verified since the store was opened. */
    public long verifiedChunks() {
        return verifiedChunks.sum();
    }

    /** Their plain bytes. */
    public long verifiedBytes() {
        return verifiedBytes.sum();
    }

    /** When the last pass ended; the epoch if none has. */
    public Instant lastEnded() throws IOException {
        byte[] value = committer.view().get(Family.SYSTEM, ENDED);
        return value == null
                ? Instant.EPOCH
                : Instant.EPOCH.plus(ByteBuffer.wrap(value).getLong(), ChronoUnit.MICROS);
    }

    /**
     * Goes through all chunks, beginning where a pass was broken off; takes over from the periodic one.
     *
     * @param dryRun only looks, always from the start, and leaves no trace
     */
    public Report scrub(boolean dryRun, JobControl control) throws IOException {
        return scrub(dryRun, false, control);
    }

    /**
     * As {@link #scrub(boolean, JobControl)}.
     *
     * @param correctCounts whether wrong counts are put right; they are told in any case, because something must have gone wrong before
     */
    public Report scrub(boolean dryRun, boolean correctCounts, JobControl control) throws IOException {
        impatient.incrementAndGet();
        passing.lock();
        try {
            impatient.decrementAndGet();
            return pass(dryRun, !dryRun && correctCounts, rules.bytesPerSecond, () -> false, control);
        } finally {
            passing.unlock();
        }
    }

    private Report pass(
            boolean dryRun, boolean correctCounts, long bytesPerSecond, BooleanSupplier isToYield, JobControl control)
            throws IOException {
        ScrubPass pass = begin(dryRun);
        control.begin("recounting references", 0);
        StoreCheck.Recount counts = recount.run();
        long corrected = 0;
        if (correctCounts && counts.corrections().size() > 0) {
            counts.findings().forEach(finding -> LOG.warn("Corrected: {}", finding));
            corrected = counts.corrections().apply(committer);
            counts = recount.run();
        }
        if (!dryRun) {
            // Some may have been mended by what came in between.
            examineInBatches(List.copyOf(chunks.damaged().all()));
        }
        control.begin(
                "reading chunks (bytes)", ChunkTotals.read(committer.view()).plainBytes());
        control.advance(pass.bytes());
        ChunkScrub walk = chunks.scrub(pass.position());
        long unnoted = 0;
        try {
            for (ChunkScrub.Batch batch = walk.next(); !batch.chunks().isEmpty(); batch = walk.next()) {
                long begun = System.nanoTime();
                ChunkRepair.Outcome outcome = chunks.repair().examine(batch.chunks(), !dryRun);
                pass = pass.add(walk.position(), batch.chunks().size(), batch.plainBytes(), outcome);
                verifiedChunks.add(batch.chunks().size());
                verifiedBytes.add(batch.plainBytes());
                control.advance(batch.plainBytes());
                unnoted += batch.plainBytes();
                if (!dryRun && unnoted >= NOTE_BYTES) {
                    note(pass);
                    unnoted = 0;
                }
                keepRate(begun, batch.plainBytes(), bytesPerSecond, isToYield, control);
            }
        } catch (JobControl.CancelledException e) {
            if (!dryRun) {
                note(pass);
            }
            throw e;
        }
        return end(pass, dryRun, corrected, counts.findings());
    }

    private void examineInBatches(List<Fingerprint> known) throws IOException {
        int batch = 64;
        for (int from = 0; from < known.size(); from += batch) {
            chunks.repair().examine(known.subList(from, Math.min(known.size(), from + batch)), true);
        }
    }

    private ScrubPass begin(boolean dryRun) throws IOException {
        byte[] unfinished = dryRun ? null : committer.view().get(Family.SYSTEM, PASS);
        if (unfinished != null && unfinished.length == ScrubPass.BYTES) {
            return ScrubPass.decode(unfinished);
        }
        return new ScrubPass(ChronoUnit.MICROS.between(Instant.EPOCH, clock.instant()), ChunkScrub.START, 0, 0, 0, 0);
    }

    private void note(ScrubPass pass) throws IOException {
        byte[] value = pass.encode();
        committer.commit(commit -> {
            commit.put(Family.SYSTEM, PASS, value);
            return true;
        });
    }

    private Report end(ScrubPass pass, boolean dryRun, long corrected, List<String> findings) throws IOException {
        if (!dryRun) {
            committer.commit(commit -> {
                commit.delete(Family.SYSTEM, PASS);
                byte[] now = ByteBuffer.allocate(Long.BYTES)
                        .putLong(commit.sequence())
                        .array();
                commit.put(Family.SYSTEM, ENDED, now);
                return true;
            });
        }
        SegmentCensus census = SegmentCensus.of(committer.view(), segments);
        Report report = new Report(
                dryRun,
                pass.chunks(),
                pass.bytes(),
                pass.damaged(),
                pass.repaired(),
                chunks.damaged().count(),
                census.missing(),
                census.unused(),
                census.garbageBytes(),
                corrected,
                findings);
        LOG.info("Scrubbed: {}", report);
        return report;
    }

    private void run() {
        passing.lock();
        try {
            while (!ownControl.isCancelled()) {
                try {
                    if (isDue()) {
                        pass(false, false, spreadRate(), () -> impatient.get() > 0, ownControl);
                    }
                } catch (JobControl.CancelledException e) {
                    LOG.debug("The scrub stops, or makes way for one that somebody waits for.");
                } catch (IOException e) {
                    LOG.warn("The scrub could not go on and tries again later: {}", e.getMessage());
                } catch (RuntimeException | Error e) {
                    LOG.error("The scrub failed and tries again later.", e);
                }
                long nanos = WAKE_MAX.toNanos();
                while (!ownControl.isCancelled() && nanos > 0) {
                    nanos = stopping.awaitNanos(nanos);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            passing.unlock();
        }
    }

    /** Goes on by other rules: what is due is found out within minutes, the rate counts from the next pass on. */
    public void adjust(Rules changed) {
        rules = changed;
    }

    /** A new store is not scrubbed before an interval has passed since its first chunk could have been written. */
    private boolean isDue() throws IOException {
        if (rules.interval.isZero()) {
            return false;
        }
        if (committer.view().get(Family.SYSTEM, PASS) != null) {
            return true;
        }
        if (committer.view().get(Family.SYSTEM, ENDED) == null) {
            committer.commit(commit -> {
                byte[] now = ByteBuffer.allocate(Long.BYTES)
                        .putLong(commit.sequence())
                        .array();
                commit.put(Family.SYSTEM, ENDED, now);
                return true;
            });
            return false;
        }
        return !lastEnded().plus(rules.interval).isAfter(clock.instant());
    }

    private long spreadRate() throws IOException {
        long bytes = ChunkTotals.read(committer.view()).plainBytes();
        long seconds = Math.max(1, rules.interval.toSeconds() / SPREAD);
        return Math.min(rules.bytesPerSecond, Math.max(BYTES_PER_SECOND_MIN, bytes / seconds));
    }

    /** Waits as the rate demands, in naps so short that nobody waits long for the end. */
    private static void keepRate(
            long begunNanos, long bytes, long bytesPerSecond, BooleanSupplier isToYield, JobControl control)
            throws JobControl.CancelledException {
        long due = begunNanos + bytes * 1_000_000_000L / bytesPerSecond;
        do {
            control.requireWanted();
            if (isToYield.getAsBoolean()) {
                throw new JobControl.CancelledException();
            }
            LockSupport.parkNanos(Math.min(due - System.nanoTime(), NAP_NANOS_MAX));
        } while (System.nanoTime() < due);
    }

    /** Ends the pass that runs at its next step; its place is noted now and then, so little is read twice. */
    @Override
    public void close() {
        ownControl.cancel();
        if (thread.getState() == Thread.State.NEW) {
            return;
        }
        try {
            if (passing.tryLock(CLOSE_MAX.toSeconds(), TimeUnit.SECONDS)) {
                stopping.signalAll();
                passing.unlock();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        try {
            if (!thread.join(CLOSE_MAX)) {
                LOG.warn("The scrub did not end within {} seconds.", CLOSE_MAX.toSeconds());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
