package io.varve.storage.chunkstore;

import io.varve.storage.delta.VersionStrategy;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;

/** Running totals of re-encoding since the store was opened. Thread-safe. */
public final class ReencodingStatistics {
    /** No chain is deeper. */
    public static final int DEPTH_MAX = StandingDeltas.CHAIN_MAX;

    private final LongAdder deltas = new LongAdder();
    private final LongAdder framed = new LongAdder();
    private final LongAdder tightened = new LongAdder();
    private final LongAdder frames = new LongAdder();
    private final LongAdder rebased = new LongAdder();
    private final LongAdder tries = new LongAdder();
    private final LongAdder bytesRead = new LongAdder();
    private final LongAdder bytesBefore = new LongAdder();
    private final LongAdder bytesAfter = new LongAdder();
    private final Map<VersionStrategy, LongAdder> strategies = new EnumMap<>(VersionStrategy.class);
    private final AtomicLongArray depths = new AtomicLongArray(StandingDeltas.CHAIN_MAX + 1);

    ReencodingStatistics() {
        for (VersionStrategy strategy : VersionStrategy.values()) {
            strategies.put(strategy, new LongAdder());
        }
    }

    void stored(ChunkRow before, ChunkRow after) {
        bytesBefore.add(before.storedBytes());
        bytesAfter.add(after.storedBytes());
        switch (after) {
            case ChunkRow.InlineDelta ignored -> deltas.increment();
            case ChunkRow.LocatedDelta ignored -> deltas.increment();
            case ChunkRow.Framed ignored -> framed.increment();
            case ChunkRow.Inline ignored -> tightened.increment();
            case ChunkRow.Located ignored -> tightened.increment();
        }
    }

    void frame() {
        frames.increment();
    }

    void rebased() {
        rebased.increment();
    }

    void tried() {
        tries.increment();
    }

    void read(long bytes) {
        bytesRead.add(bytes);
    }

    void strategy(VersionStrategy strategy) {
        Objects.requireNonNull(strategies.get(strategy)).increment();
    }

    void depth(int depth) {
        depths.incrementAndGet(Math.min(depth, StandingDeltas.CHAIN_MAX));
    }

    /** Chunks that became deltas, each time counted anew. */
    public long deltas() {
        return deltas.sum();
    }

    /** Chunks that became members of a frame. */
    public long framed() {
        return framed.sum();
    }

    /** Chunks that stayed alone and were compressed harder. */
    public long tightened() {
        return tightened.sum();
    }

    /** Frames written. */
    public long frames() {
        return frames.sum();
    }

    /** Pairs of chunks of which the difference was made. */
    public long tries() {
        return tries.sum();
    }

    /** Plain bytes that were read for it. */
    public long bytesRead() {
        return bytesRead.sum();
    }

    /** What the chunks took before. */
    public long bytesBefore() {
        return bytesBefore.sum();
    }

    /** What they take since. */
    public long bytesAfter() {
        return bytesAfter.sum();
    }

    /** Stretches of versions that were stored by a strategy. */
    public long stretches(VersionStrategy strategy) {
        return Objects.requireNonNull(strategies.get(strategy)).sum();
    }

    /** Deltas that were made so deep in a chain, 1 to 16. */
    public long deltasOfDepth(int depth) {
        return depths.get(depth);
    }

    /** Chunks that only deltas held, and that nothing stands on any more. */
    public long basesFreed() {
        return rebased.sum();
    }
}
