package io.varve.storage.cache;

import io.varve.storage.io.AlignedBuffers;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * A bounded number of buffers for what waits to be written; with them gone, what is put waits or is dropped. For an entry that is larger
 * than a buffer there is one large one at a time. Thread-safe.
 */
final class BatchBuffers {
    private final int bytes;
    private final int buffersMax;
    private final Deque<ByteBuffer> idle = new ArrayDeque<>();
    private int made;
    private boolean largeTaken;
    private @Nullable ByteBuffer large;

    BatchBuffers(int bytes, int buffersMax) {
        this.bytes = bytes;
        this.buffersMax = buffersMax;
    }

    /** A buffer of at least so many bytes; null if none is free. */
    synchronized @Nullable ByteBuffer take(int needed) {
        if (needed > bytes) {
            return takeLarge(needed);
        }
        if (!idle.isEmpty()) {
            return idle.pop();
        }
        if (made == buffersMax) {
            return null;
        }
        made++;
        return AlignedBuffers.allocate(bytes);
    }

    private @Nullable ByteBuffer takeLarge(int needed) {
        if (largeTaken) {
            return null;
        }
        largeTaken = true;
        if (large == null || large.capacity() < needed) {
            large = AlignedBuffers.allocate((int) AlignedBuffers.roundUp(needed));
        }
        return large;
    }

    synchronized void give(ByteBuffer buffer) {
        if (buffer.capacity() > bytes) {
            largeTaken = false;
        } else {
            idle.push(buffer);
        }
    }

    /** How many can be taken now. */
    synchronized int free() {
        return buffersMax - made + idle.size();
    }

    /** How many are in use now. */
    synchronized int taken() {
        return made - idle.size() + (largeTaken ? 1 : 0);
    }

    /** The memory taken, outside the heap. */
    synchronized long bytes() {
        return (long) made * bytes + (large == null ? 0 : large.capacity());
    }
}
