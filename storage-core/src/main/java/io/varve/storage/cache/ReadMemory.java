package io.varve.storage.cache;

import io.varve.storage.io.AlignedBuffers;
import io.varve.storage.io.BlockDevice;
import io.varve.storage.io.HugePages;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
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
    private final boolean hugePages;
    private final AtomicLong taken = new AtomicLong();
    private final AtomicLong kept = new AtomicLong();

    @SuppressWarnings({"unchecked", "rawtypes"}) // Java has no arrays of parameterised types.
    private final Queue<ByteBuffer>[] idle = new Queue[CLASSES];

    /**
     * With nothing taken.
     *
     * @param hugePages whether buffers share huge pages, as far as there are any: for long reads
     */
    ReadMemory(long bytesMax, boolean hugePages) {
        this.bytesMax = bytesMax;
        this.hugePages = hugePages;
        for (int i = 0; i < CLASSES; i++) {
            idle[i] = new ConcurrentLinkedQueue<>();
        }
    }

    private static int sizeClass(int bytes) {
        int blocks = (bytes + BlockDevice.BLOCK - 1) / BlockDevice.BLOCK;
        return Integer.SIZE - Integer.numberOfLeadingZeros(Math.max(1, blocks) - 1);
    }

    /** What a buffer for so many bytes takes. */
    static int capacity(int bytes) {
        return BlockDevice.BLOCK << sizeClass(bytes);
    }

    /** A buffer of at least so many bytes, its limit there; null if too much is taken. */
    @Nullable
    ByteBuffer take(int bytes) {
        int size = sizeClass(bytes);
        int capacity = capacity(bytes);
        if (taken.addAndGet(capacity) > bytesMax && taken.get() > capacity) {
            taken.addAndGet(-capacity);
            return null;
        }
        ByteBuffer buffer = idle[size].poll();
        if (buffer == null) {
            buffer = allocate(capacity);
        } else {
            kept.addAndGet(-capacity);
        }
        return buffer.clear().limit(bytes);
    }

    /** Buffers that share a huge page are made together; the others of them wait for their use. */
    private ByteBuffer allocate(int capacity) {
        Optional<List<ByteBuffer>> several =
                hugePages && HugePages.count(capacity) > 1 ? HugePages.allocate(capacity) : Optional.empty();
        if (several.isEmpty()) {
            return AlignedBuffers.allocate(capacity);
        }
        List<ByteBuffer> others = several.get().subList(1, several.get().size());
        kept.addAndGet((long) capacity * others.size());
        idle[sizeClass(capacity)].addAll(others);
        return several.get().getFirst();
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
