package io.varve.storage.cache;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Remembers what left lately, from which queue and about when, as S3-FIFO's ghost queue does: 16 bits for each place of a table outside
 * the heap, where the newest one stays. What comes back is known with high probability; a wrong guess costs a little room. Thread-safe as
 * far as guessing needs it.
 *
 * <pre>
 *  15       7 6   5    4    0
 *   part of hash main  epoch
 * </pre>
 *
 * The part of a hash is never 0, so that 0 says that nothing is remembered. Each queue counts its own epochs: one ends when
 * a thirty-second of the cache has left it.
 */
final class GhostTable {
    private static final int PLACES_MIN = 64;
    private static final int PLACES_MAX = 1 << 26;
    private static final int EPOCHS = 32;
    private static final int MAIN = 1 << 5;
    private static final int TAG_SHIFT = 6;
    private static final int TAG_MASK = (1 << 10) - 1;

    /** With fewer places than entries in the cache, it grows by so much, in percent. */
    private static final int GROWTH_PERCENT = 125;

    private final long epochBytes;
    private final AtomicLong leftSmall = new AtomicLong();
    private final AtomicLong leftMain = new AtomicLong();
    private volatile ByteBuffer places;

    /** What is remembered of an entry. */
    enum Memory {
        /** Nothing. */
        NONE,
        /** It left the small queue when the cache was filled once over, or a part of that, ago. */
        LEFT_SMALL,
        /** It left the small queue so lately that a slightly larger one would have it still. */
        JUST_LEFT_SMALL,
        /** The same of the main queue. */
        JUST_LEFT_MAIN
    }

    /**
     * An empty table.
     *
     * @param entries how many to remember at first
     * @param cacheBytes the size of the cache
     */
    GhostTable(long entries, long cacheBytes) {
        this.epochBytes = Math.max(1, cacheBytes / EPOCHS);
        this.places = allocate(entries);
    }

    private static ByteBuffer allocate(long entries) {
        return ByteBuffer.allocateDirect(Math.clamp(entries, PLACES_MIN, PLACES_MAX) * Short.BYTES);
    }

    /** Makes it large enough for so many entries; what it remembers is forgotten if it grows. */
    void fit(long entries) {
        if (entries > places.capacity() / Short.BYTES && places.capacity() / Short.BYTES < PLACES_MAX) {
            places = allocate(entries * GROWTH_PERCENT / 100);
        }
    }

    private static int at(ByteBuffer table, long hash) {
        return (int) Math.unsignedMultiplyHigh(hash, table.capacity() / Short.BYTES) * Short.BYTES;
    }

    private static int tag(long hash) {
        return ((int) hash & TAG_MASK) | 1;
    }

    private int epoch(boolean main) {
        return (int) ((main ? leftMain : leftSmall).get() / epochBytes) & (EPOCHS - 1);
    }

    /** Remembers an entry that leaves, of so many bytes. */
    void add(long hash, boolean main, int bytes) {
        (main ? leftMain : leftSmall).addAndGet(bytes);
        ByteBuffer table = places;
        table.putShort(at(table, hash), (short) ((tag(hash) << TAG_SHIFT) | (main ? MAIN : 0) | epoch(main)));
    }

    /** What is remembered of an entry; nothing any more then. */
    Memory remove(long hash) {
        ByteBuffer table = places;
        int at = at(table, hash);
        int mark = Short.toUnsignedInt(table.getShort(at));
        if (mark >>> TAG_SHIFT != tag(hash)) {
            return Memory.NONE;
        }
        table.putShort(at, (short) 0);
        boolean main = (mark & MAIN) != 0;
        boolean justLeft = ((epoch(main) - mark) & (EPOCHS - 1)) <= 1;
        if (main) {
            return justLeft ? Memory.JUST_LEFT_MAIN : Memory.NONE;
        }
        return justLeft ? Memory.JUST_LEFT_SMALL : Memory.LEFT_SMALL;
    }

    void clear() {
        places = allocate(places.capacity() / Short.BYTES);
    }

    long bytes() {
        return places.capacity();
    }
}
