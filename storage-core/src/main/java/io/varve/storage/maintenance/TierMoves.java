package io.varve.storage.maintenance;

import io.varve.storage.chunkstore.Content;
import io.varve.storage.chunkstore.ContentMove;
import io.varve.storage.chunkstore.TierMove;
import io.varve.storage.chunkstore.TierMover;
import io.varve.storage.io.NoSpaceException;
import io.varve.storage.segment.SegmentMissingException;
import io.varve.storage.segment.SegmentStore;
import io.varve.storage.segment.Tier;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The job that moves chunks between tiers: first back what somebody read in a slower one, then down what is due, in small steps until nothing
 * is. A disk that is full or fails ends the moves to its tier for this round and nothing else: what has moved has moved, the rest stays where
 * it was, and the next round tries again. One round at a time; the figures may be asked for by any thread.
 */
public final class TierMoves {
    private static final Logger LOG = LoggerFactory.getLogger(TierMoves.class);

    /** What moves down twice in a round, from hot by way of warm, takes two passes; estimates may take some more. */
    private static final int PASSES_MAX = 10;

    private final TierMover mover;
    private final SegmentStore segments;
    private final InstantSource clock;
    private volatile Rules rules;
    private final LongAdder chunksUp = new LongAdder();
    private final LongAdder chunksDown = new LongAdder();
    private final LongAdder bytesUp = new LongAdder();
    private final LongAdder bytesDown = new LongAdder();
    private final LongAdder bytesSaved = new LongAdder();
    private volatile Map<Tier, Long> chunks = Map.of();
    private volatile @Nullable Instant ended;
    private volatile List<String> stopped = List.of();

    /**
     * When chunks move.
     *
     * @param due when to a slower tier
     * @param interval from one round to the next
     * @param stepItems how many records a step moves, at most
     * @param freeBytesMin a tier whose disk has less free takes nothing
     */
    public record Rules(TierMover.Rules due, Duration interval, int stepItems, long freeBytesMin) {}

    /**
     * What a round did, or would do.
     *
     * @param dryRun whether nothing was moved
     * @param chunksUp chunks brought back because somebody read them; in a dry run, records that wait for it
     * @param bytesUp what they took
     * @param chunksDown chunks that went to a slower tier; in a dry run 0, because nobody has looked
     * @param bytesDown what they took; in a dry run an estimate
     * @param bytesSaved what they take less there
     * @param stopped why moves to a tier ended early, one sentence each
     */
    public record Report(
            boolean dryRun,
            long chunksUp,
            long bytesUp,
            long chunksDown,
            long bytesDown,
            long bytesSaved,
            List<String> stopped) {
        public Report {
            stopped = List.copyOf(stopped);
        }
    }

    /**
     * A tier as it is now.
     *
     * @param tier its name
     * @param segments its segment files
     * @param fileBytes their size
     * @param chunks chunks that lay there when they were last counted; -1 if they have not been since the start
     * @param chunkBytes what those take
     * @param bytesMax what they may take; 0 for no limit
     * @param freeBytes free space on its disk; -1 if that cannot be told
     */
    public record Place(
            String tier, long segments, long fileBytes, long chunks, long chunkBytes, long bytesMax, long freeBytes) {}

    /** Asked after each step. */
    @FunctionalInterface
    public interface Between {
        /**
         * Paces the work.
         *
         * @param begunNanos when the step began
         * @param bytes what it moved
         * @return whether to go on
         */
        boolean goOn(long begunNanos, long bytes) throws IOException;
    }

    /** One step of work towards a tier. */
    private interface Work {
        TierMover.Step step() throws IOException;
    }

    /** A round under way. */
    private final class Round {
        private final Between between;
        private final Map<Tier, String> ends = new EnumMap<>(Tier.class);
        private long up;
        private long upBytes;
        private long down;
        private long downBytes;
        private long saved;
        private boolean unwanted;

