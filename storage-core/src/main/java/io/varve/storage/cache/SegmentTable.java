package io.varve.storage.cache;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.BooleanSupplier;

/**
 * Which segments are free, which hold what, and in which order they were sealed. A bitmap says what is free; the lowest free segment is
 * taken first, so a file grows only when it must. Thread-safe.
 */
final class SegmentTable {
    /** What a segment is. */
    enum State {
        FREE,
        OPEN,
        SEALED,
        /** It was found damaged: nobody reads it, and it is not used again before the next start. */
        QUARANTINED
    }

    /**
     * A sealed segment, as a policy sees it.
     *
     * @param segment which
     * @param main whether it belongs to the main queue
     * @param entries how many were written to it
     * @param live how many of them still count
     * @param expiresLast when the last of them expires, in seconds since 1970; {@link Long#MAX_VALUE} if one never does
     */
    record View(int segment, boolean main, int entries, int live, long expiresLast) {}

    /**
     * What is known of a sealed segment.
     *
     * @param entries how many were written to it
     * @param used where they end, in bytes
     * @param sequenceMin the lowest of their sequence numbers
     * @param expiresLast as in {@link View}
     */
    record Contents(int entries, int used, long sequenceMin, long expiresLast) {}

    private final State[] states;
    private final boolean[] mains;
    private final int[] entries;
    private final int[] usedBytes;
    private final AtomicLongArray sequencesMin;
    private final long[] expiresLast;
    private final AtomicIntegerArray live;
    private final AtomicLongArray fills;
    private final BitSet free = new BitSet();

    /** In the order in which they were sealed. */
    private final Set<Integer> small = new LinkedHashSet<>();

    private final Set<Integer> main = new LinkedHashSet<>();

    private final BooleanSupplier mayGrow;

    /** How many segments the file has had room for so far; those behind need more of the disk. */
    private int grown;

    /** Segments from here on did not fit on the disk, or are not wanted any more. */
    private int limit;

    /**
     * A table of free segments.
     *
     * @param grown how many of them the file has already
     * @param mayGrow whether the disk has room for one more
     */
    SegmentTable(int count, int grown, BooleanSupplier mayGrow) {
        this.states = new State[count];
        Arrays.fill(states, State.FREE);
        this.mains = new boolean[count];
        this.entries = new int[count];
        this.usedBytes = new int[count];
        this.sequencesMin = new AtomicLongArray(count);
        this.expiresLast = new long[count];
        this.live = new AtomicIntegerArray(count);
        this.fills = new AtomicLongArray(count);
        this.free.set(0, count);
        this.grown = Math.min(grown, count);
        this.limit = count;
        this.mayGrow = mayGrow;
    }

    int count() {
        return states.length;
    }

    synchronized State state(int segment) {
        return states[segment];
    }

    /** How many segments may be taken now. */
    synchronized int freeCount() {
        int inFile = free.get(0, grown).cardinality();
        if (inFile == free.cardinality() || !mayGrow.getAsBoolean()) {
            return inFile;
        }
        return free.cardinality();
    }

    /** How many segments below a number are free. */
    synchronized int freeBelow(int end) {
        return free.get(0, end).cardinality();
    }

    /** Takes the lowest free segment, if one is left beyond those that are held back. */
    synchronized OptionalInt take(boolean forMain, int heldBack) {
        if (freeCount() <= heldBack) {
            return OptionalInt.empty();
        }
        int segment = free.nextSetBit(0);
        if (segment < 0 || segment >= limit) {
            return OptionalInt.empty();
        }
        free.clear(segment);
        grown = Math.max(grown, segment + 1);
        states[segment] = State.OPEN;
        mains[segment] = forMain;
        live.set(segment, 0);
        entries[segment] = 0;
        sequencesMin.set(segment, Long.MAX_VALUE);
        return OptionalInt.of(segment);
    }

