package io.varve.storage.chunking;

/**
 * Cuts where a Rabin-Karp hash of the last 64 bytes falls below a threshold.
 *
 * <p>The hash is the polynomial of Karp and Rabin, "Efficient randomized pattern-matching algorithms" (1987), over the integers
 * modulo 2^64: {@code h = sum of G[b_i] * M^(63 - i)} for the window's bytes, with an odd multiplier and a table of random values in
 * place of the bytes themselves, so that runs of zeros hash to something. Arithmetic modulo 2^64 costs one multiplication and leaves
 * the low bits weak; the cut looks at the high ones, by comparing the whole with a threshold of {@code 2^64 / (avg - min)}.
 *
 * <p>The obvious loop is bound by the latency of multiply and add from one byte to the next. This one takes four bytes at a time:
 * {@code h_(i+4) = h_i * M^4 + e} where {@code e} depends on the bytes alone, so the chain has one multiplication per four bytes and
 * the hashes in between are computed beside it. Nothing before {@code min - 64} is looked at.
 */
final class RabinKarpChunker implements Chunker {
    static final int WINDOW_BYTES = 64;

    /** Odd and 5 modulo 8, so its powers have the longest period; the golden ratio's bits. */
    private static final long M = 0x9E3779B97F4A7C15L;

    private static final long M2 = power(2);
    private static final long M3 = power(3);
    private static final long M4 = power(4);

    /** What a byte adds when it enters the window. */
    private static final long[] IN = new long[256];

    /** What it has grown to when it leaves: {@code IN * M^64}. */
    private static final long[] OUT = new long[256];

    static {
        long leaving = power(WINDOW_BYTES);
        long state = 0x5641525645L;
        for (int b = 0; b < 256; b++) {
            // SplitMix64 (Steele, Lea, Flood 2014): the table is fixed for ever by its seed.
            state += 0x9E3779B97F4A7C15L;
            long z = state;
            z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
            z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
            IN[b] = z ^ z >>> 31;
            OUT[b] = IN[b] * leaving;
        }
    }

    /** M to the given power, modulo 2^64. */
    private static long power(int exponent) {
        long power = 1;
        for (int i = 0; i < exponent; i++) {
            power *= M;
        }
        return power;
    }

    private final int minBytes;
    private final int maxBytes;

    /** The threshold, moved so that signed comparison orders as unsigned. */
    private final long threshold;

    /** How far into the chunk the hash stands: it covers the 64 bytes before. 0 while the window is not yet filled. */
    private int position;

    private long hash;

    RabinKarpChunker(ChunkingParameters parameters) {
        this.minBytes = parameters.minBytes();
        this.maxBytes = parameters.maxBytes();
        this.threshold = Long.divideUnsigned(-1L, parameters.avgBytes() - parameters.minBytes()) + Long.MIN_VALUE;
    }

    @Override
    public int next(byte[] data, int offset, int available, boolean last) {
        int limit = Math.min(available, maxBytes);
        if (limit >= minBytes) {
            int length = scan(data, offset, limit);
            if (length != MORE) {
                position = 0;
                return length;
            }
        }
        if (limit == maxBytes || (last && available > 0)) {
            position = 0;
            return limit;
        }
        return MORE;
    }

    /** Moves the hash on to {@code limit}; gives the length at which it first falls below the threshold. */
    private int scan(byte[] data, int offset, int limit) {
        long h = hash;
        int at = position;
        if (at == 0) {
            h = 0;
            for (int i = offset + minBytes - WINDOW_BYTES; i < offset + minBytes; i++) {
                h = h * M + IN[data[i] & 0xFF];
            }
            at = minBytes;
            if (h + Long.MIN_VALUE < threshold) {
                return at;
            }
        }
        int in = offset + at;
        int end = offset + limit;
        for (; in + 4 <= end; in += 4) {
            long d1 = IN[data[in] & 0xFF] - OUT[data[in - WINDOW_BYTES] & 0xFF];
            long d2 = IN[data[in + 1] & 0xFF] - OUT[data[in + 1 - WINDOW_BYTES] & 0xFF];
            long d3 = IN[data[in + 2] & 0xFF] - OUT[data[in + 2 - WINDOW_BYTES] & 0xFF];
            long d4 = IN[data[in + 3] & 0xFF] - OUT[data[in + 3 - WINDOW_BYTES] & 0xFF];
            long e2 = d1 * M + d2;
            long e3 = e2 * M + d3;
            long h1 = h * M + d1;
            long h2 = h * M2 + e2;
            long h3 = h * M3 + e3;
            long h4 = h * M4 + e3 * M + d4;
            if (h1 + Long.MIN_VALUE < threshold
                    || h2 + Long.MIN_VALUE < threshold
                    || h3 + Long.MIN_VALUE < threshold
                    || h4 + Long.MIN_VALUE < threshold) {
                int first = h1 + Long.MIN_VALUE < threshold
                        ? 1
                        : h2 + Long.MIN_VALUE < threshold ? 2 : h3 + Long.MIN_VALUE < threshold ? 3 : 4;
                return in + first - offset;
            }
            h = h4;
        }
        for (; in < end; in++) {
            h = h * M + IN[data[in] & 0xFF] - OUT[data[in - WINDOW_BYTES] & 0xFF];
            if (h + Long.MIN_VALUE < threshold) {
                return in + 1 - offset;
            }
        }
        hash = h;
        position = limit;
        return MORE;
    }
}
