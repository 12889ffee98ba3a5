package io.varve.storage.cache;

import java.util.List;

/**
 * S3-FIFO (Yang, Zhang, Qiu, Yue and Vinayak, "FIFO queues are all you need for cache eviction", SOSP 2023) over logs: new entries go to
 * a small queue. From there what was used again moves to the main queue; what was not leaves, and goes to the main
 * queue at once if it comes back soon. In the main queue each round takes one use away. A single pass over much does not empty the cache.
 *
 * <p>Two things differ from the paper, the second on disk only. The small queue's share begins with a tenth and follows what comes back: what had
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

    private final int usesToStay;
    private final double smallShareMin;
    private double smallShare = SMALL_SHARE_FIRST;

    private S3Fifo(int usesToStay, double smallShareMin) {
        this.usesToStay = usesToStay;
        this.smallShareMin = smallShareMin;
    }

    /** For a cache behind another one: what is asked for here once more is worth keeping. */
    static S3Fifo onDisk() {
        return new S3Fifo(USES_TO_STAY, SMALL_SHARE_MIN);
    }

    /**
     * For a cache that clients' bytes pass through: what was just written is likely to be read, so the small queue keeps the paper's share.
     *
     * @param usesToStay with how many uses an entry passes from the small queue to the main one
     */
    static S3Fifo inMemory(int usesToStay) {
        return new S3Fifo(usesToStay, SMALL_SHARE_FIRST);
    }

    @Override
    public int usesMax() {
        return USES_MAX;
    }

    @Override
    public synchronized boolean admitsToMain(GhostTable.Memory ghost, double share) {
        switch (ghost) {
            case JUST_LEFT_SMALL -> smallShare = Math.min(SMALL_SHARE_MAX, smallShare + share);
            case JUST_LEFT_MAIN -> smallShare = Math.max(smallShareMin, smallShare - share);
            case LEFT_SMALL, NONE -> {}
        }
        return ghost == GhostTable.Memory.JUST_LEFT_SMALL || ghost == GhostTable.Memory.LEFT_SMALL;
    }

    @Override
    public SegmentTable.View victim(List<SegmentTable.View> sealed, int segments, long nowSeconds) {
        int inSmall = inSmall(sealed);
        return sealed.get(emptiesSmall(inSmall, sealed.size(), segments) ? 0 : inSmall);
    }

    /** The main queue has not its share as long as the small one has more than the segment that is emptied next. */
    @Override
    public boolean belongsToMain(List<SegmentTable.View> sealed, int segments) {
        return inSmall(sealed) > smallSegments(segments) + 1;
    }

    /**
     * Whether the oldest segment of the small queue is emptied next, not that of the main one.
     *
     * @param inSmall how many sealed segments the small queue has
     * @param sealed how many both have
     * @param segments how many there are in all
     */
    boolean emptiesSmall(int inSmall, int sealed, int segments) {
        return inSmall > 0 && (inSmall == sealed || inSmall > smallSegments(segments));
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
        return uses >= usesToStay ? 0 : -1;
    }
}