    /** Says what a segment holds from now on: it was filled, or recovery found it. */
    synchronized void seal(int segment, boolean isMain, Contents contents) {
        states[segment] = State.SEALED;
        free.clear(segment);
        grown = Math.max(grown, segment + 1);
        mains[segment] = isMain;
        entries[segment] = contents.entries;
        usedBytes[segment] = contents.used;
        sequencesMin.set(segment, contents.sequenceMin);
        expiresLast[segment] = contents.expiresLast;
        (isMain ? main : small).add(segment);
    }

    /** Makes a sealed segment the newest of the main queue, as it is. */
    synchronized void requeue(int segment) {
        if (states[segment] == State.SEALED) {
            small.remove(segment);
            main.remove(segment);
            main.add(segment);
            mains[segment] = true;
        }
    }

    /** Gives a segment back. */
    synchronized void free(int segment) {
        forget(segment);
        states[segment] = State.FREE;
        if (segment < limit) {
            free.set(segment);
        }
    }

    /** Withdraws a segment. */
    synchronized void quarantine(int segment) {
        forget(segment);
        states[segment] = State.QUARANTINED;
        free.clear(segment);
    }

    private void forget(int segment) {
        small.remove(segment);
        main.remove(segment);
        live.set(segment, 0);
        usedBytes[segment] = 0;
    }

    /** Says that the disk has no room for a segment, nor for those behind it. */
    synchronized void limitTo(int segment) {
        limit = Math.min(limit, segment);
        grown = Math.min(grown, limit);
        free.clear(segment, states.length);
    }

    /** Makes everything free that is not withdrawn. */
    synchronized void clear() {
        small.clear();
        main.clear();
        for (int segment = 0; segment < states.length; segment++) {
            live.set(segment, 0);
            usedBytes[segment] = 0;
            if (states[segment] != State.QUARANTINED) {
                states[segment] = State.FREE;
                if (segment < limit) {
                    free.set(segment);
                }
            }
        }
    }

    /** One entry more, or fewer, counts in a segment. */
    void addLive(int segment, int change) {
        live.addAndGet(segment, change);
    }

    /** Which filling of a segment it is now: entries of others are none. */
    long fill(int segment) {
        return fills.get(segment);
    }

    void fill(int segment, long fill) {
        fills.set(segment, fill);
    }

    /** Says that an open segment has a record of that number. */
    void note(int segment, long sequence) {
        if (sequencesMin.get(segment) > sequence) {
            sequencesMin.accumulateAndGet(segment, sequence, Math::min);
        }
    }

    /** Whether a segment in use, other than this one, may hold records older than a sequence number. */
    synchronized boolean olderThan(long sequence, int except) {
        for (int segment = 0; segment < states.length; segment++) {
            if (segment != except && states[segment] != State.FREE && sequencesMin.get(segment) < sequence) {
                return true;
            }
        }
        return false;
    }

    /** Sealed segments, in the order in which they were sealed, small queue first. */
    synchronized List<View> sealed() {
        List<View> views = new ArrayList<>(small.size() + main.size());
        for (Set<Integer> queue : List.of(small, main)) {
            for (int segment : queue) {
                views.add(new View(segment, mains[segment], entries[segment], live.get(segment), expiresLast[segment]));
            }
        }
        return views;
    }

    synchronized int quarantined() {
        int count = 0;
        for (State state : states) {
            count += state == State.QUARANTINED ? 1 : 0;
        }
        return count;
    }

    /** How many segments the cache may use. */
    synchronized int usable() {
        return limit;
    }

    /** Bytes of sealed segments that were written, and the part of them that counts no more. */
    synchronized long[] usedAndDead() {
        long used = 0;
        long dead = 0;
        for (int segment = 0; segment < states.length; segment++) {
            if (states[segment] == State.SEALED && entries[segment] > 0) {
                used += usedBytes[segment];
                dead += (long) usedBytes[segment] * (entries[segment] - live.get(segment)) / entries[segment];
            }
        }
        return new long[] {used, dead};
    }
}
