package io.varve.s3;

import java.io.InputStream;
import java.util.SplittableRandom;

/** Pseudo-random bytes of any length, the same every time, that nobody holds. */
final class PatternStream extends InputStream {

    private static final long SEED = 42;

    private final SplittableRandom random = new SplittableRandom(SEED);
    private final byte[] block = new byte[4096];
    private int position = block.length;
    private long left;

    PatternStream(long length) {
        this.left = length;
    }

    @Override
    public int read() {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) {
        if (left == 0) {
            return -1;
        }
        if (position == block.length) {
            random.nextBytes(block);
            position = 0;
        }
        int count = (int) Math.min(Math.min(length, left), block.length - position);
        System.arraycopy(block, position, bytes, offset, count);
        position += count;
        left -= count;
        return count;
    }
}
