package io.varve.storage.cache;

import java.util.List;

/**
 * S3-FIFO (Yang, Zhang, Qiu, Yue and Vinayak, "FIFO queues are all you need for cache eviction", SOSP 2023) over logs: new entries go to
 * a small queue of a tenth of the cache. From there what was used again moves to the main queue; what was not leaves, and goes to the main
 * queue at once if it comes back soon. In the main queue each round takes one use away. A single pass over much does not empty the cache.
 */
final class S3Fifo implements EvictionPolicy {
    private static final int SMALL_SHARE = 10;

    /** Section 4.1 of the paper. */
    private static final int USES_MAX = 3;

    private static final int USES_TO_STAY = 1;

    @Override
    public int usesMax() {
        return USES_MAX;
    }

    @Override
    public boolean admitsToMain(boolean ghost) {
        return ghost;
    }

    @Override
    public SegmentTable.View victim(List<SegmentTable.View> sealed, int segments, long nowSeconds) {
        int inMain = 0;
        while (inMain < sealed.size() && !sealed.get(inMain).main()) {
            inMain++;
        }
        boolean fromSmall = inMain == sealed.size() || (long) inMain * SMALL_SHARE > segments;
        return sealed.get(fromSmall && inMain > 0 ? 0 : inMain);
    }

    @Override
    public int usesIfKept(int uses, boolean main, long secondsLeft) {
        if (main) {
            return uses - 1;
        }
        return uses >= USES_TO_STAY ? 0 : -1;
    }
}
