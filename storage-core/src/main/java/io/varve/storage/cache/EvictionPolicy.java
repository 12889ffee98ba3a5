package io.varve.storage.cache;

import java.util.List;
import java.util.Locale;

/**
 * Which entries stay when room is needed. Segments are emptied as a whole: a policy says which one is next, and of each entry in it
 * whether it stays or leaves. Each cache has one of its own. Implementations are thread-safe and fast: they are asked for every entry.
 */
interface EvictionPolicy {
    /** More uses than this are not told apart, 1 to {@link Slot#USES_MAX}. */
    int usesMax();

    /**
     * Whether a new entry goes to the main queue at once.
     *
     * @param ghost what is remembered of it
     * @param share its part of the cache, 0 to 1
     */
    boolean admitsToMain(GhostTable.Memory ghost, double share);

    /**
     * The segment to empty next.
     *
     * @param sealed never empty; of each queue the oldest first, the small queue before the main one
     * @param segments how many there are in all
     * @param nowSeconds in seconds since 1970
     */
    SegmentTable.View victim(List<SegmentTable.View> sealed, int segments, long nowSeconds);

    /** Whether the oldest segment of the small queue becomes the newest of the main one, as it is; with one queue, never. */
    default boolean belongsToMain(List<SegmentTable.View> sealed, int segments) {
        return false;
    }

    /**
     * What becomes of an entry of the victim: the number of uses it has from then on, or -1 if it leaves.
     *
     * @param main whether it was in the main queue
     * @param secondsLeft until it expires; {@link Long#MAX_VALUE} for never
     */
    int usesIfKept(int uses, boolean main, long secondsLeft);

    /** The policies by their names in settings. */
    enum Kind {
        /** See {@link S3Fifo}. */
        S3_FIFO,
        /** The oldest leaves. */
        FIFO,
        /** What was not used since its segment was last passed leaves: CLOCK, which approximates least recently used. */
        LRU,
        /** What was used less than twice leaves; counts halve each time they are passed. */
        LFU,
        /** What expires soonest leaves. */
        TTL,
        /** Segments all of which has expired go first, otherwise S3-FIFO, and what expires within a minute does not stay. */
        COMBINED;

        EvictionPolicy policy() {
            return switch (this) {
                case S3_FIFO -> S3Fifo.onDisk();
                case FIFO -> new OneQueue(0, uses -> -1);
                case LRU -> new OneQueue(1, uses -> uses > 0 ? 0 : -1);
                case LFU -> new OneQueue(Slot.USES_MAX, uses -> uses > 1 ? uses / 2 : -1);
                case TTL -> new SoonestExpiry();
                case COMBINED -> new Combined();
            };
        }

        /** The name in settings. */
        String label() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }
}
