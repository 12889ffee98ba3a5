package io.varve.app.packaged;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * Content of any length that nobody holds: made block by block, and compared block by block. Of eight blocks one is like no other;
 * the others repeat a few, so that most of it deduplicates.
 *
 * @param seed what makes the unique blocks different from those of other contents
 * @param blocks its length in blocks of {@value #BLOCK_BYTES} bytes
 */
record LongContent(long seed, int blocks) {

    static final int BLOCK_BYTES = 1 << 20;

    private static final int REPEATED = 24;
    private static final int UNIQUE_EVERY = 8;
    private static final byte[][] POOL = pool();

    private static byte[][] pool() {
        byte[][] pool = new byte[REPEATED][BLOCK_BYTES];
        for (int i = 0; i < REPEATED; i++) {
            new SplittableRandom(i).nextBytes(pool[i]);
        }
        return pool;
    }

    long length() {
        return (long) blocks * BLOCK_BYTES;
    }

    private byte[] block(int index, byte[] scratch) {
        if (index % UNIQUE_EVERY == 0) {
            new SplittableRandom(seed * Integer.MAX_VALUE + index).nextBytes(scratch);
            return scratch;
        }
        return POOL[index % REPEATED];
    }

    void writeTo(OutputStream out) throws IOException {
        byte[] scratch = new byte[BLOCK_BYTES];
        for (int i = 0; i < blocks; i++) {
            out.write(block(i, scratch));
        }
    }

    /** Reads to the end and throws an {@link AssertionError} unless it is exactly this content. */
    void requireFrom(InputStream in) throws IOException {
        byte[] scratch = new byte[BLOCK_BYTES];
        byte[] received = new byte[BLOCK_BYTES];
        for (int i = 0; i < blocks; i++) {
            int count = in.readNBytes(received, 0, BLOCK_BYTES);
            if (count < BLOCK_BYTES || !Arrays.equals(received, block(i, scratch))) {
                throw new AssertionError(
                        count < BLOCK_BYTES ? "ended in block " + i : "other bytes in block " + i + " of " + blocks);
            }
        }
        if (in.read() >= 0) {
            throw new AssertionError("more than " + length() + " bytes");
        }
    }
}
