package io.varve.storage.segment;

import io.varve.storage.io.AlignedBuffers;
import io.varve.storage.io.BlockDevice;
import java.time.Duration;

/**
 * The limits of a {@link SegmentStore}.
 *
 * @param segmentBytes how large a segment may become: a multiple of 4096, up to 1 GiB
 * @param payloadBytesMax the largest payload that can be appended, up to 256 MiB; a record must fit into a segment
 * @param writeBufferBytes the size of one write to the disk: a multiple of 4096
 * @param writeBuffers how many writes may wait for the disk before appenders have to, at least 2
 * @param readBufferBytes the memory for reads, in all
 * @param openFiles how many files are kept open for reading; more are open only while more are being read
 * @param patience how long a reader or appender waits for memory before it fails
 */
public record SegmentOptions(
        int segmentBytes,
        int payloadBytesMax,
        int writeBufferBytes,
        int writeBuffers,
        long readBufferBytes,
        int openFiles,
        Duration patience) {

    private static final int SEGMENT_BYTES_MAX = 1 << 30;
    private static final int PAYLOAD_BYTES_MAX = 256 << 20;

    public SegmentOptions {
        require(multipleOfBlock(segmentBytes) && segmentBytes <= SEGMENT_BYTES_MAX, "segmentBytes", segmentBytes);
        require(
                payloadBytesMax > 0
                        && payloadBytesMax <= PAYLOAD_BYTES_MAX
                        && RecordFormat.FIRST_OFFSET + RecordFormat.HEADER_BYTES + (long) payloadBytesMax
                                <= segmentBytes,
                "payloadBytesMax",
                payloadBytesMax);
        require(multipleOfBlock(writeBufferBytes), "writeBufferBytes", writeBufferBytes);
        require(writeBuffers >= 2, "writeBuffers", writeBuffers);
        require(
                readBufferBytes >= ReadBuffers.bytesFor(coveringBytes(payloadBytesMax)),
                "readBufferBytes",
                readBufferBytes);
        require(openFiles >= 1, "openFiles", openFiles);
        require(patience.isPositive(), "patience", patience.toMillis());
    }

    /** Segments of 256 MiB, payloads up to 16 MiB, 8 MiB of write buffers, 64 MiB of read buffers, 128 files. */
    public static SegmentOptions defaults() {
        return new SegmentOptions(256 << 20, 16 << 20, 1 << 20, 8, 64L << 20, 128, Duration.ofSeconds(60));
    }

    public SegmentOptions withSegmentBytes(int bytes) {
        return new SegmentOptions(
                bytes, payloadBytesMax, writeBufferBytes, writeBuffers, readBufferBytes, openFiles, patience);
    }

    public SegmentOptions withPayloadBytesMax(int bytes) {
        return new SegmentOptions(
                segmentBytes, bytes, writeBufferBytes, writeBuffers, readBufferBytes, openFiles, patience);
    }

    /**
     * How many write buffers there are, and how large.
     *
     * @param bytes the size of one buffer
     */
    public SegmentOptions withWriteBuffers(int count, int bytes) {
        return new SegmentOptions(segmentBytes, payloadBytesMax, bytes, count, readBufferBytes, openFiles, patience);
    }

    public SegmentOptions withReadBufferBytes(long bytes) {
        return new SegmentOptions(
                segmentBytes, payloadBytesMax, writeBufferBytes, writeBuffers, bytes, openFiles, patience);
    }

    public SegmentOptions withOpenFiles(int count) {
        return new SegmentOptions(
                segmentBytes, payloadBytesMax, writeBufferBytes, writeBuffers, readBufferBytes, count, patience);
    }

    /** The most bytes of whole blocks that a record with such a payload can touch. */
    static int coveringBytes(int payloadBytes) {
        return (int) AlignedBuffers.roundUp((long) RecordFormat.HEADER_BYTES + payloadBytes + RecordFormat.OVERHEAD)
                + BlockDevice.BLOCK;
    }

    private static boolean multipleOfBlock(int bytes) {
        return bytes > 0 && bytes % BlockDevice.BLOCK == 0;
    }

    private static void require(boolean holds, String name, long value) {
        if (!holds) {
            throw new IllegalArgumentException(
                    "Not a possible value of " + name + ": " + value + " (see SegmentOptions).");
        }
    }
}
