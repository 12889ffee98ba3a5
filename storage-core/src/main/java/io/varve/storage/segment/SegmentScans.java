package io.varve.storage.segment;

import io.varve.storage.io.BlockDevice;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.UUID;

/** Begins walks through segments. Thread-safe. */
final class SegmentScans {
    private static final long SCAN_BYTES_MAX = 1 << 20;
    private static final int READS_PER_LIMIT = 4;

    private final UUID storeId;
    private final RecordFormat format;
    private final SegmentKeys keys;
    private final ReadBuffers buffers;
    private final int windowBytes;

    SegmentScans(UUID storeId, RecordFormat format, SegmentKeys keys, ReadBuffers buffers, SegmentOptions options) {
        this.storeId = storeId;
        this.format = format;
        this.keys = keys;
        this.buffers = buffers;
        long wanted = Long.highestOneBit(options.readBufferBytes() / READS_PER_LIMIT);
        this.windowBytes = (int) Math.clamp(wanted, 2L * BlockDevice.BLOCK, SCAN_BYTES_MAX);
    }

    /** Through a segment as far as it is written; the scan closes the handle. */
    SegmentScan of(int segment, ReadHandles.Handle handle, SegmentWriters writers) throws IOException {
        try {
            long end = writers.writtenEnd(segment, handle.device().size());
            ByteBuffer buffer = buffers.acquire(List.of(windowBytes)).getFirst();
            return scan(segment, end, handle.device(), handle::close, buffer);
        } catch (IOException | RuntimeException e) {
            handle.close();
            throw e;
        }
    }

    /** Through any copy of a segment that is not written to. */
    SegmentScan of(int segment, BlockDevice copy) throws IOException {
        ByteBuffer buffer = buffers.acquire(List.of(2 * BlockDevice.BLOCK)).getFirst();
        return scan(segment, copy.size(), copy, () -> {}, buffer);
    }

    private SegmentScan scan(int segment, long end, BlockDevice device, Runnable onClose, ByteBuffer buffer) {
        return new SegmentScan(segment, end, storeId, format, keys, device, onClose, buffers, buffer);
    }
}
