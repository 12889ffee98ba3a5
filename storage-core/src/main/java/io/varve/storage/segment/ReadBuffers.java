package io.varve.storage.segment;

import io.varve.storage.io.AlignedBuffers;
import io.varve.storage.io.BlockDevice;
import io.varve.storage.io.HugePages;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The memory of all reads together: aligned buffers whose sizes are powers of two, under one limit in bytes. A batch takes all its
 * buffers at once, so that two batches never wait for each other's.
 *
 * <p>Given-back buffers are kept for the next read of their size. When another size is needed and the limit is reached, some are
 * dropped; the garbage collector then returns their memory. Buffers of the size that reads ahead take, which most bytes come through,
 * share huge pages ({@link HugePages}) as far as half the limit goes; those are kept for ever. Safe for any number of threads.
 */
final class ReadBuffers {

    private static final int SIZES = Integer.SIZE - 1;

    /** What a piece of neighbouring records takes at most ({@link SegmentReader}). */
    private static final int PIECE_BYTES = 1 << 20;

    private final long limitBytes;
    private final Duration patience;
    private final Semaphore blocks;

    /** Guarded by this, as is {@code madeBytes}; the index is the size's logarithm. */
    private final List<Deque<ByteBuffer>> idle = new ArrayList<>(SIZES);

    private long madeBytes;

    /** Guarded by this; those in huge pages, whether they are leased or not. */
    private final IdentityHashMap<ByteBuffer, Boolean> huge = new IdentityHashMap<>();

    private final Deque<ByteBuffer> idleHuge = new ArrayDeque<>();

    ReadBuffers(long limitBytes, Duration patience) {
        this.limitBytes = limitBytes & -BlockDevice.BLOCK;
        this.patience = patience;
        this.blocks = new Semaphore(blocks(this.limitBytes), true);
        for (int i = 0; i < SIZES; i++) {
            idle.add(new ArrayDeque<>());
        }
    }

    /** What a buffer for so many bytes takes. */
    static long bytesFor(int bytes) {
        return Math.max(BlockDevice.BLOCK, 2L * Integer.highestOneBit(Math.max(bytes - 1, 1)));
    }

    /**
     * Takes one buffer for each of the sizes, waiting if need be.
     *
     * @throws IllegalArgumentException if that is more than the limit, so that waiting would be in vain
     */
    List<ByteBuffer> acquire(List<Integer> sizes) throws IOException {
        long bytes = sizes.stream().mapToLong(ReadBuffers::bytesFor).sum();
        if (bytes > limitBytes) {
            throw new IllegalArgumentException("A batch that needs " + bytes
                    + " bytes of buffers is more than the limit of " + limitBytes + " for all reads together.");
        }
        await(bytes);
        List<ByteBuffer> buffers = new ArrayList<>(sizes.size());
        try {
            for (int size : sizes) {
                buffers.add(take((int) bytesFor(size)));
            }
            return buffers;
        } catch (OutOfMemoryError e) {
            long taken = buffers.stream().mapToLong(ByteBuffer::capacity).sum();
            buffers.forEach(this::release);
            blocks.release(blocks(bytes - taken));
            throw e;
        }
    }

    void release(ByteBuffer buffer) {
        synchronized (this) {
            Deque<ByteBuffer> sameSize = huge.containsKey(buffer) ? idleHuge : idle.get(index(buffer.capacity()));
            sameSize.push(buffer.clear());
        }
        blocks.release(blocks(buffer.capacity()));
    }

    long leasedBytes() {
        return limitBytes - (long) blocks.availablePermits() * BlockDevice.BLOCK;
    }

    private void await(long bytes) throws IOException {
        try {
            if (!blocks.tryAcquire(blocks(bytes), patience.toNanos(), TimeUnit.NANOSECONDS)) {
                throw new IOException("No memory came free within " + patience.toMillis() + " ms for a read of " + bytes
                        + " bytes: all " + limitBytes + " bytes for reads are in use.");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            InterruptedIOException interrupted =
                    new InterruptedIOException("Interrupted while waiting for read memory.");
            interrupted.initCause(e);
            throw interrupted;
        }
    }

    private synchronized ByteBuffer take(int size) {
        ByteBuffer buffer = size == PIECE_BYTES ? pollHuge() : null;
        if (buffer == null) {
            buffer = idle.get(index(size)).poll();
        }
        if (buffer == null) {
            makeRoom(size);
            buffer = AlignedBuffers.allocate(size);
            madeBytes += size;
        }
        return buffer;
    }

    private @Nullable ByteBuffer pollHuge() {
        ByteBuffer buffer = idleHuge.poll();
        long more = (long) PIECE_BYTES * HugePages.count(PIECE_BYTES);
        if (buffer == null && ((long) huge.size() * PIECE_BYTES + more) * 2 <= limitBytes) {
            HugePages.allocate(PIECE_BYTES).ifPresent(buffers -> {
                makeRoom((int) more);
                madeBytes += more;
                buffers.forEach(one -> huge.put(one, true));
                idleHuge.addAll(buffers);
            });
            buffer = idleHuge.poll();
        }
        return buffer;
    }

    private void makeRoom(int size) {
        for (Deque<ByteBuffer> sameSize : idle.reversed()) {
            while (madeBytes + size > limitBytes && !sameSize.isEmpty()) {
                madeBytes -= sameSize.pop().capacity();
            }
        }
    }

    private static int index(int size) {
        return Integer.numberOfTrailingZeros(size);
    }

    private static int blocks(long bytes) {
        return Math.toIntExact(bytes / BlockDevice.BLOCK);
    }
}
