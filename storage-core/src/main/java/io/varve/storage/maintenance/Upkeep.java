package io.varve.storage.maintenance;

import io.varve.storage.chunkstore.ChunkCollector;
import io.varve.storage.chunkstore.ChunkStore;
import io.varve.storage.chunkstore.Compaction;
import io.varve.storage.chunkstore.Compactor;
import io.varve.storage.chunkstore.SegmentUse;
import io.varve.storage.commit.MetadataCheckpoints;
import io.varve.storage.metadata.MetadataStore;
import io.varve.storage.namespace.History;
import io.varve.storage.namespace.Namespace;
import io.varve.storage.namespace.StorageException;
import io.varve.storage.segment.SegmentStore;
import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs the background jobs: one round of everything due now and then, or at once when asked to settle. One round at a time;
 * thread-safe.
 */
public final class Upkeep implements Closeable {
    private static final Logger LOG = LoggerFactory.getLogger(Upkeep.class);

    /** Rows a step touches: a commit of a few milliseconds. */
    private static final int STEP_ROWS = 1000;

    private static final long PAUSE_NANOS_MAX = 50_000_000;

    private static final Duration CLOSE_MAX = Duration.ofSeconds(30);

    private final Namespace namespace;
    private final ChunkCollector collector;
    private final Compactor compactor;
    private final History history;
    private final MetadataCheckpoints checkpoints;
    private final SegmentStore segments;
    private final MetadataStore metadata;
    private final InstantSource clock;
    private final Rules rules;
    private final UpkeepStatistics statistics = new UpkeepStatistics();
    private final ReentrantLock round = new ReentrantLock();
    private final Condition stopping = round.newCondition();
    private final Thread thread;
    private volatile boolean stopped;

    /**
     * When upkeep happens.
     *
     * @param historySeconds how long versions stay readable after they stopped being current; -1 for ever
     * @param interval the pause between two rounds
     * @param compactBelowPercent segments whose live share is below this are rewritten; 0 for never
     * @param bytesPerSecond how fast background work may read or write chunks when nobody waits for it
     * @param checkpointInterval how old the last checkpoint may become when something has changed
     */
    public record Rules(
            long historySeconds,
            Duration interval,
            int compactBelowPercent,
            long bytesPerSecond,
            Duration checkpointInterval) {}

    /**
     * What a round did.
     *
     * @param versionsExpired versions that history dropped
     * @param chunksFreed chunks that nobody referred to
     * @param bytesFreed their bytes on disk
     * @param bytesMoved bytes of live chunks that were written again to empty segments
     * @param segmentsDeleted segment files in which nothing was left
     */
    public record Report(
            long versionsExpired, long chunksFreed, long bytesFreed, long bytesMoved, long segmentsDeleted) {}

    public Upkeep(
            Namespace namespace,
            ChunkStore chunks,
            MetadataCheckpoints checkpoints,
            SegmentStore segments,
            MetadataStore metadata,
            InstantSource clock,
            Rules rules) {
        this.namespace = namespace;
        this.collector = chunks.collector();
        this.compactor = chunks.compactor();
        this.history = namespace.history();
        this.checkpoints = checkpoints;
        this.segments = segments;
        this.metadata = metadata;
        this.clock = clock;
        this.rules = rules;
        this.thread = Thread.ofVirtual().name("varve-upkeep").unstarted(this::run);
    }

    /** What was done since the store was opened. */
    public UpkeepStatistics statistics() {
        return statistics;
    }

    /** Begins the rounds. */
    public void start() {
        thread.start();
    }

    /**
     * Does everything that is due, closes and trims the files, and waits for the end.
     *
     * @param expireNow whether to drop all history first that retention allows to drop by now or later
     */
    public Report settle(boolean expireNow) throws IOException {
        round.lock();
        try {
            segments.seal();
            Report cleaned = clean(expireNow, false);
            segments.seal();
            metadata.compact();
            checkpoints.write();
            return cleaned;
        } finally {
            round.unlock();
        }
    }

    /** Work that must not run beside a round. */
    @FunctionalInterface
    interface Exclusive<R> {
        R run() throws IOException;
    }

    /** Runs something between two rounds; waits for the one under way. */
    <R> R exclusively(Exclusive<R> work) throws IOException {
        round.lock();
        try {
            return work.run();
        } finally {
            round.unlock();
        }
    }

