package io.varve.storage.segment;

import java.util.concurrent.atomic.LongAdder;

/** What happened since the store was opened. */
final class SegmentCounters {
    final LongAdder recordsAppended = new LongAdder();
    final LongAdder bytesAppended = new LongAdder();
    final LongAdder paddingBytes = new LongAdder();
    final LongAdder writes = new LongAdder();
    final LongAdder failedWrites = new LongAdder();
    final LongAdder syncs = new LongAdder();
    final LongAdder recordsRead = new LongAdder();
    final LongAdder reads = new LongAdder();
    final LongAdder bytesRead = new LongAdder();
    final LongAdder unreadableRecords = new LongAdder();
    final LongAdder failedDeletions = new LongAdder();
    final LongAdder mendings = new LongAdder();

    /**
     * The figures of the moment.
     *
     * @param openFiles files open for reading
     * @param readBytes memory that reads hold
     * @param writeBytes memory that waits for the disk
     */
    SegmentStatistics snapshot(SegmentCatalog catalog, int openFiles, long readBytes, long writeBytes) {
        return new SegmentStatistics(
                catalog.count(),
                catalog.totalBytes(),
                recordsAppended.sum(),
                bytesAppended.sum(),
                paddingBytes.sum(),
                writes.sum(),
                failedWrites.sum(),
                syncs.sum(),
                recordsRead.sum(),
                reads.sum(),
                bytesRead.sum(),
                unreadableRecords.sum(),
                failedDeletions.sum(),
                openFiles,
                readBytes,
                writeBytes);
    }
}
