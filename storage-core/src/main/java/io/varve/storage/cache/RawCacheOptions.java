package io.varve.storage.cache;

import io.varve.storage.io.BlockDevice;
import java.util.UUID;

/**
 * How a {@link RawCache} is opened.
 *
 * @param owner whose cache it is: a file of another owner is refused
 * @param bytes how large the file may become; at least {@link #SEGMENTS_MIN} segments
 * @param segmentBytes the size of a segment in a new file, {@link #SEGMENT_BYTES_MIN} to {@link #SEGMENT_BYTES_MAX}; a file that is
 *     there keeps its own
 * @param batchBytes how much is written at once
 * @param batchesMax how many batches may be filled or wait to be written, 4 to 64
 * @param readBytesMax memory for reads under way
 * @param policy what leaves when room is needed
 * @param pinnedPercentMax the share of the cache that pins may hold, in percent
 * @param reservedBytes the file does not grow while its disk has less than this free
 */
public record RawCacheOptions(
        UUID owner,
        long bytes,
        int segmentBytes,
        int batchBytes,
        int batchesMax,
        long readBytesMax,
        String policy,
        int pinnedPercentMax,
        long reservedBytes) {
    /** The smallest segment, in bytes. */
    public static final int SEGMENT_BYTES_MIN = 16 << 10;

    /** The largest, and the usual one. */
    public static final int SEGMENT_BYTES_MAX = 16 << 20;

    /** With fewer segments queues make no sense. */
    public static final int SEGMENTS_MIN = 8;

    /** The smallest cache that {@link #of} makes. */
    public static final long BYTES_MIN = 16 << 20;

    /** Room for the largest chunk of any profile but one. */
    private static final int SEGMENT_BYTES_USUAL = 2 << 20;

    /** Of many segments the few that are being filled, or free, are a small part, and what is asked for is told apart better. */
    private static final int SEGMENTS_WISHED = 256;

    private static final int BATCHES_MIN = 4;
    private static final int BATCHES_MAX = 64;

    public RawCacheOptions {
        if (segmentBytes < SEGMENT_BYTES_MIN
                || segmentBytes > SEGMENT_BYTES_MAX
                || segmentBytes % BlockDevice.BLOCK != 0) {
            throw new IllegalArgumentException("Segments of " + segmentBytes + " bytes cannot be.");
        }
        if (bytes / segmentBytes < SEGMENTS_MIN || bytes / segmentBytes > Slot.SEGMENTS_MAX) {
            throw new IllegalArgumentException("A cache of " + bytes + " bytes has no " + SEGMENTS_MIN + " segments of "
                    + segmentBytes + " bytes, or too many.");
        }
        if (batchBytes < 2 * BlockDevice.BLOCK || batchBytes > segmentBytes || batchBytes % BlockDevice.BLOCK != 0) {
            throw new IllegalArgumentException("Batches of " + batchBytes + " bytes cannot be.");
        }
        if (batchesMax < BATCHES_MIN || batchesMax > BATCHES_MAX) {
            throw new IllegalArgumentException("There are " + BATCHES_MIN + " to " + BATCHES_MAX + " batches.");
        }
        if (pinnedPercentMax < 0 || pinnedPercentMax > 90) {
            throw new IllegalArgumentException("Pins hold 0 to 90 percent.");
        }
        policyOf(policy);
    }

    /** The usual ones for a cache of so many bytes. */
    public static RawCacheOptions of(UUID owner, long bytes) {
        long least = Math.clamp(bytes / (4L * SEGMENTS_MIN), 1 << 20, SEGMENT_BYTES_USUAL);
        int segment = Math.clamp(
                bytes / SEGMENTS_WISHED & -SEGMENT_BYTES_MIN, (int) least & -SEGMENT_BYTES_MIN, SEGMENT_BYTES_MAX);
        return new RawCacheOptions(owner, bytes, segment, Math.min(1 << 20, segment), 8, 16 << 20, "s3-fifo", 25, 0);
    }

    public RawCacheOptions withPolicy(String name) {
        return new RawCacheOptions(
                owner,
                bytes,
                segmentBytes,
                batchBytes,
                batchesMax,
                readBytesMax,
                name,
                pinnedPercentMax,
                reservedBytes);
    }

    /** With memory for so many bytes that wait to be written, as far as there may be batches for them. */
    public RawCacheOptions withWriteMemory(long writeBytes) {
        return new RawCacheOptions(
                owner,
                bytes,
                segmentBytes,
                batchBytes,
                Math.clamp(writeBytes / batchBytes, BATCHES_MIN, BATCHES_MAX),
                readBytesMax,
                policy,
                pinnedPercentMax,
                reservedBytes);
    }

    public RawCacheOptions withReserve(long reserve) {
        return new RawCacheOptions(
                owner, bytes, segmentBytes, batchBytes, batchesMax, readBytesMax, policy, pinnedPercentMax, reserve);
    }

    /** Throws an {@link IllegalArgumentException} if there is no policy of this name. */
    public static void requirePolicy(String name) {
        policyOf(name);
    }

    EvictionPolicy evictionPolicy() {
        return policyOf(policy);
    }

    private static EvictionPolicy policyOf(String name) {
        for (EvictionPolicy.Kind kind : EvictionPolicy.Kind.values()) {
            if (kind.label().equals(name)) {
                return kind.policy();
            }
        }
        throw new IllegalArgumentException("There is no eviction policy " + name + ".");
    }
}
