package io.varve.storage.delta;

import java.util.Objects;
import java.util.Optional;

/**
 * Finds the super-features of a chunk by sampling its content, after Zou et al., "Odess: Speeding up Resemblance Detection for
 * Redundancy Elimination by Fast Content-Defined Sampling" (ICDE 2021).
 *
 * <p><b>The idea.</b> A feature is the largest value that a random function takes on any window of the chunk. Two chunks have it in
 * common as often as their sets of windows overlap (Broder, "On the resemblance and containment of documents", 1997), wherever in the
 * chunk the windows stand. A few features mixed are a super-feature: rare enough to be looked up in an index. Computing the functions for
 * every window is slow; Odess computes them only where a rolling gear hash is below a threshold, which samples the same windows of both
 * chunks.
 *
 * <p><b>Parameters.</b> A window has 32 bytes, one of 64 is sampled, and each of the three super-features is made of two features. The paper
 * has 64, 128 and four. With pairs, as many index entries find half as many similar chunks again, and what they find still pays nearly
 * always ({@code docs/adr/0006-resemblance.md}).
 *
 * <p>Super-features are stored, so the same bytes have the same ones for ever and on every machine. {@code docs/format.md} defines them.
 */
public final class Odess {

    private static final int WINDOW_BYTES = 32;

    /** A byte leaves the hash by itself: its 64 bits are shifted out within one window. */
    private static final int SHIFT = Long.SIZE / WINDOW_BYTES;

    /**
     * Hashes below it are sampled: one of 64. Compared as signed numbers, which are as evenly distributed as unsigned ones; it is
     * the highest bits that decide, because they know the whole window.
     */
    private static final long SAMPLED_BELOW = Long.MIN_VALUE + (1L << (Long.SIZE - 6));

    private static final long SEED = 0x4F64657373L;
    private static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;

    private static final int FEATURES = 6;

    /** A random number for each byte value. */
    private static final long[] GEAR = new long[256];

    /** The features' functions are linear: an odd factor, and a summand. */
    private static final long[] FACTORS = new long[FEATURES];

    private static final long[] SUMMANDS = new long[FEATURES];

    static {
        long state = SEED;
        for (int b = 0; b < GEAR.length; b++) {
            GEAR[b] = mix(state += GOLDEN_GAMMA);
        }
        for (int i = 0; i < FEATURES; i++) {
            FACTORS[i] = mix(state += GOLDEN_GAMMA) | 1;
            SUMMANDS[i] = mix(state += GOLDEN_GAMMA);
        }
    }

    /** The hash of the window before the place where the scan stands. */
    private long hash;

    private Odess() {}

    /**
     * The super-features of a chunk. Costs less than its fingerprint.
     *
     * @return empty if no window was sampled, because the chunk is tiny or repeats a few bytes
     */
    public static Optional<SuperFeatures> of(byte[] data, int offset, int length) {
        Objects.checkFromIndexSize(offset, length, data.length);
        return new Odess().scan(data, offset, offset + length);
    }

    /** Local variables instead of an array make this half as fast again. */
    private Optional<SuperFeatures> scan(byte[] data, int from, int to) {
        long a = Long.MIN_VALUE;
        long b = Long.MIN_VALUE;
        long c = Long.MIN_VALUE;
        long d = Long.MIN_VALUE;
        long e = Long.MIN_VALUE;
        long f = Long.MIN_VALUE;
        boolean sampled = false;
        int at = findSample(data, fillWindow(data, from, to), to);
        while (at >= 0) {
            long h = hash;
            a = Math.max(a, h * FACTORS[0] + SUMMANDS[0]);
            b = Math.max(b, h * FACTORS[1] + SUMMANDS[1]);
            c = Math.max(c, h * FACTORS[2] + SUMMANDS[2]);
            d = Math.max(d, h * FACTORS[3] + SUMMANDS[3]);
            e = Math.max(e, h * FACTORS[4] + SUMMANDS[4]);
            f = Math.max(f, h * FACTORS[5] + SUMMANDS[5]);
            sampled = true;
            at = findSample(data, at, to);
        }
        return sampled
                ? Optional.of(new SuperFeatures(superFeature(a, b), superFeature(c, d), superFeature(e, f)))
                : Optional.empty();
    }

    /** Hashes all but the last byte of the first window, so that whole windows alone are sampled. */
    private int fillWindow(byte[] data, int from, int to) {
        int at = from;
        for (; at < Math.min(to, from + WINDOW_BYTES - 1); at++) {
            hash = (hash << SHIFT) + GEAR[data[at] & 0xFF];
        }
        return at;
    }

    /** Moves the hash on to the next sampled window, and returns where that ends; -1 if there is none. */
    private int findSample(byte[] data, int from, int to) {
        long h = hash;
        for (int at = from; at < to; at++) {
            h = (h << SHIFT) + GEAR[data[at] & 0xFF];
            if (h < SAMPLED_BELOW) {
                hash = h;
                return at + 1;
            }
        }
        return -1;
    }

    private static long superFeature(long feature, long otherFeature) {
        return mix(mix(feature) + otherFeature);
    }

    /** The output function of SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014). */
    private static long mix(long state) {
        long z = (state ^ state >>> 30) * 0xBF58476D1CE4E5B9L;
        z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
        return z ^ z >>> 31;
    }
}
