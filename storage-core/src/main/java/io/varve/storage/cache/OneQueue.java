package io.varve.storage.cache;

import java.util.List;
import java.util.function.IntUnaryOperator;

/**
 * Policies with one queue, which is emptied from its oldest end; they differ in what survives that.
 *
 * @param usesMax more uses than this are not told apart
 * @param usesIfKept as {@link EvictionPolicy#usesIfKept}
 */
record OneQueue(int usesMax, IntUnaryOperator usesIfKept) implements EvictionPolicy {
    @Override
    public boolean admitsToMain(GhostTable.Memory ghost, double share) {
        return true;
    }

    @Override
    public SegmentTable.View victim(List<SegmentTable.View> sealed, int segments, long nowSeconds) {
        return sealed.getFirst();
    }

    @Override
    public int usesIfKept(int uses, boolean main, long secondsLeft) {
        return usesIfKept.applyAsInt(uses);
    }
}
