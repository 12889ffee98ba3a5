package io.varve.storage.cache;

import io.varve.storage.io.AlignedBuffers;
import io.varve.storage.io.BlockDevice;
import java.nio.ByteBuffer;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Aligned buffers for reads, in sizes of powers of two, bounded in all. Whoever gets none takes it for a miss instead of waiting.
 * Thread-safe.
 */
final class ReadMemory {
    private static final int CLASSES = 16;

    private final long bytesMax;
    private final AtomicLong taken = new AtomicLong();
    private final AtomicLong kept = new AtomicLong();

    @SuppressWarnings({"unchecked", "rawtypes"}) // Java has no arrays of parameterised types.
    private final Queue<ByteBuffer>[] idle = new Queue[CLASSES];

    ReadMemory(long bytesMax) {
        this.bytesMax = bytesMax;
        for (int i = 0; i < CLASSES; i++) {
            idle[i] = new ConcurrentLinkedQueue<>();
        }
    }

    private static int sizeClass(int bytes) {
        int blocks = (bytes + BlockDevice.BLOCK - 1) / BlockDevice.BLOCK;
        return Integer.SIZE - Integer.numberOfLeadingZeros(Math.max(1, blocks) - 1);
    }

    /** A buffer of at least so many bytes, its limit there; null if too much is taken. */
    @Nullable
    ByteBuffer take(int bytes) {
        int size = sizeClass(bytes);
        int capacity = BlockDevice.BLOCK << size;
        if (taken.addAndGet(capacity) > bytesMax && taken.get() > capacity) {
            taken.addAndGet(-capacity);
            return null;
        }
        ByteBuffer buffer = idle[size].poll();
        if (buffer == null) {
            buffer = AlignedBuffers.allocate(capacity);
        } else {
            kept.addAndGet(-capacity);
        }
        return buffer.clear().limit(bytes);
    }

    void give(ByteBuffer buffer) {
        int capacity = buffer.capacity();
        taken.addAndGet(-capacity);
        // What is kept for later is bounded, too; the rest goes to the collector.
        if (kept.addAndGet(capacity) <= bytesMax) {
            idle[sizeClass(capacity)].add(buffer);
        } else {
            kept.addAndGet(-capacity);
        }
    }

    /** The memory in use and kept, in bytes. */
    long bytes() {
        return taken.get() + kept.get();
    }
}