    /** Ends the round that runs at its next step and starts no more. */
    @Override
    public void close() {
        stopped = true;
        round.lock();
        try {
            stopping.signalAll();
        } finally {
            round.unlock();
        }
        try {
            if (!thread.join(CLOSE_MAX)) {
                LOG.warn("Upkeep did not end within {} seconds.", CLOSE_MAX.toSeconds());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        round.lock();
        try {
            while (!stopped) {
                try {
                    clean(false, true);
                    if (checkpoints.isDue(clock.instant(), rules.checkpointInterval)) {
                        checkpoints.write();
                    }
                } catch (IOException | StorageException e) {
                    LOG.warn("Upkeep could not finish a round and tries again later: {}", e.getMessage());
                } catch (RuntimeException e) {
                    // A defect in one job must not end all of them for good.
                    LOG.error("Upkeep failed in a round and tries again later.", e);
                }
                awaitNextRound();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            round.unlock();
        }
    }

    private void awaitNextRound() throws InterruptedException {
        long nanos = rules.interval.toNanos();
        while (!stopped && nanos > 0) {
            nanos = stopping.awaitNanos(nanos);
        }
    }

    private Report clean(boolean expireNow, boolean patient) throws IOException {
        namespace.tidy();
        long versions = expire(cutoff(expireNow), patient);
        long chunks = 0;
        long bytes = 0;
        long freedInPass;
        do {
            freedInPass = 0;
            ChunkCollector.Step step;
            do {
                long begun = System.nanoTime();
                step = collector.step(STEP_ROWS);
                freedInPass += step.chunks();
                bytes += step.bytes();
                giveWay(patient, begun);
            } while (!step.finished() && !stopped);
            chunks += freedInPass;
            // A freed page's children became candidates: go round until a pass frees nothing.
        } while (freedInPass > 0 && !stopped);
        long deleted = collector.deleteEmptySegments();
        long moved = 0;
        for (SegmentUse victim : compactor.plan(rules.compactBelowPercent)) {
            if (!stopped) {
                moved += empty(victim, patient);
                deleted += collector.deleteEmptySegments();
            }
        }
        Report report = new Report(versions, chunks, bytes, moved, deleted);
        statistics.add(report);
        return report;
    }

    /** Moves what lives in a segment elsewhere; returns how many bytes. */
    private long empty(SegmentUse victim, boolean patient) throws IOException {
        Optional<Compaction> begun = compactor.begin(victim);
        if (begun.isEmpty()) {
            return 0;
        }
        LOG.info(
                "Compacting segment {}: {} of {} bytes are live.",
                victim.segment(),
                victim.liveBytes(),
                victim.fileBytes());
        long moved = 0;
        try (Compaction compaction = begun.get()) {
            Compaction.Step step;
            do {
                long stepBegun = System.nanoTime();
                step = compaction.step();
                moved += step.bytes();
                giveWay(patient, stepBegun);
                keepRate(patient, stepBegun, step.bytes());
            } while (!step.finished() && !stopped);
            if (step.finished() && !compactor.end(victim)) {
                LOG.warn("Segment {} holds chunks that cannot be read, and stays: run ./varve fsck.", victim.segment());
            }
        }
        return moved;
    }

    private long expire(long cutoff, boolean patient) throws IOException {
        long versions = 0;
        History.Step step;
        do {
            long begun = System.nanoTime();
            step = history.expire(cutoff, STEP_ROWS);
            versions += step.versions();
            giveWay(patient, begun);
        } while (!step.finished() && !stopped);
        return versions;
    }

    /** The newest commit whose ended versions may go. */
    private long cutoff(boolean expireNow) {
        if (rules.historySeconds < 0) {
            return 0;
        }
        Instant end =
                expireNow ? clock.instant().plusSeconds(1) : clock.instant().minusSeconds(rules.historySeconds);
        return ChronoUnit.MICROS.between(Instant.EPOCH, end);
    }

    private void keepRate(boolean patient, long begunNanos, long bytes) {
        if (patient) {
            long due = begunNanos + bytes * 1_000_000_000L / rules.bytesPerSecond;
            LockSupport.parkNanos(due - System.nanoTime());
        }
    }

    /** Background work takes half of the time at most: it pauses as long as its step took. */
    private static void giveWay(boolean patient, long begunNanos) {
        if (patient) {
            LockSupport.parkNanos(Math.min(System.nanoTime() - begunNanos, PAUSE_NANOS_MAX));
        }
    }
}
