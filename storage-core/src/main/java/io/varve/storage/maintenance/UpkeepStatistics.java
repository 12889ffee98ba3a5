package io.varve.storage.maintenance;

import java.util.concurrent.atomic.LongAdder;

/** Running totals of background work since the store was opened. Thread-safe. */
public final class UpkeepStatistics {
    private final LongAdder versionsExpired = new LongAdder();
    private final LongAdder chunksFreed = new LongAdder();
    private final LongAdder bytesFreed = new LongAdder();
    private final LongAdder bytesMoved = new LongAdder();
    private final LongAdder segmentsDeleted = new LongAdder();

    UpkeepStatistics() {}

    void add(Upkeep.Report report) {
        versionsExpired.add(report.versionsExpired());
        chunksFreed.add(report.chunksFreed());
        bytesFreed.add(report.bytesFreed());
        bytesMoved.add(report.bytesMoved());
        segmentsDeleted.add(report.segmentsDeleted());
    }

    /** Versions that history dropped. */
    public long versionsExpired() {
        return versionsExpired.sum();
    }

    /** Chunks that nobody referred to. */
    public long chunksFreed() {
        return chunksFreed.sum();
    }

    /** Their bytes on disk. */
    public long bytesFreed() {
        return bytesFreed.sum();
    }

    /** Bytes of live chunks that were written again to empty segments. */
    public long bytesMoved() {
        return bytesMoved.sum();
    }

    /** Segment files in which nothing was left. */
    public long segmentsDeleted() {
        return segmentsDeleted.sum();
    }
}
