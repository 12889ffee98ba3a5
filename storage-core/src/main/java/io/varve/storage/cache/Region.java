package io.varve.storage.cache;

import io.varve.storage.fingerprint.Fingerprint;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A piece of memory that is filled from front to end and emptied as a whole, when nobody reads in it. Filling and emptying are guarded
 * by the cache's lock; {@link #tryHold} and {@link #release} may be called by any thread.
 */
final class Region {
    private static final int CLOSED = -1;

    private final ByteBuffer memory;
    private final AtomicInteger heldRegions;
    private final AtomicInteger holds = new AtomicInteger();
    private final List<Slot> slots = new ArrayList<>();
    private int used;
    private int weight;

    /** Where a chunk lies. The count of its uses may miss some: it only guides what is kept. */
    static final class Slot {
        /** More uses than this do not make a chunk worth more (section 4.1 of the paper on S3-FIFO). */
        private static final int USES_MAX = 3;

        final Fingerprint chunk;
        final Region region;
        final int offset;
        final int length;
        private volatile int uses;
        private volatile boolean read;

        Slot(Fingerprint chunk, Region region, int offset, int length, int uses) {
            this.chunk = chunk;
            this.region = region;
            this.offset = offset;
            this.length = length;
            this.uses = uses;
        }

        int uses() {
            return uses;
        }

        void use() {
            int now = uses;
            if (now < USES_MAX) {
                uses = now + 1;
            }
            if (!read) {
                read = true;
            }
        }

        /** Whether it was used since this was last asked. */
        boolean takeRead() {
            boolean was = read;
            read = false;
            return was;
        }
    }

    /** @param heldRegions counts the regions that somebody holds */
    Region(int bytes, AtomicInteger heldRegions) {
        this.memory = ByteBuffer.allocateDirect(bytes);
        this.heldRegions = heldRegions;
    }

    ByteBuffer memory() {
        return memory;
    }

    List<Slot> slots() {
        return slots;
    }

    boolean hasRoom(int length, int weighing) {
        return used + length <= memory.capacity() && weight + weighing <= memory.capacity();
    }

    /** Gives out the next bytes; the caller fills them before anybody is told of the slot. */
    Slot reserve(Fingerprint chunk, int length, int weighing, int uses) {
        Slot slot = new Slot(chunk, this, used, length, uses);
        used += length;
        weight += weighing;
        slots.add(slot);
        return slot;
    }

    /** Keeps the bytes where they are, unless the region is just being emptied. */
    boolean tryHold() {
        while (true) {
            int now = holds.get();
            if (now == CLOSED) {
                return false;
            }
            if (holds.compareAndSet(now, now + 1)) {
                if (now == 0) {
                    heldRegions.incrementAndGet();
                }
                return true;
            }
        }
    }

    void release(int count) {
        if (count > 0 && holds.addAndGet(-count) == 0) {
            heldRegions.decrementAndGet();
        }
    }

    /** Keeps everybody out from now on, if nobody is in. */
    boolean tryClose() {
        return holds.compareAndSet(0, CLOSED);
    }

    /** Makes a closed region an empty open one. No slot of it may be known to anybody any more. */
    void reopen() {
        slots.clear();
        used = 0;
        weight = 0;
        holds.set(0);
    }
}
