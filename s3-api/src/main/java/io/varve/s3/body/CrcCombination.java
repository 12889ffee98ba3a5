package io.varve.s3.body;

/**
 * The CRC of two texts in a row from their CRCs and the length of the second, without the texts.
 *
 * <p>Appending zero bytes to a text is a linear map on its CRC; the map for 2^k zeros is made by squaring, so the work
 * grows with the logarithm of the length. The idea is zlib's {@code crc32_combine}, here for any reflected CRC whose
 * initial value and final inversion are all ones.
 */
final class CrcCombination {

    private CrcCombination() {}

    /**
     * Combines.
     *
     * @param polynomial the reflected polynomial
     * @param bits the CRC's width, up to 64
     * @param first the CRC of the first text
     * @param second the CRC of the second
     * @param secondLength its length in bytes
     */
    static long combine(long polynomial, int bits, long first, long second, long secondLength) {
        long[] map = new long[bits];
        map[0] = polynomial;
        for (int bit = 1; bit < bits; bit++) {
            map[bit] = 1L << (bit - 1);
        }
        // One zero bit squared three times is one zero byte.
        map = squared(squared(squared(map)));
        long crc = first;
        for (long length = secondLength; length != 0; length >>>= 1) {
            if ((length & 1) != 0) {
                crc = apply(map, crc);
            }
            map = squared(map);
        }
        return crc ^ second;
    }

    private static long apply(long[] map, long vector) {
        long result = 0;
        for (long rest = vector; rest != 0; rest &= rest - 1) {
            result ^= map[Long.numberOfTrailingZeros(rest)];
        }
        return result;
    }

    private static long[] squared(long[] map) {
        long[] square = new long[map.length];
        for (int i = 0; i < map.length; i++) {
            square[i] = apply(map, map[i]);
        }
        return square;
    }
}
