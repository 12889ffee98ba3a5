package io.varve.storage.maintenance;

import io.varve.storage.chunkstore.ChunkCollector;
import io.varve.storage.chunkstore.ChunkStore;
import io.varve.storage.chunkstore.Compactor;
import io.varve.storage.chunkstore.Reencoder;
import io.varve.storage.chunkstore.ReencodingStatistics;
import io.varve.storage.chunkstore.SegmentUse;
import io.varve.storage.commit.MetadataCheckpoints;
import io.varve.storage.metadata.MetadataStore;
import io.varve.storage.namespace.Namespace;
import io.varve.storage.segment.SegmentStore;
import io.varve.storage.segment.Tier;
import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
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

    /** When somebody waits for the space, segments that have more than this dead are rewritten. */
    private static final int SETTLED_PERCENT = 95;

    /** Longer than any chain. */
    private static final int REBASE_ROUNDS_MAX = 20;

    /** How long one part of a patient round takes before the others get their turn: a terabyte that arrived takes hours to encode. */
    private static final Duration TURN_MAX = Duration.ofMinutes(1);

    private static final Duration CLOSE_MAX = Duration.ofSeconds(30);

    private final Namespace namespace;
    private final ChunkCollector collector;
    private final Compactor compactor;
    private final Reencoder reencoder;
    private final Reencoding reencoding;
    private final DueFiles dueFiles;
    private final LifecycleRounds lifecycle;
    private final TierMoves tiers;
    private final HistoryExpiry expiry;
    private final MetadataCheckpoints checkpoints;
    private final SegmentStore segments;
    private final MetadataStore metadata;
    private final InstantSource clock;
    private volatile Rules rules;
    private final UpkeepStatistics statistics = new UpkeepStatistics();

    /** Fair, so that who waits for the round under way comes before the next one. */
    private final ReentrantLock round = new ReentrantLock(true);

    private final Condition stopping = round.newCondition();
    private final Thread thread;
    private volatile boolean stopped;

    /** Whether the round left something for the next one. Belongs to who has the lock. */
    private boolean cutShort;

    /**
     * When upkeep happens.
     *
     * @param interval the pause between two rounds
     * @param compactBelowPercent segments whose live share is below this are rewritten; 0 for never
     * @param bytesPerSecond how fast background work may read or write chunks when nobody waits for it
     * @param checkpointInterval how old the last checkpoint may become when something has changed
     * @param reencodeAfter how long versions stay as they arrived
     * @param chainDepthMax how many deltas may lie between a chunk and one stored whole, 1 to 16
     * @param uploadsKept after how long without a new part a multipart upload ends; zero for never
     * @param lifecycleDay the length of a day in lifecycle rules
     * @param tiers when chunks move between tiers
     */
    public record Rules(
            Duration interval,
            int compactBelowPercent,
            long bytesPerSecond,
            Duration checkpointInterval,
            Duration reencodeAfter,
            int chainDepthMax,
            Duration uploadsKept,
            Duration lifecycleDay,
            TierMoves.Rules tiers) {}

    /**
     * What a round did.
     *
     * @param versionsExpired versions that history dropped
     * @param chunksFreed chunks that nobody referred to
     * @param bytesFreed their bytes on disk
     * @param bytesMoved bytes of live chunks that were written again to empty segments
     * @param segmentsDeleted segment files in which nothing was left
     * @param bytesSaved what chunks take less since they were stored as differences, or in frames
     * @param filesDeleted files that were deleted because their time to live had ended, and versions that lifecycle rules ended
     * @param fileBytesDeleted the sum of their lengths
     * @param tiers what moved between tiers; null if no round of that was due
     */
    public record Report(
            long versionsExpired,
            long chunksFreed,
            long bytesFreed,
            long bytesMoved,
            long segmentsDeleted,
            long bytesSaved,
            long filesDeleted,
            long fileBytesDeleted,
            TierMoves.@Nullable Report tiers) {}

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
        this.reencoder = chunks.reencoder(rules.chainDepthMax);
        this.reencoding = new Reencoding(reencoder, clock, rules.reencodeAfter);
        this.dueFiles = new DueFiles(namespace.ttl().sweep());
        this.tiers = new TierMoves(chunks.tierMover(), segments, clock, rules.tiers);
        this.lifecycle = new LifecycleRounds(namespace, tiers, rules.lifecycleDay, clock);
        this.expiry = new HistoryExpiry(namespace.retention(), STEP_ROWS);
        this.checkpoints = checkpoints;
        this.segments = segments;
        this.metadata = metadata;
        this.clock = clock;
        this.rules = rules;
        this.thread = Thread.ofPlatform().daemon().name("varve-upkeep").unstarted(this::run);
    }

    /** What was done since the store was opened. */
    public UpkeepStatistics statistics() {
        return statistics;
    }

    /** What was stored in fewer bytes since the store was opened. */
    public ReencodingStatistics reencodingStatistics() {
        return reencoder.statistics();
    }

    /** The moves between tiers. */
    public TierMoves tiers() {
        return tiers;
    }

    /**
     * Moves what is due between tiers, at once, and frees what that empties.
     *
     * @param dryRun whether only to say what would be moved
     */
    public TierMoves.Report moveTiers(boolean dryRun, JobControl control) throws IOException {
        control.begin("waiting for background work to pause", 0);
        return exclusively(() -> {
            if (dryRun) {
                return tiers.plan();
            }
            control.begin("moving chunks between tiers (bytes)", 0);
            TierMoves.Report report = tiers.run((begun, bytes) -> {
                control.requireWanted();
                control.advance(bytes);
                return true;
            });
            collector.deleteEmptySegments();
            return report;
        });
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
        return exclusively(() -> {
            segments.seal();
            Report cleaned = clean(expireNow, false);
            segments.seal();
            metadata.compact();
            checkpoints.write();
            return cleaned;
        });
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
        try {
            // A step may hang on a disk that does not answer.
            if (round.tryLock(CLOSE_MAX.toNanos(), TimeUnit.NANOSECONDS)) {
                stopping.signalAll();
                round.unlock();
            }
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
                boolean whole = Attempt.at("A round of upkeep", LOG, () -> clean(false, true));
                // Whatever keeps a round from its end, the journal must not grow without end for it.
                Attempt.at("A checkpoint", LOG, () -> {
                    if (checkpoints.isDue(clock.instant(), rules.checkpointInterval)) {
                        checkpoints.write();
                    }
                });
                awaitNextRound(whole && cutShort);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            round.unlock();
        }
    }

    /** Goes on by other rules; the longest chain and the length of a day stay what they were. */
    public void adjust(Rules changed) {
        rules = changed;
        tiers.adjust(changed.tiers);
        reencoding.adjust(changed.reencodeAfter);
        // During a round nobody waits.
        if (round.tryLock()) {
            stopping.signalAll();
            round.unlock();
        }
    }

    private void awaitNextRound(boolean atOnce) throws InterruptedException {
        Rules known = rules;
        // Waiting lets others in, however short it is.
        long pause = Math.min(known.interval.toNanos(), lifecycle.interval().toNanos());
        long nanos = atOnce ? 1 : pause;
        while (!stopped && known.equals(rules) && nanos > 0) {
            nanos = stopping.awaitNanos(nanos);
        }
    }

    private Report clean(boolean expireNow, boolean patient) throws IOException {
        if (!rules.uploadsKept.isZero()) {
            namespace.keyUploads().endIdleSince(clock.instant().minus(rules.uploadsKept));
        }
        namespace.tidy();
        cutShort = false;
        Pace pace = new Pace(patient, rules.bytesPerSecond, () -> stopped);
        DueFiles.Deleted due = dueFiles.run(pace).plus(lifecycle.run(pace));
        long versions = expiry.run(expireNow, pace);
        ChunkCollector.Step freed = collect(pace);
        Pace encoding = turn(patient);
        long saved = reencoding.run(encoding);
        long rebased = reencoding.rebase(encoding);
        for (int rounds = 0; rebased > 0 && rounds < REBASE_ROUNDS_MAX && !stopped; rounds++) {
            saved += rebased;
            ChunkCollector.Step more = collect(pace);
            freed = new ChunkCollector.Step(
                    freed.chunks() + more.chunks(), freed.bytes() + more.bytes(), freed.kept() + more.kept(), true);
            // What a freed base stood on may be held by deltas alone then; with patience that is the next round's.
            rebased = patient ? 0 : reencoding.rebase(encoding);
        }
        if (!patient) {
            // What the last appends went to can be emptied only when it is closed.
            segments.seal();
        }
        TierMoves.Report tiered = null;
        if (!patient || tiers.isDue()) {
            Pace moving = turn(patient);
            tiered = tiers.run((begun, bytes) -> {
                moving.giveWay(begun);
                moving.keepRate(begun, bytes);
                return !moving.isOver();
            });
        }
        long deleted = collector.deleteEmptySegments();
        long moved = 0;
        Pace compacting = turn(patient);
        for (SegmentUse victim : compactor.plan(compactBelow(patient), patient)) {
            if (!compacting.isOver()) {
                moved += emptyOfAnyTier(victim, pace);
                deleted += collector.deleteEmptySegments();
            }
        }
        Report report = new Report(
                versions, freed.chunks(), freed.bytes(), moved, deleted, saved, due.files(), due.bytes(), tiered);
        statistics.add(report);
        return report;
    }

    /** The pace of a part that may take long: patiently it ends when it has had its time, or somebody waits for the end of the round. */
    private Pace turn(boolean patient) {
        long begun = System.nanoTime();
        return new Pace(patient, rules.bytesPerSecond, () -> {
            boolean over = patient && (round.hasQueuedThreads() || System.nanoTime() - begun > TURN_MAX.toNanos());
            cutShort |= over;
            return stopped || over;
        });
    }

    /** Whoever waits for the end wants the space now, so segments are emptied for less. */
    private int compactBelow(boolean patient) {
        return patient || rules.compactBelowPercent == 0
                ? rules.compactBelowPercent
                : Math.max(rules.compactBelowPercent, SETTLED_PERCENT);
    }

    private ChunkCollector.Step collect(Pace pace) throws IOException {
        long chunks = 0;
        long bytes = 0;
        long kept = 0;
        long freedInPass;
        do {
            freedInPass = 0;
            ChunkCollector.Step step;
            do {
                long begun = System.nanoTime();
                step = collector.step(STEP_ROWS);
                freedInPass += step.chunks();
                bytes += step.bytes();
                kept += step.kept();
                collected(step);
                pace.giveWay(begun);
            } while (!step.finished() && !stopped);
            chunks += freedInPass;
            // A freed page's children became candidates: go round until a pass frees nothing.
        } while (freedInPass > 0 && !stopped);
        return new ChunkCollector.Step(chunks, bytes, kept, true);
    }

    /** Takes note of what somebody collected between two rounds, or in one. */
    void collected(ChunkCollector.Step step) {
        if (step.kept() > 0) {
            reencoding.referencesWent();
        }
    }

    /** A disk of a slower tier that is full or fails does not keep the others from their upkeep. */
    private long emptyOfAnyTier(SegmentUse victim, Pace pace) throws IOException {
        try {
            return SegmentEmptying.run(compactor, victim, (begun, bytes) -> {
                pace.giveWay(begun);
                pace.keepRate(begun, bytes);
                return !stopped;
            });
        } catch (IOException e) {
            if (victim.tier() == Tier.HOT) {
                throw e;
            }
            String tier = victim.tier().text();
            LOG.warn("A segment of the {} tier cannot be compacted: {}", tier, e.getMessage());
            return 0;
        }
    }
}
