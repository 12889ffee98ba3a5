package io.varve.storage.cache;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.LongUnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Where entries lie, by the 64-bit hash of their keys: 16 bytes a slot outside the heap, open addressing with linear probing, in
 * shards with a lock of their own. A shard grows by a fifth when it is 85 percent full, so an entry takes 19 to 23 bytes.
 *
 * <p>Two keys of the same hash cannot be here at once; the entry itself says whose it is. Thread-safe.
 */
final class SlotIndex {
    /** What a slot takes. */
    static final int SLOT_BYTES = 16;

    private static final int SHARD_BITS = 6;
    private static final int SLOTS_MIN = 16;
    private static final int LOAD_MAX_PERCENT = 85;
    private static final int GROWTH_PERCENT = 120;
    private static final int SLOTS_MAX = Integer.MAX_VALUE / SLOT_BYTES;

    private final Shard[] shards = new Shard[1 << SHARD_BITS];

    /** Told every entry. */
    @FunctionalInterface
    interface Visitor {
        void entry(long hash, long word);
    }

    SlotIndex() {
        for (int i = 0; i < shards.length; i++) {
            shards[i] = new Shard();
        }
    }

    private Shard shard(long hash) {
        return shards[(int) (hash >>> (Long.SIZE - SHARD_BITS))];
    }

    /** The word of a hash, {@link Slot#NONE} if there is none. */
    long get(long hash) {
        return shard(hash).get(hash);
    }

    /** Sets a word and returns the one before. */
    long put(long hash, long word) {
        return shard(hash).put(hash, word);
    }

    /** Removes a word if it still names that place, or whatever is there for {@link Slot#NONE}; returns what was removed. */
    long remove(long hash, long place) {
        return shard(hash).remove(hash, place);
    }

    /** Changes a word if it still names that place; the function gets what it is now. */
    boolean update(long hash, long place, LongUnaryOperator change) {
        return shard(hash).update(hash, place, change);
    }

    /** Counts a use, unless there have been so many, and returns the word; {@link Slot#NONE} if there is none. */
    long use(long hash, int usesMax) {
        return shard(hash).use(hash, usesMax);
    }

    long size() {
        long size = 0;
        for (Shard shard : shards) {
            size += shard.size();
        }
        return size;
    }

    /** The memory taken, outside the heap. */
    long bytes() {
        long bytes = 0;
        for (Shard shard : shards) {
            bytes += shard.bytes();
        }
        return bytes;
    }

    /** Visits everything, a shard at a time; the visitor must not call this index. */
    void forEach(Visitor visitor) {
        for (Shard shard : shards) {
            shard.forEach(visitor);
        }
    }

    void clear() {
        for (Shard shard : shards) {
            shard.clear();
        }
    }

    /** Takes a record that recovery found, unless a newer one of its hash was found before. */
    void recover(long hash, long word, long sequence) {
        shard(hash).recover(hash, word, sequence);
    }

    /** Says that recovery will find so many records, or about as many: room for them is made at once. */
    void expect(long records) {
        for (Shard shard : shards) {
            shard.expect(records / shards.length);
        }
    }

    /** Ends recovery: forgets sequence numbers and tombstones. */
    void recovered() {
        for (Shard shard : shards) {
            shard.recovered();
        }
    }

    private static final class Shard {
        private ByteBuffer slots = allocate(SLOTS_MIN * SLOT_BYTES);
        private int capacity = SLOTS_MIN;
        private int size;

        /** Whether recovery found any. */
        private boolean tombstones;

        /** By slot, during recovery only. */
        private @Nullable ByteBuffer sequences;

        private static ByteBuffer allocate(int bytes) {
            return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
        }

        /** Slots in order of hashes: the upper bits that chose the shard say nothing here. */
        private int home(long hash) {
            return (int) Math.unsignedMultiplyHigh(hash << SHARD_BITS, capacity);
        }

        private int next(int slot) {
            return slot + 1 == capacity ? 0 : slot + 1;
        }

        private long hash(int slot) {
            return slots.getLong(slot * SLOT_BYTES);
        }

        private long word(int slot) {
            return slots.getLong(slot * SLOT_BYTES + Long.BYTES);
        }

        private void set(int slot, long hash, long word) {
            slots.putLong(slot * SLOT_BYTES, hash);
            slots.putLong(slot * SLOT_BYTES + Long.BYTES, word);
        }

        /** The slot of a hash, or the free one where it would be. */
        private int find(long hash) {
            int slot = home(hash);
            while (word(slot) != Slot.NONE && hash(slot) != hash) {
                slot = next(slot);
            }
            return slot;
        }

        synchronized long get(long hash) {
            return word(find(hash));
        }

        synchronized long put(long hash, long word) {
            int slot = find(hash);
            long before = word(slot);
            if (before == Slot.NONE) {
                slot = makeRoom(hash, slot);
                size++;
            }
            set(slot, hash, word);
            return before;
        }