        Round(Between between) {
            this.between = between;
        }

        /** Does a step; false if there is to be no further one. */
        private boolean step(Tier to, Work work) throws IOException {
            long begun = System.nanoTime();
            TierMover.Step step;
            try {
                requireRoom(to);
                step = work.step();
            } catch (IOException e) {
                String reason = "Nothing more moves to the " + to.text() + " tier for now: " + e.getMessage();
                LOG.warn(reason);
                ends.put(to, reason);
                return false;
            }
            if (to == Tier.HOT) {
                up += step.chunks();
                upBytes += step.bytesBefore();
                chunksUp.add(step.chunks());
                bytesUp.add(step.bytesBefore());
            } else {
                down += step.chunks();
                downBytes += step.bytesBefore();
                saved += step.bytesBefore() - step.bytesAfter();
                chunksDown.add(step.chunks());
                bytesDown.add(step.bytesBefore());
                bytesSaved.add(step.bytesBefore() - step.bytesAfter());
            }
            unwanted = !between.goOn(begun, step.bytesBefore());
            return !unwanted && !step.finished();
        }

        /** What comes back must fit beside what stays, or it would push out as much in turn. */
        void promote() throws IOException {
            long bytesMax = rules.due.bytesMax().getOrDefault(Tier.HOT, Long.MAX_VALUE);
            boolean more = bytesMax > 0;
            while (more) {
                more = step(Tier.HOT, () -> mover.promote(rules.stepItems)) && upBytes < bytesMax;
            }
        }

        void demote() throws IOException {
            for (int pass = 0; pass < PASSES_MAX && !unwanted; pass++) {
                List<TierMove> plan = mover.plan(rules.due, clock.instant()).stream()
                        .filter(move -> !ends.containsKey(move.to()))
                        .toList();
                if (plan.stream().anyMatch(move -> segments.isOpen(move.segment()))) {
                    segments.seal();
                }
                long before = down;
                for (TierMove move : plan) {
                    if (!unwanted && !ends.containsKey(move.to())) {
                        demote(move);
                    }
                }
                if (down == before) {
                    return;
                }
            }
        }

        private void demote(TierMove move) throws IOException {
            Optional<TierMover.Moving> begun = mover.begin(move);
            if (begun.isPresent()) {
                try (TierMover.Moving moving = begun.get()) {
                    boolean more;
                    do {
                        more = step(move.to(), () -> moving.step(rules.stepItems));
                    } while (more);
                }
            }
        }

        Report report() {
            return new Report(false, up, upBytes, down, downBytes, saved, List.copyOf(ends.values()));
        }
    }

    public TierMoves(TierMover mover, SegmentStore segments, InstantSource clock, Rules rules) {
        this.mover = mover;
        this.segments = segments;
        this.clock = clock;
        this.rules = rules;
    }

    /** Goes on by other rules; a round that is under way may notice. */
    void adjust(Rules changed) {
        rules = changed;
    }

    /** Whether a round is due by now. */
    boolean isDue() {
        Instant last = ended;
        return mover.isNeeded() && (last == null || !clock.instant().isBefore(last.plus(rules.interval)));
    }

    /** Moves what is due; with one tier nothing is. */
    public Report run(Between between) throws IOException {
        Round round = new Round(between);
        if (mover.isNeeded()) {
            try {
                round.promote();
                round.demote();
                if (chunks.isEmpty() || round.up + round.down > 0) {
                    chunks = mover.countChunks();
                }
            } finally {
                mover.flushAccesses();
                ended = round.unwanted ? ended : clock.instant();
                stopped = round.report().stopped();
            }
        }
        return round.report();
    }

