package io.varve.app.load;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;

/**
 * The bodies of one round, outside the heap, made before the clock starts. Filling it again gives bytes that never occurred before,
 * so that nothing is stored already and no two chunks are similar by chance of the generator. One thread fills; others then read.
 */
final class Payload {
    /** Length of the whole. */
    static final int BYTES = 256 << 20;

    private static final int WORDS = 4096;
    private static final int WORD_LETTERS_MAX = 11;

    private final ByteBuffer bytes = ByteBuffer.allocateDirect(BYTES).order(ByteOrder.LITTLE_ENDIAN);
    private final SplittableRandom random = new SplittableRandom(1);
    private final byte[][] words = new byte[WORDS][];

    Payload() {
        SplittableRandom letters = new SplittableRandom(2);
        for (int i = 0; i < WORDS; i++) {
            StringBuilder word = new StringBuilder();
            for (int left = letters.nextInt(1, WORD_LETTERS_MAX + 1); left > 0; left--) {
                word.append((char) ('a' + Math.min(letters.nextInt(26), letters.nextInt(26))));
            }
            word.append(i % 16 == 15 ? '\n' : ' ');
            words[i] = word.toString().getBytes(StandardCharsets.US_ASCII);
        }
    }

    /** What the bytes are like. */
    enum Content {
        /** Nothing can be saved. */
        RANDOM(".bin"),
        /** Words of a vocabulary in random order, common ones more often: no passage repeats, entropy coding saves. */
        TEXT(".txt");

        private final String suffix;

        Content(String suffix) {
            this.suffix = suffix;
        }

        /** How names of such files end. */
        String suffix() {
            return suffix;
        }
    }

    /** New bytes in place of the old ones. */
    void fill(Content content) {
        switch (content) {
            case RANDOM -> {
                for (int at = 0; at < BYTES; at += Long.BYTES) {
                    bytes.putLong(at, random.nextLong());
                }
            }
            case TEXT -> {
                for (int at = 0; at < BYTES; ) {
                    // The square of an even distribution prefers the words at the beginning.
                    double even = random.nextDouble();
                    byte[] word = words[(int) (even * even * WORDS)];
                    int taken = Math.min(word.length, BYTES - at);
                    bytes.put(at, word, 0, taken);
                    at += taken;
                }
            }
        }
    }

    /** A part, to be sent or compared with. */
    ByteBuffer part(int offset, int length) {
        return bytes.slice(offset, length);
    }
}