        private int makeRoom(long hash, int slot) {
            if ((size + 1L) * 100 <= (long) capacity * LOAD_MAX_PERCENT) {
                return slot;
            }
            grow();
            return find(hash);
        }

        private void grow() {
            ByteBuffer before = slots;
            ByteBuffer sequencesBefore = sequences;
            int capacityBefore = capacity;
            long wished = Math.max((long) capacity * GROWTH_PERCENT / 100, capacity + SLOTS_MIN);
            if (wished > SLOTS_MAX) {
                throw new IllegalStateException("The index of a cache is full: " + size + " entries in a shard.");
            }
            capacity = (int) wished;
            slots = allocate(capacity * SLOT_BYTES);
            sequences = sequencesBefore == null ? null : allocate(capacity * Long.BYTES);
            for (int i = 0; i < capacityBefore; i++) {
                long word = before.getLong(i * SLOT_BYTES + Long.BYTES);
                if (word != Slot.NONE) {
                    long hash = before.getLong(i * SLOT_BYTES);
                    int slot = find(hash);
                    set(slot, hash, word);
                    if (sequences != null && sequencesBefore != null) {
                        sequences.putLong(slot * Long.BYTES, sequencesBefore.getLong(i * Long.BYTES));
                    }
                }
            }
        }

        synchronized long remove(long hash, long place) {
            int slot = find(hash);
            long word = word(slot);
            if (word == Slot.NONE || (place != Slot.NONE && !Slot.samePlace(word, place))) {
                return Slot.NONE;
            }
            size--;
            closeGap(slot);
            return word;
        }

        /** Moves up what would not be found any more behind a free slot. */
        private void closeGap(int slot) {
            int gap = slot;
            for (int i = next(gap); word(i) != Slot.NONE; i = next(i)) {
                int home = home(hash(i));
                boolean between = gap <= i ? gap < home && home <= i : gap < home || home <= i;
                if (!between) {
                    set(gap, hash(i), word(i));
                    gap = i;
                }
            }
            set(gap, 0, Slot.NONE);
        }

        synchronized boolean update(long hash, long place, LongUnaryOperator change) {
            int slot = find(hash);
            if (!Slot.samePlace(word(slot), place)) {
                return false;
            }
            set(slot, hash, change.applyAsLong(word(slot)));
            return true;
        }

        synchronized long use(long hash, int usesMax) {
            int slot = find(hash);
            long word = word(slot);
            if (word != Slot.NONE && Slot.uses(word) < usesMax) {
                set(slot, hash, Slot.withUses(word, Slot.uses(word) + 1));
            }
            return word;
        }

        synchronized void recover(long hash, long word, long sequence) {
            if (sequences == null) {
                sequences = allocate(capacity * Long.BYTES);
            }
            int slot = find(hash);
            if (word(slot) == Slot.NONE) {
                slot = makeRoom(hash, slot);
                size++;
            } else {
                long before = sequences.getLong(slot * Long.BYTES);
                if (before > sequence || (before == sequence && !Slot.isTombstone(word))) {
                    return;
                }
            }
            set(slot, hash, word);
            tombstones |= Slot.isTombstone(word);
            sequences.putLong(slot * Long.BYTES, sequence);
        }

        synchronized void expect(long records) {
            long wished = records * 100 / LOAD_MAX_PERCENT + SLOTS_MIN;
            if (size == 0 && wished > capacity && wished <= SLOTS_MAX) {
                capacity = (int) wished;
                slots = allocate(capacity * SLOT_BYTES);
                sequences = null;
            }
        }

        synchronized void recovered() {
            sequences = null;
            boolean loose = size * 2L < capacity;
            if (!tombstones && !loose) {
                return;
            }
            tombstones = false;
            ByteBuffer found = slots;
            int slotsFound = capacity;
            capacity = loose ? (int) (size * 100L / LOAD_MAX_PERCENT) + SLOTS_MIN : capacity;
            slots = allocate(capacity * SLOT_BYTES);
            size = 0;
            for (int i = 0; i < slotsFound; i++) {
                long word = found.getLong(i * SLOT_BYTES + Long.BYTES);
                if (word != Slot.NONE && !Slot.isTombstone(word)) {
                    long hash = found.getLong(i * SLOT_BYTES);
                    set(find(hash), hash, word);
                    size++;
                }
            }
        }

        synchronized int size() {
            return size;
        }

        synchronized long bytes() {
            return slots.capacity();
        }

        synchronized void forEach(Visitor visitor) {
            for (int i = 0; i < capacity; i++) {
                if (word(i) != Slot.NONE) {
                    visitor.entry(hash(i), word(i));
                }
            }
        }

        synchronized void clear() {
            slots = allocate(SLOTS_MIN * SLOT_BYTES);
            capacity = SLOTS_MIN;
            size = 0;
            sequences = null;
            tombstones = false;
        }
    }
}
