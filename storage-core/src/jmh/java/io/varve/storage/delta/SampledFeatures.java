package io.varve.storage.delta;

import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * {@link Odess} with other parameters.
 *
 * @param windowBytes a power of 2, up to 64
 * @param samplingBits one of so many powers of 2 is sampled
 * @param superFeatures how many there are
 * @param features how many make a super-feature
 */
record SampledFeatures(int windowBytes, int samplingBits, int superFeatures, int features) {
    private static final int FEATURES_MAX = 12;
    private static final long[] GEAR = new SplittableRandom(1).longs(256).toArray();
    private static final long[] FACTORS = new SplittableRandom(2)
            .longs(FEATURES_MAX)
            .map(factor -> factor | 1)
            .toArray();
    private static final long[] SUMMANDS =
            new SplittableRandom(3).longs(FEATURES_MAX).toArray();

    long[] superFeatures(byte[] data, int offset, int length) {
        long[] found = new long[superFeatures * features];
        Arrays.fill(found, Long.MIN_VALUE);
        int shift = Long.SIZE / windowBytes;
        long below = Long.MIN_VALUE + (1L << (Long.SIZE - samplingBits));
        boolean sampled = false;
        long h = 0;
        for (int i = 0; i < length; i++) {
            h = (h << shift) + GEAR[data[offset + i] & 0xFF];
            if (h < below && i >= windowBytes - 1) {
                sampled = true;
                for (int f = 0; f < found.length; f++) {
                    found[f] = Math.max(found[f], h * FACTORS[f] + SUMMANDS[f]);
                }
            }
        }
        return sampled ? grouped(found) : new long[0];
    }

    private long[] grouped(long[] found) {
        long[] grouped = new long[superFeatures];
        for (int f = 0; f < found.length; f++) {
            grouped[f / features] = mix(grouped[f / features] ^ found[f]);
        }
        return grouped;
    }

    static long mix(long state) {
        return new SplittableRandom(state).nextLong();
    }
}
