package io.varve.storage.chunkstore;

import java.io.IOException;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Bounds the memory that arriving content takes: a fixed number of equal byte arrays, waited for when all are in use. That is
 * where a client feels a disk slower than itself. Thread-safe.
 */
final class SlabPool {
    /** Longer than any healthy disk needs to take one slab. */
    private static final long WAIT_SECONDS_MAX = 30;

    private final int slabBytes;
    private final Semaphore free;
    private final int slabs;
    private final ConcurrentLinkedDeque<byte[]> idle = new ConcurrentLinkedDeque<>();

    /**
     * Makes a pool.
     *
     * @param memoryBytes all slabs together, at least two
     */
    SlabPool(int slabBytes, long memoryBytes) {
        this.slabBytes = slabBytes;
        this.slabs = (int) Math.max(2, memoryBytes / slabBytes);
        this.free = new Semaphore(slabs, true);
    }

    int slabBytes() {
        return slabBytes;
    }

    /** Slabs in use now. */
    int inUse() {
        return slabs - free.availablePermits();
    }

    /**
     * Takes a slab with one reference on it.
     *
     * @throws BusyException if none came free in time
     */
    Slab acquire() throws IOException {
        try {
            if (!free.tryAcquire(WAIT_SECONDS_MAX, TimeUnit.SECONDS)) {
                throw new BusyException("All " + slabs + " ingest buffers were in use for " + WAIT_SECONDS_MAX
                        + " seconds: the disk is too slow for the load, or varve.memory.ingest is too small.");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BusyException("Interrupted while waiting for an ingest buffer.");
        }
        return next();
    }

    /** Takes a slab with one reference on it if one is free; null if none is. */
    @Nullable
    Slab tryAcquire() {
        return free.tryAcquire() ? next() : null;
    }

    private Slab next() {
        byte[] bytes = idle.pollFirst();
        return new Slab(bytes == null ? new byte[slabBytes] : bytes);
    }

    /** One array, shared by the writer that fills it and the chunks cut from it; goes back when the last lets go. */
    final class Slab {
        private final byte[] bytes;
        private final AtomicInteger references = new AtomicInteger(1);

        private Slab(byte[] bytes) {
            this.bytes = bytes;
        }

        byte[] bytes() {
            return bytes;
        }

        void retain() {
            references.incrementAndGet();
        }

        void release() {
            int left = references.decrementAndGet();
            assert left >= 0 : "a slab was released twice";
            if (left == 0) {
                idle.addFirst(bytes);
                free.release();
            }
        }
    }
}
