package io.varve.storage.cache;

import java.util.Comparator;
import java.util.List;

/** Empties the segment first that is the first to have expired as a whole; of those that never do, the oldest. Nothing moves. */
final class SoonestExpiry implements EvictionPolicy {
    @Override
    public int usesMax() {
        return 1;
    }

    @Override
    public boolean admitsToMain(GhostTable.Memory ghost, double share) {
        return true;
    }

    @Override
    public SegmentTable.View victim(List<SegmentTable.View> sealed, int segments, long nowSeconds) {
        return sealed.stream()
                .min(Comparator.comparingLong(SegmentTable.View::expiresLast))
                .orElseThrow();
    }

    @Override
    public int usesIfKept(int uses, boolean main, long secondsLeft) {
        return -1;
    }
}
