package io.varve.storage.chunkstore;

import io.varve.storage.commit.Commit;
import io.varve.storage.commit.Committer;
import io.varve.storage.delta.ChainRules;
import io.varve.storage.metadata.Cursor;
import io.varve.storage.metadata.Family;
import io.varve.storage.segment.ChunkLocation;
import io.varve.storage.segment.ScannedRecord;
import io.varve.storage.segment.SegmentAddress;
import io.varve.storage.segment.SegmentLease;
import io.varve.storage.segment.SegmentMissingException;
import io.varve.storage.segment.SegmentScan;
import io.varve.storage.segment.SegmentStore;
import io.varve.storage.segment.Tier;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Moves chunks between tiers: to a slower one what nobody has read for long, and back what somebody read there. A tier is the place of a
 * chunk's bytes and nothing else, so a move is a copy and a compare and set of the place, as in {@link Compaction}: readers and writers go
 * on, whoever looked up the old place finds it there until its segment is empty and deleted, and stopping after any step is safe.
 *
 * <p>The copy is durable in its tier before the commit that names it. One mover at a time.
 */
public final class TierMover {
    /** Records that are read as one batch. */
    private static final int BATCH_BYTES = 1 << 20;

    /** What a step moves at most, whatever the number of records: large chunks make small steps. */
    static final int STEP_BYTES_MAX = 16 << 20;

    /** Segments in one plan. */
    private static final int PLAN_SEGMENTS_MAX = 1000;

    private final Committer committer;
    private final SegmentStore segments;
    private final AccessTimes accesses;
    private final ChunkReader reader;
    private final ChunkSwap.Terms terms;

    /**
     * When chunks go to a slower tier.
     *
     * @param bytesMax for each tier but the slowest, how many bytes of chunks it may hold
     * @param idleAfter how long a chunk stays in the hot tier without being read, and again as long in the warm one; zero for ever
     */
    public record Rules(Map<Tier, Long> bytesMax, Duration idleAfter) {
        public Rules {
            bytesMax = Map.copyOf(bytesMax);
        }
    }

    /**
     * What a step did.
     *
     * @param chunks chunks that have another place
     * @param bytesBefore what they took
     * @param bytesAfter what they take there
     * @param finished whether nothing is left to do
     */
    public record Step(long chunks, long bytesBefore, long bytesAfter, boolean finished) {}

    /** @param reader for manifest pages; what it reads does not count as read */
    TierMover(Committer committer, SegmentStore segments, AccessTimes accesses, ChunkReader reader) {
        this.committer = committer;
        this.segments = segments;
        this.accesses = accesses;
        this.reader = reader;
        // Nothing that moves gets another base, so no rule of chains is asked.
        this.terms = new ChunkSwap.Terms(segments, ChainRules.DEFAULT);
    }

    /** Whether there is more than one tier. */
    public boolean isNeeded() {
        return segments.tiers().size() > 1;
    }

    /** Makes durable when chunks were read. */
    public void flushAccesses() throws IOException {
        accesses.flush();
    }

    /** How many chunks wait to be brought back; no more than are remembered. */
    public int wanted() {
        return accesses.wanted();
    }

    /** What chunks take in each tier, in bytes. */
    public Map<Tier, Long> liveBytes() throws IOException {
        Map<Tier, Long> bytes = new EnumMap<>(Tier.class);
        segments.tiers().forEach(tier -> bytes.put(tier, 0L));
        try (Cursor use = committer.view().scan(Family.SEGMENTS, new byte[0], null)) {
            while (use.next()) {
                long live = committer.view().counter(Family.SEGMENTS, use.key());
                tierOf(ChunkKeys.segment(use.key())).ifPresent(tier -> bytes.merge(tier, live, Long::sum));
            }
        }
        return bytes;
    }

    /** How many chunks lie in each tier; those that live in their rows are in none. Walks all chunks. */
    public Map<Tier, Long> countChunks() throws IOException {
        Map<Tier, Long> chunks = new EnumMap<>(Tier.class);
        segments.tiers().forEach(tier -> chunks.put(tier, 0L));
        try (Cursor rows = committer.view().scan(Family.CHUNKS, new byte[0], null)) {
            while (rows.next()) {
                ChunkRow.decode(rows.value())
                        .address()
                        .flatMap(address -> tierOf(address.segment()))
                        .ifPresent(tier -> chunks.merge(tier, 1L, Long::sum));
            }
        }
        return chunks;
    }

    Optional<Tier> tierOf(int segment) {
        try {
            return Optional.of(segments.tier(segment));
        } catch (SegmentMissingException e) {
            return Optional.empty();
        }
    }

