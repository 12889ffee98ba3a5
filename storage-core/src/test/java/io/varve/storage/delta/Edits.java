package io.varve.storage.delta;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;

/** Content of two kinds, and versions of it. */
public final class Edits {
    private static final int EDIT_BYTES_MAX = 40;
    private static final int WORDS = 2000;

    private Edits() {}

    /** What content is made of. */
    public enum Kind {
        RANDOM,
        TEXT;

        byte[] make(Random random, int length) {
            if (this == TEXT) {
                return text(random, length);
            }
            byte[] bytes = new byte[length];
            random.nextBytes(bytes);
            return bytes;
        }
    }

    /** Lines of words, few of which are used often, as in any language. All texts have their words in common. */
    private static byte[] text(Random random, int length) {
        StringBuilder text = new StringBuilder(length + 80);
        while (text.length() < length) {
            int rank = (int) Math.pow(WORDS, random.nextDouble());
            text.append(Integer.toString(rank * 7919 + 1_000_003, 36)).append(random.nextInt(9) == 0 ? '\n' : ' ');
        }
        return text.substring(0, length).getBytes(StandardCharsets.US_ASCII);
    }

    /** Replaces, inserts or deletes up to 40 bytes, each as likely, at so many random places. */
    static byte[] edit(byte[] original, int edits, Kind kind, Random random) {
        int[] places = random.ints(edits, 0, original.length).sorted().toArray();
        ByteArrayOutputStream edited = new ByteArrayOutputStream(original.length);
        int at = 0;
        for (int place : places) {
            if (place < at) {
                continue;
            }
            edited.write(original, at, place - at);
            int bytes = 1 + random.nextInt(EDIT_BYTES_MAX);
            int change = random.nextInt(3);
            if (change != 0) {
                edited.writeBytes(kind.make(random, bytes));
            }
            at = change == 1 ? place : Math.min(original.length, place + bytes);
        }
        edited.writeBytes(Arrays.copyOfRange(original, at, original.length));
        return edited.toByteArray();
    }
}
