package io.varve.storage.cache;

import java.util.List;

/** S3-FIFO with an eye on time: what has expired goes first, and what is about to is not worth being moved. */
final class Combined implements EvictionPolicy {
    /** What lives no longer than this is not moved. */
    private static final long SECONDS_WORTH_MOVING = 60;

    private final EvictionPolicy fifo = S3Fifo.onDisk();

    @Override
    public int usesMax() {
        return fifo.usesMax();
    }

    @Override
    public boolean admitsToMain(GhostTable.Memory ghost, double share) {
        return fifo.admitsToMain(ghost, share);
    }

    @Override
    public boolean belongsToMain(List<SegmentTable.View> sealed, int segments) {
        return fifo.belongsToMain(sealed, segments);
    }

    @Override
    public SegmentTable.View victim(List<SegmentTable.View> sealed, int segments, long nowSeconds) {
        return sealed.stream()
                .filter(view -> view.expiresLast() <= nowSeconds)
                .findFirst()
                .orElseGet(() -> fifo.victim(sealed, segments, nowSeconds));
    }

    @Override
    public int usesIfKept(int uses, boolean main, long secondsLeft) {
        return secondsLeft <= SECONDS_WORTH_MOVING ? -1 : fifo.usesIfKept(uses, main, secondsLeft);
    }
}
