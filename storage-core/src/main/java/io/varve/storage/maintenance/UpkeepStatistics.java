package io.varve.storage.maintenance;

import java.util.concurrent.atomic.LongAdder;

/** Running totals of background work since the store was opened. Thread-safe. */
public final class UpkeepStatistics {
    private final LongAdder versionsExpired = new LongAdder();
    private final LongAdder filesDeleted = new LongAdder();
    private final LongAdder fileBytesDeleted = new LongAdder();
    private final LongAdder chunksFreed = new LongAdder();
    private final LongAdder bytesFreed = new LongAdder();
    private final LongAdder bytesMoved = new LongAdder();
    private final LongAdder segmentsDeleted = new LongAdder();

    UpkeepStatistics() {}

    void add(Upkeep.Report report) {
        versionsExpired.add(report.versionsExpired());
        filesDeleted.add(report.filesDeleted());
        fileBytesDeleted.add(report.fileBytesDeleted());
        chunksFreed.add(report.chunksFreed());
        bytesFreed.add(report.bytesFreed());
        bytesMoved.add(report.bytesMoved());
        segmentsDeleted.add(report.segmentsDeleted());
    }

    /** Versions that history dropped. */
    public long versionsExpired() {
        return versionsExpired.sum();
    }

    /** Files that were deleted because their time to live had ended. */
    public long filesDeleted() {
        return filesDeleted.sum();
    }

    /** The sum of their lengths. */
    public long fileBytesDeleted() {
        return fileBytesDeleted.sum();
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
