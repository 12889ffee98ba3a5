package io.varve.storage.delta;

import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * Super-features after Zhang et al., "Finesse: Fine-Grained Feature Locality based Fast Resemblance Detection for Post-Deduplication Delta
 * Compression" (FAST 2019): a chunk is divided into twelve equal parts, the feature of a part is the largest rolling hash in it, and
 * of each three neighbours the largest goes to the first super-feature, the second to the second and the smallest to the third. It needs
 * no linear functions, but an insertion shifts all that follows over the parts' borders.
 *
 * <p>The rolling hash is a gear hash of 32 bytes, faster than the paper's Rabin fingerprint of 48.
 */
final class Finesse {
    private static final int SUPER_FEATURES = 3;
    private static final int GROUPS = 4;
    private static final int PARTS = SUPER_FEATURES * GROUPS;
    private static final int WINDOW_BYTES = 32;
    private static final int SHIFT = Long.SIZE / WINDOW_BYTES;
    private static final long[] GEAR = new SplittableRandom(1).longs(256).toArray();

    private Finesse() {}

    static long[] superFeatures(byte[] data, int offset, int length) {
        int part = length / PARTS;
        if (part < WINDOW_BYTES) {
            return new long[0];
        }
        long[] found = new long[SUPER_FEATURES];
        long[] group = new long[SUPER_FEATURES];
        for (int g = 0; g < GROUPS; g++) {
            for (int i = 0; i < SUPER_FEATURES; i++) {
                group[i] = feature(data, offset + (g * SUPER_FEATURES + i) * part, part);
            }
            Arrays.sort(group);
            for (int i = 0; i < SUPER_FEATURES; i++) {
                found[i] = SampledFeatures.mix(found[i] ^ group[SUPER_FEATURES - 1 - i]);
            }
        }
        return found;
    }

    private static long feature(byte[] data, int from, int length) {
        long h = 0;
        int at = from;
        for (; at < from + WINDOW_BYTES - 1; at++) {
            h = (h << SHIFT) + GEAR[data[at] & 0xFF];
        }
        long largest = Long.MIN_VALUE;
        for (; at < from + length; at++) {
            h = (h << SHIFT) + GEAR[data[at] & 0xFF];
            largest = Math.max(largest, h);
        }
        return largest;
    }
}
