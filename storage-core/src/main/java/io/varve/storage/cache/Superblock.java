package io.varve.storage.cache;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.varve.storage.fingerprint.Checksums;
import io.varve.storage.io.AlignedBuffers;
import io.varve.storage.io.BlockDevice;
import io.varve.storage.io.FileHeader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Optional;
import java.util.UUID;

/**
 * What a cache file says about itself. It stands twice, in the first and the second block, written in turns; the one of the higher
 * generation that verifies holds. The layout is in {@code docs/format.md}, "Raw cache".
 *
 * @param owner whose cache it is: nobody else reads it
 * @param generation counts the writes of superblocks
 * @param epoch counts the times the cache was cleared; what was written in earlier ones is void
 * @param segmentBytes the size of a segment
 * @param segmentCount how many there are
 * @param snapshot where the index lies after a clean stop
 */
record Superblock(
        UUID owner, long generation, long epoch, int segmentBytes, int segmentCount, Optional<Snapshot> snapshot) {
    /** Where the first segment begins, in bytes. */
    static final long SEGMENTS_AT = 64 << 10;

    static final int VERSION = 1;

    private static final byte[] MAGIC = "VARVERAW".getBytes(US_ASCII);
    private static final int CRC_AT = 12;
    private static final int PLACES = 2;

    /**
     * The index as of a clean stop, in consecutive free segments.
     *
     * @param segment the first of them
     * @param entries how many entries
     * @param xxh3 the checksum of all its bytes
     * @param sequence the last sequence number that was given out
     */
    record Snapshot(int segment, long entries, long xxh3, long sequence) {}

    /** The file is none of ours, or of another owner, or newer: it is left as it is. */
    static final class ForeignException extends IOException {
        private static final long serialVersionUID = 1L;

        ForeignException(String message) {
            super(message);
        }
    }

    Superblock {
        if (segmentBytes < RawCacheOptions.SEGMENT_BYTES_MIN
                || segmentBytes > RawCacheOptions.SEGMENT_BYTES_MAX
                || segmentBytes % BlockDevice.BLOCK != 0) {
            throw new IllegalArgumentException("Segments of " + segmentBytes + " bytes cannot be.");
        }
        if (segmentCount < 1 || segmentCount > Slot.SEGMENTS_MAX) {
            throw new IllegalArgumentException(segmentCount + " segments cannot be.");
        }
    }

    /** Where a segment begins in the file, in bytes. */
    long positionOf(int segment) {
        return SEGMENTS_AT + (long) segment * segmentBytes;
    }

    Superblock next(Optional<Snapshot> newSnapshot) {
        return new Superblock(owner, generation + 1, epoch, segmentBytes, segmentCount, newSnapshot);
    }

    Superblock nextEpoch() {
        return new Superblock(owner, generation + 1, epoch + 1, segmentBytes, segmentCount, Optional.empty());
    }

    Superblock withSegments(int count) {
        return new Superblock(owner, generation, epoch, segmentBytes, count, snapshot);
    }

    /** Writes it over the older one and syncs. */
    void write(BlockDevice device) throws IOException {
        ByteBuffer block = AlignedBuffers.allocate(BlockDevice.BLOCK).order(ByteOrder.LITTLE_ENDIAN);
        block.put(MAGIC).putInt(VERSION).putInt(0);
        FileHeader.writeId(owner, block);
        block.putLong(generation).putLong(epoch).putLong(0).putInt(segmentBytes).putInt(segmentCount);
        snapshot.ifPresent(at -> block.putInt(at.segment)
                .putInt(1)
                .putLong(at.entries)
                .putLong(at.xxh3)
                .putLong(at.sequence));
        block.clear();
        block.putInt(CRC_AT, Checksums.crc32c(block));
        device.write(block, generation % PLACES * BlockDevice.BLOCK);
        device.sync();
    }

    /**
     * Reads the one that holds.
     *
     * @return empty if there is none: the file is empty or zeros, or both are ours and damaged
     * @throws ForeignException if the file is not this owner's, or newer than this program
     */
    static Optional<Superblock> read(BlockDevice device, UUID owner) throws IOException {
        ByteBuffer blocks = AlignedBuffers.allocate(PLACES * BlockDevice.BLOCK);
        device.read(blocks, 0);
        Optional<Superblock> newest = Optional.empty();
        boolean foreign = false;
        for (int place = 0; place < PLACES; place++) {
            ByteBuffer block =
                    blocks.slice(place * BlockDevice.BLOCK, BlockDevice.BLOCK).order(ByteOrder.LITTLE_ENDIAN);
            byte[] magic = new byte[MAGIC.length];
            block.get(0, magic);
            if (!Arrays.equals(magic, MAGIC)) {
                foreign |= !isZero(block);
            } else if (verifies(block)) {
                Superblock read = decode(block, owner);
                if (newest.isEmpty() || newest.get().generation < read.generation) {
                    newest = Optional.of(read);
                }
            }
        }
        if (newest.isEmpty() && foreign) {
            throw new ForeignException("This is no cache file, so it is left as it is: it begins with other bytes.");
        }
        return newest;
    }

    private static Superblock decode(ByteBuffer block, UUID owner) throws ForeignException {
        int version = block.getInt(8);
        long features = block.getLong(48);
        if (version != VERSION || features != 0) {
            throw new ForeignException("This cache file has format version " + version + " and features " + features
                    + ", but this program knows version " + VERSION + " without any. Start a newer program, or delete"
                    + " the file.");
        }
        ByteBuffer id = block.slice(16, 16);
        UUID written = new UUID(id.getLong(), id.getLong());
        if (!written.equals(owner)) {
            throw new ForeignException("This cache file belongs to " + written + ", not to " + owner
                    + ": it is left as it is. Delete it, or name another place.");
        }
        Optional<Snapshot> snapshot = block.getInt(68) == 0
                ? Optional.empty()
                : Optional.of(new Snapshot(block.getInt(64), block.getLong(72), block.getLong(80), block.getLong(88)));
        try {
            return new Superblock(
                    written, block.getLong(32), block.getLong(40), block.getInt(56), block.getInt(60), snapshot);
        } catch (IllegalArgumentException e) {
            throw new ForeignException("This cache file cannot be used: " + e.getMessage());
        }
    }

    private static boolean verifies(ByteBuffer block) {
        int stored = block.getInt(CRC_AT);
        block.putInt(CRC_AT, 0);
        boolean equal = stored == Checksums.crc32c(block);
        block.putInt(CRC_AT, stored);
        return equal;
    }

    private static boolean isZero(ByteBuffer block) {
        for (int at = 0; at < block.capacity(); at += Long.BYTES) {
            if (block.getLong(at) != 0) {
                return false;
            }
        }
        return true;
    }
}
