package io.varve.storage.cache;

import java.nio.ByteBuffer;

/**
 * Remembers what left lately without having been used again, as S3-FIFO's ghost queue does: a part of the hash for each place of a table
 * outside the heap, where the newest one stays. What comes back soon is known with high probability; a wrong guess costs a little room.
 * Thread-safe as far as guessing needs it.
 */
final class GhostTable {
    private static final int PLACES_MIN = 64;
    private static final int PLACES_MAX = 1 << 26;

    private final ByteBuffer places;
    private final int count;

    /** @param entries how many to remember at most */
    GhostTable(long entries) {
        this.count = Math.clamp(entries, PLACES_MIN, PLACES_MAX);
        this.places = ByteBuffer.allocateDirect(count * Short.BYTES);
    }

    private int place(long hash) {
        return (int) Math.unsignedMultiplyHigh(hash, count) * Short.BYTES;
    }

    /** Never 0, which says that nothing is remembered. */
    private static short mark(long hash) {
        return (short) (hash | 1);
    }

    void add(long hash) {
        places.putShort(place(hash), mark(hash));
    }

    /** Whether it is remembered; it is not any more then. */
    boolean remove(long hash) {
        if (places.getShort(place(hash)) != mark(hash)) {
            return false;
        }
        places.putShort(place(hash), (short) 0);
        return true;
    }

    void clear() {
        for (int i = 0; i < count; i++) {
            places.putShort(i * Short.BYTES, (short) 0);
        }
    }

    long bytes() {
        return places.capacity();
    }
}
