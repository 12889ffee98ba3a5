package io.varve.storage.cache;

import io.varve.storage.fingerprint.Checksums;
import io.varve.storage.io.BlockDevice;
import io.varve.storage.io.FileHeader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;

/**
 * The first block of a segment that is in use. Zeros in its place say that the segment is free. The layout is in
 * {@code docs/format.md}, "Raw cache".
 *
 * @param epoch the cache's epoch when it was begun
 * @param fill a number that no other filling of any segment has; rising
 * @param segment which segment it is
 * @param main whether it belongs to the main queue
 */
record SegmentHeader(long epoch, long fill, int segment, boolean main) {
    /** What it takes at the beginning of its segment. */
    static final int BYTES = BlockDevice.BLOCK;

    private static final int MAGIC = 0x47534356;
    private static final int FIELDS_END = 64;

    /** Writes the block at the beginning of a buffer. */
    void write(ByteBuffer target, Superblock superblock) {
        ByteBuffer block = target.slice(0, BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int at = 0; at < BYTES; at += Long.BYTES) {
            block.putLong(at, 0);
        }
        block.putInt(MAGIC).putInt(0);
        FileHeader.writeId(superblock.owner(), block);
        block.putLong(epoch).putLong(fill).putInt(segment).put((byte) (main ? 1 : 0));
        block.putInt(4, Checksums.crc32c(block.slice(8, FIELDS_END - 8)));
    }

    /** Reads a block; empty if it is not the header of this segment in the superblock's epoch. */
    static Optional<SegmentHeader> read(ByteBuffer source, Superblock superblock, int segment) {
        ByteBuffer block = source.slice(source.position(), source.remaining()).order(ByteOrder.LITTLE_ENDIAN);
        if (block.capacity() < BYTES
                || block.getInt(0) != MAGIC
                || block.getInt(4) != Checksums.crc32c(block.slice(8, FIELDS_END - 8))) {
            return Optional.empty();
        }
        ByteBuffer id = block.slice(8, 16);
        boolean ours = id.getLong() == superblock.owner().getMostSignificantBits()
                && id.getLong() == superblock.owner().getLeastSignificantBits();
        SegmentHeader header =
                new SegmentHeader(block.getLong(24), block.getLong(32), block.getInt(40), block.get(44) != 0);
        return ours && header.epoch == superblock.epoch() && header.segment == segment
                ? Optional.of(header)
                : Optional.empty();
    }

    /** Whether a block is an intact header of another epoch, which says that the segment was not used in this one. */
    static boolean isOfOther(ByteBuffer source, Superblock superblock) {
        ByteBuffer block = source.slice(source.position(), source.remaining()).order(ByteOrder.LITTLE_ENDIAN);
        return block.getInt(0) == MAGIC
                && block.getInt(4) == Checksums.crc32c(block.slice(8, FIELDS_END - 8))
                && block.getLong(24) != superblock.epoch();
    }
}