    /**
     * What is due for a slower tier now, of the oldest segments first; not more than some hundred gigabytes at once, so that a plan of a large
     * store is small. When that has moved, plan again.
     */
    public List<TierMove> plan(Rules rules, Instant now) throws IOException {
        List<TierPlan.Limit> limits = new ArrayList<>();
        List<Tier> tiers = segments.tiers();
        for (int i = 0; i + 1 < tiers.size(); i++) {
            Duration idle = rules.idleAfter.multipliedBy(i + 1L);
            int readSince = idle.isZero() ? Integer.MIN_VALUE : AccessTimes.timeOf(now.minus(idle));
            long bytesMax = rules.bytesMax.getOrDefault(tiers.get(i), Long.MAX_VALUE);
            limits.add(new TierPlan.Limit(tiers.get(i), tiers.get(i + 1), bytesMax, readSince));
        }
        TierPlan plan = new TierPlan(limits);
        List<Integer> ids = segments.ids();
        for (int segment : ids) {
            each(segment, (tier, index, time, bytes) -> plan.count(tier, time, bytes));
        }
        List<TierMove> moves = new ArrayList<>();
        for (int segment : ids) {
            if (moves.size() < PLAN_SEGMENTS_MAX
                    && plan.isLimited(tierOf(segment).orElse(tiers.getLast()))) {
                List<Integer> due = new ArrayList<>();
                long[] total = {0};
                each(segment, (tier, index, time, bytes) -> {
                    if (plan.isDue(tier, time, bytes)) {
                        due.add(index);
                        total[0] += bytes;
                    }
                });
                Optional<Tier> from = tierOf(segment);
                if (!due.isEmpty() && from.isPresent()) {
                    moves.add(new TierMove(segment, from.get(), plan.next(from.get()), due, total[0]));
                }
            }
        }
        // To the slowest first, so that there is room above it.
        moves.sort(Comparator.comparing(TierMove::to).reversed());
        return moves;
    }

    /** Told of a stretch in which something lives. */
    private interface Visitor {
        void stretch(Tier tier, int index, int lastRead, long bytes);
    }

    private void each(int segment, Visitor visitor) throws IOException {
        long live = committer.view().counter(Family.SEGMENTS, ChunkKeys.segment(segment));
        Optional<Tier> tier = tierOf(segment);
        if (live <= 0 || tier.isEmpty()) {
            return;
        }
        int[] times;
        try {
            times = accesses.of(segment, segments.sizeBytes(segment));
        } catch (SegmentMissingException e) {
            // Deleted since it was listed.
            return;
        }
        int inUse = 0;
        for (int time : times) {
            inUse += time == AccessTimes.EMPTY ? 0 : 1;
        }
        for (int i = 0; i < times.length; i++) {
            if (times[i] != AccessTimes.EMPTY) {
                visitor.stretch(tier.get(), i, times[i], live / inUse);
            }
        }
    }

    /** Brings back up to so many of the records that somebody read in a slower tier. */
    public Step promote(int items) throws IOException {
        List<ChunkLocation> wanted = accesses.takeWanted(items);
        if (wanted.isEmpty()) {
            return new Step(0, 0, 0, true);
        }
        try (SegmentLease lease = segments.lease()) {
            RecordMover mover = new RecordMover(segments, committer.view(), lease, false);
            moveByBatches(
                    mover,
                    wanted.stream()
                            .filter(each -> tierOf(each.address().segment()).orElse(Tier.HOT) != Tier.HOT)
                            .toList());
            return publish(mover.finish(), Tier.HOT, accesses.wanted() == 0);
        } catch (IOException e) {
            accesses.putBack(wanted);
            throw e;
        }
    }

    /**
     * Begins a move of a plan. An open segment is not moved from: seal first.
     *
     * @return empty if the segment is gone, or is held by somebody
     */
    public Optional<Moving> begin(TierMove move) throws IOException {
        if (segments.isOpen(move.segment()) || segments.isPinned(move.segment())) {
            return Optional.empty();
        }
        try {
            return Optional.of(new Moving(move));
        } catch (SegmentMissingException e) {
            return Optional.empty();
        }
    }

    /** Begins to put what a content consists of into a tier, by steps, in place of waiting until nobody has read it for long. */
    public ContentMove begin(Content content, Tier to) {
        return new ContentMove(this, committer.view(), new LeafWalker(reader, content, 0), to);
    }

