package io.varve.app.load;

import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;

/**
 * Content that is made again from a few numbers, at any place of it, so that a model of a store holds descriptions instead of bytes. It
 * has a body of blocks, some of which were changed by edits, something put in before it and something added behind it: a version that
 * was made from another one has most of its bytes, as real files do.
 *
 * @param seed of the bytes; equal ones begin alike
 * @param text whether it is made of words, which compress and resemble each other, or of bytes of chance
 * @param length of the body, in bytes
 * @param edits how many times a few blocks of the body were replaced
 * @param inserted bytes before the body
 * @param appended bytes behind it
 */
record SeededContent(long seed, boolean text, int length, int edits, int inserted, int appended) {
    private static final int BLOCK = 4096;
    private static final int EDIT_BLOCKS_MAX = 3;
    private static final int WORDS = 512;
    private static final byte[][] VOCABULARY = vocabulary();

    /** Regions have blocks of their own, so that what one gains does not change another. */
    private static final int FRONT = 1;

    private static final int BODY = 2;
    private static final int TAIL = 3;
    private static final int EDIT = 4;

    /** Bytes that an edit replaced. */
    record Stretch(long from, int length) {}

    private static byte[][] vocabulary() {
        SplittableRandom random = new SplittableRandom(5);
        byte[][] words = new byte[WORDS][];
        for (int i = 0; i < WORDS; i++) {
            StringBuilder word = new StringBuilder();
            for (int left = random.nextInt(1, 12); left > 0; left--) {
                word.append((char) ('a' + Math.min(random.nextInt(26), random.nextInt(26))));
            }
            words[i] = word.append(i % 12 == 0 ? '\n' : ' ').toString().getBytes(StandardCharsets.US_ASCII);
        }
        return words;
    }

    /** All of it, in bytes. */
    long size() {
        return (long) inserted + length + appended;
    }

    SeededContent edited() {
        return new SeededContent(seed, text, length, edits + 1, inserted, appended);
    }

    SeededContent withInserted(int bytes) {
        return new SeededContent(seed, text, length, edits, inserted + bytes, appended);
    }

    SeededContent withAppended(int bytes) {
        return new SeededContent(seed, text, length, edits, inserted, appended + bytes);
    }

    /** What the last edit replaced; the body is not empty, and there was an edit. */
    Stretch lastEdit() {
        int first = firstBlock(edits);
        int from = first * BLOCK;
        return new Stretch((long) inserted + from, Math.min(length, from + blocks(edits) * BLOCK) - from);
    }

    /** Makes the bytes from a place on; all of the target, which does not go beyond the end. */
    void fill(long from, byte[] target) {
        byte[] block = new byte[BLOCK];
        for (int at = 0; at < target.length; ) {
            long place = from + at;
            int region = place < inserted ? FRONT : place < (long) inserted + length ? BODY : TAIL;
            long begin = region == FRONT ? 0 : region == BODY ? inserted : (long) inserted + length;
            long end = region == FRONT ? inserted : region == BODY ? (long) inserted + length : size();
            int inside = (int) (place - begin);
            int count = (int) Math.min(Math.min(target.length - at, BLOCK - inside % BLOCK), end - place);
            make(region, inside / BLOCK, block);
            System.arraycopy(block, inside % BLOCK, target, at, count);
            at += count;
        }
    }

    private void make(int region, int number, byte[] block) {
        SplittableRandom random =
                new SplittableRandom(mixed(region, number, region == BODY && edits > 0 ? lastEditOf(number) : 0));
        if (!text) {
            random.nextBytes(block);
            return;
        }
        for (int at = 0; at < BLOCK; ) {
            byte[] word = VOCABULARY[Math.min(random.nextInt(WORDS), random.nextInt(WORDS))];
            int count = Math.min(word.length, BLOCK - at);
            System.arraycopy(word, 0, block, at, count);
            at += count;
        }
    }

    private int lastEditOf(int block) {
        for (int edit = edits; edit > 0; edit--) {
            int first = firstBlock(edit);
            if (block >= first && block < first + blocks(edit)) {
                return edit;
            }
        }
        return 0;
    }

    private int firstBlock(int edit) {
        return (int) Math.floorMod(mixed(EDIT, edit, 0), (long) Math.ceilDiv(length, BLOCK));
    }

    private int blocks(int edit) {
        return 1 + (int) Math.floorMod(mixed(EDIT, edit, 1), (long) EDIT_BLOCKS_MAX);
    }

    /** Steele, Lea and Flood's finalizer, so that neighbours have nothing in common. */
    private long mixed(int region, int number, int version) {
        long mixed = seed + 0x9E3779B97F4A7C15L * (((long) region << 56) + ((long) version << 32) + number);
        mixed = (mixed ^ mixed >>> 30) * 0xBF58476D1CE4E5B9L;
        mixed = (mixed ^ mixed >>> 27) * 0x94D049BB133111EBL;
        return mixed ^ mixed >>> 31;
    }
}
