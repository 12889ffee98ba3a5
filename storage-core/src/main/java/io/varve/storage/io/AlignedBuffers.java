package io.varve.storage.io;

import static io.varve.storage.io.BlockDevice.BLOCK;

import java.nio.ByteBuffer;

/** Buffers that a {@link BlockDevice} accepts, and the arithmetic of blocks. */
public final class AlignedBuffers {

    private AlignedBuffers() {}

    /**
     * A new direct buffer with an aligned address, filled with zeros. For passing use take one from a {@link BufferPool} instead:
     * direct memory comes back only with the garbage collector.
     *
     * @param bytes its capacity: a positive multiple of {@link BlockDevice#BLOCK}
     */
    public static ByteBuffer allocate(int bytes) {
        if (bytes <= 0 || bytes % BLOCK != 0) {
            throw new IllegalArgumentException(
                    "A buffer has a positive multiple of " + BLOCK + " bytes, not " + bytes + ".");
        }
        return ByteBuffer.allocateDirect(Math.addExact(bytes, BLOCK))
                .alignedSlice(BLOCK)
                .slice(0, bytes);
    }

    /** The smallest multiple of {@link BlockDevice#BLOCK} that is not below {@code bytes}. */
    public static long roundUp(long bytes) {
        return Math.addExact(bytes, BLOCK - 1) & -BLOCK;
    }

    static void requireReadable(ByteBuffer dst, long position) {
        if (dst.isReadOnly()) {
            throw new IllegalArgumentException("A read needs a writable buffer.");
        }
        requireAligned(dst, position);
    }

    static void requireAligned(ByteBuffer buffer, long position) {
        if (!buffer.isDirect()
                || buffer.remaining() % BLOCK != 0
                || buffer.alignmentOffset(buffer.position(), BLOCK) != 0) {
            throw new IllegalArgumentException(
                    "Not a direct buffer with address and length in multiples of " + BLOCK + ": " + buffer);
        }
        requireAligned(position);
    }

    static void requireAligned(long position) {
        if (position < 0 || position % BLOCK != 0) {
            throw new IllegalArgumentException("Not a multiple of " + BLOCK + ": " + position);
        }
    }
}
