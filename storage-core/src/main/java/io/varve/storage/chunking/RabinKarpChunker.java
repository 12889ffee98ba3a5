package io.varve.storage.chunking;

import java.util.Objects;

/**
 * Cuts where a Rabin-Karp hash of the last 64 bytes falls below a threshold.
 *
 * <p><b>The hash</b> is the polynomial of Karp and Rabin, "Efficient randomized pattern-matching algorithms" (IBM Journal of Research
 * and Development 31(2), 1987), over the integers modulo 2^64: {@code h = sum of G[b_i] * M^(63 - i)} over the window's bytes,
 * rolled by {@code h' = h * M + G[b]}. The table {@code G} gives every byte value a random coefficient; with the values themselves
 * text would be cut twice as often as random data, because they use only a few of the eight bits.
 *
 * <p>{@code M} is twice an odd number, so {@code M^64} is 0 modulo 2^64: a byte leaves the window by itself, and the subtraction of the
 * outgoing byte that a rolling hash otherwise needs (a second load, a second table) disappears. Arithmetic modulo 2^64 costs
 * one multiplication, and its weakness, that the k-th bit from below knows only the last k bytes, is met by looking at the high
 * bits alone: a comparison with a threshold does.
 *
 * <p><b>The cut rule</b> has two thresholds, as in FastCDC (Xia et al., USENIX ATC 2016, "normalized chunking"): up to the average length
 * a cut is half as likely as with one threshold, beyond it twice as likely. Lengths then vary by 0.48 of their mean instead of
 * 0.75, and edited data stores 3 to 6 % fewer bytes, other data the same within 0.3 %.
 *
 * <p><b>Speed.</b> The obvious loop waits for one multiplication after the other. This one computes the hashes of four positions from
 * one: {@code h_(i+4) = h_i * M^4 + e}, where {@code e} depends on the four bytes alone. Nothing before {@code min - 64} is looked at.
 */
final class RabinKarpChunker implements Chunker {

    static final int WINDOW_BYTES = 64;

    /** Twice the golden ratio's bits, which are odd: exactly one factor of 2 leaves in each of 64 steps. */
    private static final long M = 0x9E3779B97F4A7C15L << 1;

    /** The coefficient of each byte value. */
    private static final long[] COEFFICIENTS = coefficients();

    // M, its powers and the table once more: as constants they would stand as ten bytes each in the loop, which the
    // processor
    // then decodes at half the speed; from fields they go into registers.
    private final long m;
    private final long m2;
    private final long m4;
    private final long[] g;

    private final int minBytes;
    private final int avgBytes;
    private final int maxBytes;

    /** Hashes below it cut; compared as signed numbers, which are as evenly distributed as unsigned ones. */
    private final long thresholdUpToAverage;

    private final long thresholdBeyondAverage;

    /** How far into the chunk the hash stands: it covers the 64 bytes before. 0 while it has not begun. */
    private int position;

    private long hash;

    RabinKarpChunker(ChunkingParameters parameters) {
        this.m = power(1);
        this.m2 = power(2);
        this.m4 = power(4);
        this.g = COEFFICIENTS;
        this.minBytes = parameters.minBytes();
        this.avgBytes = parameters.avgBytes();
        this.maxBytes = parameters.maxBytes();
        // With 2n bytes a cut before the average and n/2 after it, n = 0.8625 * span makes the mean of random data the
        // average:
        // it solves 2n * (1 - exp(-span/2n)) + n/2 * exp(-span/2n) = span.
        long span = (long) avgBytes - minBytes;
        this.thresholdUpToAverage = oneIn(span * 69 / 40);
        this.thresholdBeyondAverage = oneIn(span * 69 / 160);
    }

    /** The threshold below which one of {@code n} hashes lies. */
    private static long oneIn(long n) {
        return Long.MIN_VALUE + Long.divideUnsigned(-1L, Math.max(n, 1));
    }

    @Override
    public int next(byte[] data, int offset, int available, boolean last) {
        Objects.checkFromIndexSize(offset, available, data.length);
        int limit = Math.min(available, maxBytes);
        int length = limit < minBytes ? MORE : find(data, offset, limit);
        if (length == MORE && (limit == maxBytes || (last && available > 0))) {
            length = limit;
        }
        if (length != MORE) {
            position = 0;
        }
        return length;
    }

    private int find(byte[] data, int offset, int limit) {
        if (position == 0) {
            hash = 0;
            position = minBytes - WINDOW_BYTES;
            roll(data, offset, minBytes - 1, Long.MIN_VALUE);
        }
        int length = roll(data, offset, Math.min(limit, avgBytes), thresholdUpToAverage);
        return length == MORE ? roll(data, offset, limit, thresholdBeyondAverage) : length;
    }

    /**
     * Moves the hash on to position {@code to}, unless it is there already. Stops where it falls below the threshold, and returns
     * that length.
     */
    private int roll(byte[] data, int offset, int to, long threshold) {
        long h = hash;
        int at = offset + position;
        int end = offset + to;
        for (; at < end - 3; at += 4) {
            long g1 = g[data[at] & 0xFF];
            long g2 = g[data[at + 1] & 0xFF];
            long g3 = g[data[at + 2] & 0xFF];
            long g4 = g[data[at + 3] & 0xFF];
            long e2 = g1 * m + g2;
            long h1 = h * m + g1;
            long h2 = h * m2 + e2;
            long h3 = h2 * m + g3;
            h = h * m4 + (e2 * m2 + (g3 * m + g4));
            if (h1 < threshold) {
                return at + 1 - offset;
            }
            if (h2 < threshold) {
                return at + 2 - offset;
            }
            if (h3 < threshold) {
                return at + 3 - offset;
            }
            if (h < threshold) {
                return at + 4 - offset;
            }
        }
        for (; at < end; at++) {
            h = h * m + g[data[at] & 0xFF];
            if (h < threshold) {
                return at + 1 - offset;
            }
        }
        hash = h;
        position = Math.max(position, to);
        return MORE;
    }

    /** M to the given power, modulo 2^64. */
    private static long power(int exponent) {
        long power = 1;
        for (int i = 0; i < exponent; i++) {
            power *= M;
        }
        return power;
    }

    /** SplitMix64 (Steele, Lea and Flood, OOPSLA 2014): the table is fixed for ever by its seed. */
    private static long[] coefficients() {
        long[] table = new long[256];
        long state = 0x5641525645L;
        for (int b = 0; b < table.length; b++) {
            state += 0x9E3779B97F4A7C15L;
            long z = state;
            z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
            z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
            table[b] = z ^ z >>> 31;
        }
        return table;
    }
}
