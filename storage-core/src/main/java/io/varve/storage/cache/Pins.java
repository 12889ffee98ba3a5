package io.varve.storage.cache;

import org.jspecify.annotations.Nullable;

/** Keeps entries from leaving for want of room, up to a share of the cache; a value in pieces as a whole or not at all. Thread-safe. */
final class Pins {
    private final CacheParts parts;

    Pins(CacheParts parts) {
        this.parts = parts;
    }

    /**
     * Pins an entry, or lets it go again.
     *
     * @param word where it was when it was looked up
     * @param list its pieces; null if it is one entry
     * @return false if it is not there as a whole, or pins hold as much as they may
     */
    synchronized boolean pin(long hash, long word, @Nullable PieceList list, boolean pinned) {
        if (word == Slot.NONE || (pinned && bytes() + bytes(word, list) > bytesMax())) {
            return false;
        }
        boolean whole = parts.index().update(hash, word, now -> Slot.withPinned(now, pinned));
        for (int piece = 0; list != null && piece < list.count(); piece++) {
            whole &= mark(EntryHeader.hash(list.key(piece)), pinned);
        }
        if (pinned && !whole) {
            pin(hash, parts.index().get(hash), list, false);
        }
        return whole;
    }

    /** A pin passes on to the value that takes the place of a pinned one, if there is room for it. */
    void renew(long hash, PieceList list) {
        mark(hash, false);
        pin(hash, parts.index().get(hash), list, true);
    }

    private boolean mark(long hash, boolean pinned) {
        long word = parts.index().get(hash);
        return word != Slot.NONE && parts.index().update(hash, word, now -> Slot.withPinned(now, pinned));
    }

    /** What pins hold, in whole blocks. */
    long bytes() {
        long[] bytes = new long[1];
        parts.index().forEach((hash, word) -> bytes[0] += Slot.pinned(word) ? Slot.bytesToRead(word) : 0);
        return bytes[0];
    }

    private long bytesMax() {
        return (long) parts.table().usable()
                * parts.segmentBytes()
                / 100
                * parts.options().pinnedPercentMax();
    }

    private long bytes(long word, @Nullable PieceList list) {
        long bytes = Slot.bytesToRead(word);
        for (int piece = 0; list != null && piece < list.count(); piece++) {
            long at = parts.index().get(EntryHeader.hash(list.key(piece)));
            bytes += at == Slot.NONE ? 0 : Slot.bytesToRead(at);
        }
        return bytes;
    }
}
