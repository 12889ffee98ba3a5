package io.varve.storage.cache;

import java.util.List;

/**
 * S3-FIFO (Yang, Zhang, Qiu, Yue and Vinayak, "FIFO queues are all you need for cache eviction", SOSP 2023) over logs: new entries go to
 * a small queue. From there what was used again moves to the main queue; what was not leaves, and goes to the main
 * queue at once if it comes back soon. In the main queue each round takes one use away. A single pass over much does not empty the cache.
 *
 * <p>Two things differ from the paper. The small queue's share begins with a tenth and follows what comes back: what had
 * left it just before says that it is too small, what had left the main queue says the same of that one. And as long as the main queue has
 * not its share, the oldest of the small one belongs to it as it is; so a loop over more than fits keeps a part of it.
 */
final class S3Fifo implements EvictionPolicy {
    private static final double SMALL_SHARE_FIRST = 0.1;
    private static final double SMALL_SHARE_MIN = 0.01;
    private static final double SMALL_SHARE_MAX = 0.9;

    /** Section 4.1 of the paper. */
    private static final int USES_MAX = 3;

    private static final int USES_TO_STAY = 1;

    private double smallShare = SMALL_SHARE_FIRST;

    @Override
    public int usesMax() {
        return USES_MAX;
    }

    @Override
    public synchronized boolean admitsToMain(GhostTable.Memory ghost, double share) {
        switch (ghost) {
            case JUST_LEFT_SMALL -> smallShare = Math.min(SMALL_SHARE_MAX, smallShare + share);
            case JUST_LEFT_MAIN -> smallShare = Math.max(SMALL_SHARE_MIN, smallShare - share);
            case LEFT_SMALL, NONE -> {}
        }
        return ghost == GhostTable.Memory.JUST_LEFT_SMALL || ghost == GhostTable.Memory.LEFT_SMALL;
    }

    @Override
    public SegmentTable.View victim(List<SegmentTable.View> sealed, int segments, long nowSeconds) {
        int inSmall = inSmall(sealed);
        boolean fromSmall = inSmall == sealed.size() || inSmall > smallSegments(segments);
        return sealed.get(fromSmall && inSmall > 0 ? 0 : inSmall);
    }

    /** The main queue has not its share as long as the small one has more than the segment that is emptied next. */
    @Override
    public boolean belongsToMain(List<SegmentTable.View> sealed, int segments) {
        return inSmall(sealed) > smallSegments(segments) + 1;
    }

    private static int inSmall(List<SegmentTable.View> sealed) {
        int inSmall = 0;
        while (inSmall < sealed.size() && !sealed.get(inSmall).main()) {
            inSmall++;
        }
        return inSmall;
    }

    private synchronized int smallSegments(int segments) {
        return (int) (smallShare * segments);
    }

    @Override
    public int usesIfKept(int uses, boolean main, long secondsLeft) {
        if (main) {
            return uses - 1;
        }
        return uses >= USES_TO_STAY ? 0 : -1;
    }
}
