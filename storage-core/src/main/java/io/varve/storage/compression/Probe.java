package io.varve.storage.compression;

import net.jpountz.lz4.LZ4Compressor;

/**
 * Chooses a codec for bytes that nobody knows anything about, by samples from their beginning, middle and end. LZ4 sees only
 * repetitions; data without any may still use few byte values (hexadecimal, base 64, measurements), which Zstd's entropy stage makes
 * good use of, so that is estimated where LZ4 gives up. Where the first sample does not repeat itself at all, the others are judged by
 * their byte values alone: that is a third of the work for data that is packed or encrypted, which is most of what is large.
 */
final class Probe {

    private static final int SAMPLE_BYTES = 4096;
    private static final int SAMPLES = 3;

    /** Samples that LZ4 shrinks below this share, in percent, are worth Zstd's time. */
    private static final int STRONG_PERCENT_MAX = 70;

    /** Random bytes have 8 bits each, of which this many bytes show all but a fraction. */
    private static final double ENTROPY_BITS_MAX = 7.2;

    private static final int ENTROPY_BYTES_MIN = 2048;

    /** Every third byte tells as much about the frequencies as all; odd, so that records of even length show all their parts. */
    private static final int COUNTED_STEP = 3;

    private Probe() {}

    static Codec choose(byte[] plain, int offset, int length, LZ4Compressor lz4) {
        byte[] target = new byte[lz4.maxCompressedLength(SAMPLE_BYTES)];
        int[] frequencies = new int[256];
        int sample = Math.min(SAMPLE_BYTES, length);
        int samples = length <= SAMPLES * SAMPLE_BYTES ? 1 : SAMPLES;
        int encoded = 0;
        int counted = 0;
        for (int i = 0; i < samples; i++) {
            int from = samples == 1 ? offset : offset + (int) ((long) (length - sample) * i / (samples - 1));
            boolean repeats = i == 0 || encoded < i * sample;
            encoded += repeats ? lz4.compress(plain, from, sample, target, 0, target.length) : sample;
            for (int at = from; at < from + sample; at += COUNTED_STEP) {
                counted++;
                frequencies[plain[at] & 0xFF]++;
            }
        }
        int total = sample * samples;
        int percent = (int) (100L * encoded / total);
        if (percent <= STRONG_PERCENT_MAX) {
            return Codec.ZSTD;
        }
        if (percent < Codecs.WORTH_PERCENT_MAX) {
            return Codec.LZ4;
        }
        return total >= ENTROPY_BYTES_MIN && entropyBits(frequencies, counted) <= ENTROPY_BITS_MAX
                ? Codec.ZSTD
                : Codec.RAW;
    }

    /** Shannon's entropy per byte, taking the bytes as independent. */
    private static double entropyBits(int[] frequencies, int total) {
        double bits = 0;
        for (int frequency : frequencies) {
            if (frequency > 0) {
                bits -= frequency * Math.log((double) frequency / total);
            }
        }
        return bits / Math.log(2) / total;
    }
}
