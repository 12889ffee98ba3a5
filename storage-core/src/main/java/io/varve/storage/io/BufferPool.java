package io.varve.storage.io;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A bounded set of aligned direct buffers of one size. When all are taken, {@link #acquire} waits: that is how a full pool slows
 * clients down instead of exhausting memory. Waiters are served in order.
 *
 * <p>Buffers are made when first needed and then kept. Safe for any number of threads.
 */
public final class BufferPool {

    private final String setting;
    private final int bufferBytes;
    private final int limit;
    private final Duration timeout;
    private final Semaphore permits;
    private final Queue<ByteBuffer> idle = new ConcurrentLinkedQueue<>();

    /** Guarded by the queue, as is making more. */
    private int made;

    /**
     * @param setting the name of the setting that limits this pool, for messages
     * @param limitBytes how much memory the buffers may take in all; at least one buffer
     * @param bufferBytes the size of each buffer: a positive multiple of {@link BlockDevice#BLOCK}
     * @param timeout how long {@link #acquire} waits at most
     */
    public BufferPool(String setting, long limitBytes, int bufferBytes, Duration timeout) {
        if (bufferBytes <= 0 || bufferBytes % BlockDevice.BLOCK != 0) {
            throw new IllegalArgumentException(
                    "A buffer has a positive multiple of " + BlockDevice.BLOCK + " bytes, not " + bufferBytes + ".");
        }
        if (limitBytes < bufferBytes) {
            throw new IllegalArgumentException(
                    setting + " is " + limitBytes + " bytes, but a single buffer needs " + bufferBytes + ".");
        }
        this.setting = setting;
        this.bufferBytes = bufferBytes;
        this.limit = (int) Math.min(limitBytes / bufferBytes, Integer.MAX_VALUE);
        this.timeout = timeout;
        this.permits = new Semaphore(limit, true);
    }

    /**
     * Takes a buffer, waiting for one if need be. Its contents are undefined, its position 0 and its limit the capacity.
     *
     * @throws InterruptedIOException if the thread is interrupted; its interrupt status stays set
     * @throws IOException if none came free in time; the message names the setting
     */
    public Lease acquire() throws IOException {
        try {
            if (!permits.tryAcquire(timeout.toNanos(), TimeUnit.NANOSECONDS)) {
                throw new IOException("No buffer came free within " + timeout.toMillis() + " ms: all " + limit + " of "
                        + bufferBytes + " bytes are in use. Raise " + setting + ".");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            InterruptedIOException interrupted = new InterruptedIOException("Interrupted while waiting for a buffer.");
            interrupted.initCause(e);
            throw interrupted;
        }
        try {
            ByteBuffer buffer = idle.poll();
            return new Lease(buffer == null ? make() : buffer);
        } catch (OutOfMemoryError e) {
            permits.release();
            throw e;
        }
    }

    /** Several at once, where they share a huge page and the limit has room for all of them. */
    private ByteBuffer make() {
        synchronized (idle) {
            ByteBuffer given = idle.poll();
            if (given != null) {
                return given;
            }
            if (limit - made >= HugePages.count(bufferBytes)) {
                Optional<List<ByteBuffer>> several = HugePages.allocate(bufferBytes);
                if (several.isPresent()) {
                    made += several.get().size();
                    idle.addAll(several.get().subList(1, several.get().size()));
                    return several.get().getFirst();
                }
            }
            made++;
            return AlignedBuffers.allocate(bufferBytes);
        }
    }

    /** The size of every buffer. */
    public int bufferBytes() {
        return bufferBytes;
    }

    /** The most that all buffers together can take. */
    public long limitBytes() {
        return (long) limit * bufferBytes;
    }

    /** What is leased out at the moment. */
    public long leasedBytes() {
        return (long) (limit - permits.availablePermits()) * bufferBytes;
    }

    /** The right to use one buffer until it is closed; a second close does nothing. */
    public final class Lease implements AutoCloseable {

        private @Nullable ByteBuffer buffer;

        private Lease(ByteBuffer buffer) {
            this.buffer = buffer;
        }

        /**
         * The buffer. It, and any view of it, must not be touched after {@link #close}.
         *
         * @throws IllegalStateException if the lease is closed
         */
        public synchronized ByteBuffer buffer() {
            if (buffer == null) {
                throw new IllegalStateException("This buffer was given back.");
            }
            return buffer;
        }

        @Override
        public synchronized void close() {
            if (buffer != null) {
                idle.add(buffer.clear());
                buffer = null;
                permits.release();
            }
        }
    }
}
