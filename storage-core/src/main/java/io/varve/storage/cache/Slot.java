package io.varve.storage.cache;

import io.varve.storage.io.BlockDevice;

/**
 * The second word of an index slot, which says where an entry lies and how it was used:
 *
 * <pre>
 *  63  59  58 57  56 55  52 51       40 39        20 19         0
 *   1  lst  . exp pin uses  blocks - 1   segment      offset / 16
 * </pre>
 *
 * A word is never 0, so that 0 says that a slot is free. During recovery a word may stand for a tombstone.
 */
final class Slot {
    /** Entries begin at multiples of this, in bytes. */
    static final int UNIT = 16;

    static final int SEGMENTS_MAX = 1 << 20;

    static final int USES_MAX = 15;

    /** No entry. */
    static final long NONE = 0;

    private static final int SEGMENT_SHIFT = 20;
    private static final int BLOCKS_SHIFT = 40;
    private static final int USES_SHIFT = 52;
    private static final long OFFSET_MASK = (1L << 20) - 1;
    private static final long BLOCKS_MASK = (1L << 12) - 1;
    private static final long USES_MASK = (long) USES_MAX << USES_SHIFT;
    private static final long PINNED = 1L << 56;
    private static final long EXPIRES = 1L << 57;
    private static final long TOMBSTONE = 1L << 58;
    private static final long LIST = 1L << 59;
    private static final long OCCUPIED = 1L << 63;

    /** What says where an entry lies, without how it was used. */
    private static final long PLACE_MASK = (1L << USES_SHIFT) - 1;

    private Slot() {}

    /**
     * A word.
     *
     * @param offset in the segment, a multiple of {@link #UNIT}
     * @param bytes the entry's length
     */
    static long of(int segment, int offset, int bytes, int uses, boolean expires) {
        int blocks = (offset + bytes - 1) / BlockDevice.BLOCK - offset / BlockDevice.BLOCK;
        return OCCUPIED
                | (long) (offset / UNIT)
                | (long) segment << SEGMENT_SHIFT
                | (long) blocks << BLOCKS_SHIFT
                | (long) Math.min(uses, USES_MAX) << USES_SHIFT
                | (expires ? EXPIRES : 0);
    }

    /** For recovery: says that a key was deleted. */
    static long tombstone() {
        return OCCUPIED | TOMBSTONE;
    }

    static boolean isTombstone(long word) {
        return (word & TOMBSTONE) != 0;
    }

    static int segment(long word) {
        return (int) (word >>> SEGMENT_SHIFT & OFFSET_MASK);
    }

    static int offset(long word) {
        return (int) (word & OFFSET_MASK) * UNIT;
    }

    /** How many bytes, in whole blocks, are read to have the entry: from the beginning of the block it begins in. */
    static int bytesToRead(long word) {
        return ((int) (word >>> BLOCKS_SHIFT & BLOCKS_MASK) + 1) * BlockDevice.BLOCK;
    }

    static int uses(long word) {
        return (int) ((word & USES_MASK) >>> USES_SHIFT);
    }

    static long withUses(long word, int uses) {
        return (word & ~USES_MASK) | ((long) Math.min(uses, USES_MAX) << USES_SHIFT);
    }

    static boolean pinned(long word) {
        return (word & PINNED) != 0;
    }

    static long withPinned(long word, boolean pinned) {
        return pinned ? word | PINNED : word & ~PINNED;
    }

    /** The word of an entry that is a list of pieces. */
    static long asList(long word) {
        return word | LIST;
    }

    /** Whether the entry is a list of pieces. */
    static boolean isList(long word) {
        return (word & LIST) != 0;
    }

    static boolean expires(long word) {
        return (word & EXPIRES) != 0;
    }

    /** Whether two words name the same entry, however often it was used. */
    static boolean samePlace(long word, long other) {
        return word != NONE && other != NONE && (word & PLACE_MASK) == (other & PLACE_MASK);
    }
}