    /**
     * Puts what a content consists of into a tier at once, or into the slowest there is above it. Somebody who reads it then brings it back.
     *
     * @return false if {@code between} ended it
     * @throws IOException if the tier has no room or fails; what has moved has moved
     */
    public boolean demote(Content content, Tier wanted, Between between) throws IOException {
        Tier to = Tier.HOT;
        for (Tier tier : segments.tiers()) {
            to = tier.compareTo(wanted) <= 0 ? tier : to;
        }
        if (to == Tier.HOT) {
            return true;
        }
        ContentMove move = mover.begin(content, to);
        TierMover.Step step;
        do {
            long begun = System.nanoTime();
            requireRoom(to);
            step = move.step(rules.stepItems);
            chunksDown.add(step.chunks());
            bytesDown.add(step.bytesBefore());
            bytesSaved.add(step.bytesBefore() - step.bytesAfter());
            if (!between.goOn(begun, step.bytesBefore())) {
                return step.finished();
            }
        } while (!step.finished());
        return true;
    }

    /** What a round would do now. */
    public Report plan() throws IOException {
        long bytes = 0;
        if (mover.isNeeded()) {
            for (TierMove move : mover.plan(rules.due, clock.instant())) {
                bytes += move.bytes();
            }
        }
        return new Report(true, mover.wanted(), 0, 0, bytes, 0, List.of());
    }

    private void requireRoom(Tier tier) throws IOException {
        if (segments.usableBytes(tier) < rules.freeBytesMin) {
            throw new NoSpaceException(
                    "its disk has less than " + rules.freeBytesMin + " bytes free (varve.store.free-space-reserve).");
        }
    }

    /** The tiers as they are now. Walks all chunks. */
    public List<Place> places() throws IOException {
        chunks = mover.countChunks();
        return tiers();
    }

    /** The same with the number of chunks as of the last round, or the last look. */
    public List<Place> tiers() throws IOException {
        Map<Tier, Long> live = mover.liveBytes();
        Map<Tier, Long> counted = chunks;
        List<Place> places = new ArrayList<>();
        Map<Tier, Long> files = new EnumMap<>(Tier.class);
        Map<Tier, Long> bytes = new EnumMap<>(Tier.class);
        for (int segment : segments.ids()) {
            try {
                Tier tier = segments.tier(segment);
                files.merge(tier, 1L, Long::sum);
                bytes.merge(tier, segments.sizeBytes(segment), Long::sum);
            } catch (SegmentMissingException ignored) {
                // Deleted since it was listed.
            }
        }
        for (Tier tier : segments.tiers()) {
            boolean last = tier == segments.tiers().getLast();
            places.add(new Place(
                    tier.text(),
                    files.getOrDefault(tier, 0L),
                    bytes.getOrDefault(tier, 0L),
                    counted.getOrDefault(tier, -1L),
                    live.getOrDefault(tier, 0L),
                    last ? 0 : rules.due.bytesMax().getOrDefault(tier, 0L),
                    freeBytes(tier)));
        }
        return places;
    }

    private long freeBytes(Tier tier) {
        try {
            return segments.usableBytes(tier);
        } catch (IOException e) {
            return -1;
        }
    }

    /** How many chunks wait to be brought back by the next round. */
    public int wanted() {
        return mover.wanted();
    }

    /** When the last round ended; empty if none has since the start. */
    public Optional<Instant> lastEnded() {
        return Optional.ofNullable(ended);
    }

    /** Why the last round ended moves to a tier early; empty if it did not. */
    public List<String> stopped() {
        return stopped;
    }

    /** Chunks brought back since the store was opened. */
    public long chunksUp() {
        return chunksUp.sum();
    }

    /** Chunks that went to a slower tier since the store was opened. */
    public long chunksDown() {
        return chunksDown.sum();
    }

    /** What those that were brought back took. */
    public long bytesUp() {
        return bytesUp.sum();
    }

    /** What those that went down took. */
    public long bytesDown() {
        return bytesDown.sum();
    }

    /** What those that went down take less there. */
    public long bytesSaved() {
        return bytesSaved.sum();
    }
}
