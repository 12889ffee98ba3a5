package io.varve.storage.chunkstore;

import io.varve.storage.io.CorruptionException;
import java.nio.ByteBuffer;

/** Unsigned numbers in as few bytes as they need, seven bits each, lowest first (LEB128). */
public final class Varint {
    /** The most bytes one takes. */
    public static final int BYTES_MAX = 10;

    private Varint() {}

    public static void write(ByteBuffer target, long value) {
        long rest = value;
        while ((rest & ~0x7FL) != 0) {
            target.put((byte) (rest | 0x80));
            rest >>>= 7;
        }
        target.put((byte) rest);
    }

    /**
     * Reads one.
     *
     * @throws CorruptionException if the bytes end before the number does, or it is longer than a number can be
     */
    public static long read(ByteBuffer source) throws CorruptionException {
        long value = 0;
        for (int shift = 0; shift < Long.SIZE; shift += 7) {
            if (!source.hasRemaining()) {
                throw new CorruptionException("A number is cut short.");
            }
            byte b = source.get();
            value |= (long) (b & 0x7F) << shift;
            if (b >= 0) {
                return value;
            }
        }
        throw new CorruptionException("A number is longer than 64 bits.");
    }

    /**
     * Reads one that has to fit a range.
     *
     * @throws CorruptionException as {@link #read}, or if it is greater than {@code max}
     */
    public static int readInt(ByteBuffer source, int max) throws CorruptionException {
        long value = read(source);
        if (value < 0 || value > max) {
            throw new CorruptionException(
                    "A number is " + Long.toUnsignedString(value) + ", at most " + max + " can be.");
        }
        return (int) value;
    }
}
