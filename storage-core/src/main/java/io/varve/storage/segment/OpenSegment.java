package io.varve.storage.segment;

import io.varve.storage.io.BlockDevice;
import io.varve.storage.io.BufferPool;
import io.varve.storage.sealing.FileSealer;
import io.varve.storage.sealing.FileStart;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A segment from its creation until all of it is synced: open (records are appended), then finished (nothing more will be
 * written). At any time it may fail: then what lies before {@link #intactEnd} stays, and nothing behind it will ever be there.
 */
final class OpenSegment {

    private final int id;
    private final BlockDevice device;

    /** What seals its records; null in clear. */
    private final @Nullable FileSealer sealer;

    /** The buffer that is being filled, and where in the file it begins. Both are guarded by the writer's lock. */
    private BufferPool.@Nullable Lease filling;

    private int fillingFrom;

    private final AtomicInteger intactEnd = new AtomicInteger(Integer.MAX_VALUE);

    /** How often the file was changed, and how many of these changes a sync that has ended made durable. */
    private final AtomicLong changes = new AtomicLong();

    private volatile long durableChanges;
    private volatile int writtenEnd;
    private volatile boolean finished;

    /** Whether a sync has made the file's name durable; changed under the writer's sync lock. */
    private volatile boolean named;

    /** Guarded by this. */
    private boolean closed;

    OpenSegment(int id, BlockDevice device, @Nullable FileSealer sealer) {
        this.id = id;
        this.device = device;
        this.sealer = sealer;
    }

    @Nullable
    FileSealer sealer() {
        return sealer;
    }

    int id() {
        return id;
    }

    /** Where the next record begins. */
    int end() {
        return fillingFrom + (filling == null ? 0 : filling.buffer().position());
    }

    /** The buffer to fill, or null if there is none at the moment. */
    @Nullable
    ByteBuffer filling() {
        return filling == null ? null : filling.buffer();
    }

    void fill(BufferPool.Lease buffer) {
        filling = buffer;
    }

    /** Takes the filled buffer away; filling goes on behind it. */
    BufferPool.Lease takeFilled() {
        BufferPool.Lease filled = filling;
        if (filled == null) {
            throw new IllegalStateException("No buffer is being filled.");
        }
        fillingFrom += filled.buffer().position();
        filling = null;
        return filled;
    }

    int fillingFrom() {
        return fillingFrom;
    }

    void write(ByteBuffer bytes, int offset) throws IOException {
        int length = bytes.remaining();
        device.write(bytes, offset);
        changes.incrementAndGet();
        writtenEnd = offset + length;
    }

    /** Up to where the file's bytes can be read. */
    int writtenEnd() {
        return writtenEnd;
    }

    /** From now on nothing at or behind the offset counts as stored. */
    void fail(int offset) {
        intactEnd.accumulateAndGet(offset, Math::min);
    }

    boolean hasFailed() {
        return intactEnd.get() != Integer.MAX_VALUE;
    }

    int intactEnd() {
        return intactEnd.get();
    }

    boolean isEmpty() {
        return intactEnd.get() <= (sealer == null ? RecordFormat.FIRST_OFFSET : FileStart.endMax());
    }

    /** Gives back to the disk what a failed write left behind the intact end; that it is there does no harm, though. */
    synchronized void cutOff() throws IOException {
        int end = intactEnd.get() & -BlockDevice.BLOCK;
        if (!closed && device.size() > end && end >= writtenEnd) {
            device.truncate(end);
            changes.incrementAndGet();
        }
    }

    /** Every write was tried. */
    void finish() {
        finished = true;
    }

    boolean isNamed() {
        return named;
    }

    void named() {
        named = true;
    }

    /** Whether bytes or the name are not durable, or the file is to be closed. What a sync is at work on is not durable yet. */
    boolean needsSync() {
        return durableChanges < changes.get() || finished || !named;
    }

    /**
     * Makes durable what is written; a finished segment is then closed.
     *
     * @return whether there was something to sync
     */
    synchronized boolean sync() throws IOException {
        boolean last = finished;
        long covered = changes.get();
        boolean synced = !closed && durableChanges < covered;
        if (synced) {
            device.sync();
            durableChanges = covered;
        }
        if (last) {
            close();
        }
        return synced;
    }

    synchronized boolean isClosed() {
        return closed;
    }

    synchronized void close() throws IOException {
        if (!closed) {
            closed = true;
            device.close();
        }
    }
}