    /** Moves some records to a slower tier. */
    Step demote(List<ChunkLocation> records, Tier to, boolean finished) throws IOException {
        if (records.isEmpty()) {
            return new Step(0, 0, 0, finished);
        }
        try (SegmentLease lease = segments.lease(to)) {
            RecordMover mover = new RecordMover(segments, committer.view(), lease, to == Tier.COLD);
            moveByBatches(mover, records);
            return publish(mover.finish(), to, finished);
        }
    }

    private static void moveByBatches(RecordMover mover, List<ChunkLocation> records) throws IOException {
        List<ChunkLocation> batch = new ArrayList<>();
        long bytes = 0;
        for (ChunkLocation each : records) {
            batch.add(each);
            bytes += each.address().end() - each.address().offset();
            if (bytes >= BATCH_BYTES) {
                mover.move(batch);
                batch.clear();
                bytes = 0;
            }
        }
        mover.move(batch);
    }

    private Step publish(List<ChunkSwap> moves, Tier to, boolean finished) throws IOException {
        if (moves.isEmpty()) {
            return new Step(0, 0, 0, finished);
        }
        segments.persist(to);
        return committer.commit(commit -> publish(commit, moves, finished));
    }

    private Step publish(Commit commit, List<ChunkSwap> moves, boolean finished) throws IOException {
        ReferenceChanges changes = new ReferenceChanges();
        long chunks = 0;
        long before = 0;
        long after = 0;
        for (ChunkSwap move : moves) {
            if (move.stage(commit, terms, changes)) {
                chunks++;
                before += move.before().storedBytes();
                after += move.after().storedBytes();
            }
        }
        changes.stage(commit);
        return new Step(chunks, before, after, finished);
    }

    /** One move under way; of one thread. */
    public final class Moving implements AutoCloseable {
        private final TierMove move;
        private final SegmentScan scan;
        private final BitSet due = new BitSet();
        private final int[] times;
        private boolean atEnd;

        private Moving(TierMove move) throws IOException {
            this.move = move;
            move.stretches().forEach(due::set);
            this.times = accesses.of(move.segment(), segments.sizeBytes(move.segment()));
            this.scan = segments.scan(move.segment());
        }

        /**
         * Moves the next records.
         *
         * @param items how many at most
         * @throws io.varve.storage.io.NoSpaceException if the tier has no room for them; nothing has changed then
         */
        public Step step(int items) throws IOException {
            try (SegmentLease lease = segments.lease(move.to())) {
                RecordMover mover = new RecordMover(segments, committer.view(), lease, move.to() == Tier.COLD);
                long bytes = 0;
                while (!atEnd && mover.records() < items && bytes < STEP_BYTES_MAX) {
                    List<ChunkLocation> batch = next(items - mover.records());
                    for (ChunkLocation each : batch) {
                        bytes += each.address().end() - each.address().offset();
                    }
                    mover.move(batch);
                }
                List<ChunkSwap> moves = mover.finish();
                Step step = publish(moves, move.to(), atEnd);
                noteTimes(moves);
                return step;
            }
        }

        private List<ChunkLocation> next(int items) {
            List<ChunkLocation> batch = new ArrayList<>();
            long bytes = 0;
            while (!atEnd && batch.size() < items && bytes < BATCH_BYTES) {
                if (!scan.hasNext()) {
                    atEnd = true;
                } else if (scan.next() instanceof ScannedRecord.Intact intact) {
                    SegmentAddress address = intact.address();
                    int at = accesses.stretchOf(address);
                    if (due.get(at)) {
                        batch.add(new ChunkLocation(intact.chunk().fingerprint(), address));
                        bytes += address.end() - address.offset();
                    } else {
                        skip(at);
                    }
                }
            }
            return batch;
        }

        private void skip(int from) {
            int next = due.nextSetBit(from);
            atEnd = next < 0;
            if (!atEnd) {
                scan.skipTo((long) next * accesses.stretchBytes());
            }
        }

        /** What has moved was not read by that; and what it leaves behind need not be looked at again. */
        private void noteTimes(List<ChunkSwap> moves) {
            for (ChunkSwap move : moves) {
                Optional<SegmentAddress> before = move.before().address();
                Optional<SegmentAddress> after = move.after().address();
                if (before.isPresent() && after.isPresent()) {
                    int stretch = accesses.stretchOf(before.get());
                    accesses.note(
                            after.get().segment(),
                            accesses.stretchOf(after.get()),
                            stretch < times.length ? times[stretch] : accesses.now());
                }
            }
            if (atEnd) {
                due.stream().forEach(stretch -> accesses.note(move.segment(), stretch, AccessTimes.EMPTY));
            }
        }

        @Override
        public void close() {
            scan.close();
        }
    }
}
