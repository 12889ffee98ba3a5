package io.varve.storage.cache;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The lists of pieces that were set or read lately, by the hash of their keys: so that uses of a value are counted for its pieces, too, and
 * they leave with it, without a read of the device. A list that is here is the one that the index names, or it is just being replaced. What is not
 * known any more is read again when it is needed, or its pieces stay until they are the next to leave. Thread-safe.
 */
final class KnownPieces {
    private static final int LISTS_MAX = 1024;

    private final SlotIndex index;

    private final Map<Long, PieceList> lists = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, PieceList> eldest) {
            return size() > LISTS_MAX;
        }
    };

    KnownPieces(SlotIndex index) {
        this.index = index;
    }

    synchronized Optional<PieceList> get(long hash) {
        return Optional.ofNullable(lists.get(hash));
    }

    /** Takes a list that was read, if it is still in the index at the place where it was read. */
    synchronized void learn(long hash, long word, PieceList list) {
        if (Slot.samePlace(index.get(hash), word)) {
            lists.put(hash, list);
        }
    }

    /**
     * Says what the index has for a hash from now on.
     *
     * @param list null for none
     * @return the list before, whose pieces nobody needs any more
     */
    synchronized Optional<PieceList> set(long hash, @Nullable PieceList list) {
        return Optional.ofNullable(list == null ? lists.remove(hash) : lists.put(hash, list));
    }

    synchronized void clear() {
        lists.clear();
    }
}
