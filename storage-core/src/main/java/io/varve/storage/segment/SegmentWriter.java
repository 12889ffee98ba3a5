package io.varve.storage.segment;

import io.varve.storage.fingerprint.Checksums;
import io.varve.storage.io.AlignedBuffers;
import io.varve.storage.io.BufferPool;
import io.varve.storage.io.DeviceDirectory;
import io.varve.storage.io.NoSpaceException;
import io.varve.storage.sealing.FileSealer;
import io.varve.storage.sealing.LentBytes;
import java.io.Closeable;
import java.io.IOException;
import java.io.SyncFailedException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The writing half of the store. Appenders copy records into the open segment's buffer under one lock; one thread, the flusher,
 * writes full buffers in their order. Since buffers are few, appenders wait when the disk does not keep up.
 *
 * <p><b>Failed writes.</b> Writes of a segment go out in order, so when one fails, exactly what lies before it is intact. Later
 * writes of that segment are dropped, the next append begins a new one, and {@link #flush} tells.
 *
 * <p><b>Failed syncs</b> are final: nothing is appended, flushed or synced any more.
 */
final class SegmentWriter implements Closeable {

    private final Tier tier;
    private final DeviceDirectory directory;
    private final SegmentOptions options;
    private final SegmentCatalog catalog;
    private final ReadHandles handles;
    private final SegmentCounters counters;
    private final SegmentKeys keys;
    private final RecordFormat format;
    private final WriteBuffers buffers;
    private final Flusher flusher;

    /** Segments that are not synced to their end; the open one is among them. */
    private final Map<Integer, OpenSegment> unsynced = new ConcurrentSkipListMap<>();

    private final FailedWrites failed = new FailedWrites();

    /** Guards what appenders change: the open segment and its buffer. Held while waiting for a buffer. */
    private final Object appending = new Object();

    private final Object syncing = new Object();

    /** Shared by the writers of all tiers; held as a lock while a file is made. */
    private final AtomicInteger nextId;

    /** The key of the open segment or the next one, null in clear. It is used before the lock is taken, and again if the segment was ended meanwhile. */
    private volatile @Nullable FileSealer sealer;

    private @Nullable OpenSegment open;
    private boolean closed;
    private volatile @Nullable IOException failedSync;

    SegmentWriter(
            Tier tier,
            AtomicInteger nextId,
            DeviceDirectory directory,
            SegmentOptions options,
            SegmentCatalog catalog,
            ReadHandles handles,
            SegmentCounters counters,
            SegmentKeys keys) {
        this.tier = tier;
        this.nextId = nextId;
        this.directory = directory;
        this.options = options;
        this.catalog = catalog;
        this.handles = handles;
        this.counters = counters;
        this.keys = keys;
        this.sealer = keys.sealing().newKey().orElse(null);
        this.format = new RecordFormat(keys.storeId());
        this.buffers = new WriteBuffers(options);
        this.flusher = new Flusher("varve-segment-flusher-" + tier.text());
    }

    /** @param pin told the segment before the record is in it */
    SegmentAddress append(ChunkRecord chunk, ByteBuffer payload, IntConsumer pin) throws IOException {
        int length = payload.remaining();
        if (length > options.payloadBytesMax()) {
            throw new IllegalArgumentException("A payload of " + length + " bytes is more than a record takes ("
                    + options.payloadBytesMax() + ").");
        }
        FileSealer key = sealer;
        if (key != null) {
            return appendSealed(key, chunk, payload, pin);
        }
        RecordHeader header = new RecordHeader(chunk, length, Checksums.crc32c(payload));
        synchronized (appending) {
            OpenSegment segment = segmentFor(RecordFormat.HEADER_BYTES + length);
            pin.accept(segment.id());
            return append(segment, format.encode(segment.id(), segment.end(), header), payload.duplicate());
        }
    }

    private SegmentAddress appendSealed(FileSealer key, ChunkRecord chunk, ByteBuffer payload, IntConsumer pin)
            throws IOException {
        int length = payload.remaining() + RecordFormat.OVERHEAD;
        LentBytes sealed = format.seal(key, chunk, payload);
        try {
            synchronized (appending) {
                OpenSegment segment = segmentFor(RecordFormat.HEADER_BYTES + length);
                FileSealer actual = segment.sealer();
                if (actual != null && actual != key) {
                    sealed.close();
                    sealed = format.seal(actual, chunk, payload);
                }
                pin.accept(segment.id());
                return append(
                        segment,
                        format.encodeSealed(segment.id(), segment.end(), sealed),
                        sealed.bytes().position(RecordFormat.SECRET_BYTES));
            }
        } finally {
            sealed.close();
        }
    }

    /** Under the lock. */
    private SegmentAddress append(OpenSegment segment, ByteBuffer header, ByteBuffer payload) throws IOException {
        int offset = segment.end();
        int length = payload.remaining();
        try {
            put(segment, header);
            put(segment, payload);
        } catch (IOException e) {
            fail(segment, offset);
            throw e;
        }
        counters.recordsAppended.increment();
        counters.bytesAppended.add(RecordFormat.HEADER_BYTES + length);
        return new SegmentAddress(segment.id(), offset, length);
    }

    /** Everything that was appended before is written, or has failed; failures stay to be told by {@link #flush}. */
    void drain() {
        synchronized (appending) {
            OpenSegment segment = open;
            if (segment != null) {
                pad(segment);
            }
        }
        // Also through an interrupt: how the writes ended has to be known.
        flusher.await();
    }

    /** Like {@link #drain}, and tells what has failed since the last call: one failure, the others attached to it. */
    void flush() throws IOException {
        requireWorking();
        drain();
        IOException failure = failed.take();
        if (failure != null) {
            throw failure;
        }
    }

    /** Whether {@link #sync} would do, or refuse, anything. */
    boolean needsSync() {
        return failedSync != null || unsynced.values().stream().anyMatch(OpenSegment::needsSync);
    }

    void sync() throws IOException {
        synchronized (syncing) {
            requireWorking();
            try {
                syncNames();
                for (OpenSegment segment : unsynced.values()) {
                    if (segment.sync()) {
                        counters.syncs.increment();
                    }
                }
                unsynced.values().removeIf(OpenSegment::isClosed);
            } catch (IOException e) {
                failedSync = e;
                throw e;
            }
        }
    }

    /** Ends the open segment; the next append begins a new one. */
    void seal() {
        synchronized (appending) {
            finishOpen();
        }
        flusher.await();
    }

    /** Whether the segment may still change: it is open, or not synced to its end. */
    boolean isOpen(int id) {
        return unsynced.containsKey(id);
    }

    /** Waits until the bytes before an offset are in the file, or have failed. */
    void awaitWritten(int id, long end) {
        OpenSegment segment = unsynced.get(id);
        if (segment != null && end > segment.writtenEnd() && !segment.hasFailed()) {
            drain();
        }
    }

    /** Up to where a segment's file is written and will not change any more. */
    long writtenEnd(int id, long fileBytes) {
        OpenSegment segment = unsynced.get(id);
        return segment == null ? fileBytes : segment.writtenEnd();
    }

    boolean isIntact(SegmentAddress address) {
        return failed.isIntact(address);
    }

    /** Nobody will ask about this segment any more. */
    void forget(int id) {
        failed.forget(id);
    }

    long waitingBytes() {
        return buffers.leasedBytes();
    }

    @Override
    public void close() throws IOException {
        synchronized (appending) {
            closed = true;
            finishOpen();
        }
        flusher.await();
        flusher.shutdown();
        try {
            if (failedSync == null) {
                sync();
            }
        } finally {
            for (OpenSegment segment : unsynced.values()) {
                segment.close();
            }
        }
    }

    private void requireWorking() throws SyncFailedException {
        IOException cause = failedSync;
        if (cause != null) {
            SyncFailedException refusal = new SyncFailedException(
                    "Segments take no more data since a sync failed, until a restart: " + cause.getMessage());
            refusal.initCause(cause);
            throw refusal;
        }
    }

    private OpenSegment segmentFor(int bytes) throws IOException {
        requireWorking();
        if (closed) {
            throw new IOException("The segment store is closed.");
        }
        OpenSegment segment = open;
        if (segment != null && (segment.hasFailed() || segment.end() > options.segmentBytes() - bytes)) {
            finishOpen();
            segment = null;
        }
        return segment == null ? start() : segment;
    }

    private OpenSegment start() throws IOException {
        if (directory.usableBytes() < options.writeBufferBytes()) {
            throw new NoSpaceException("A new segment needs " + options.writeBufferBytes() + " bytes at least, but "
                    + directory + " has only " + directory.usableBytes() + " left. Free some space there.");
        }
        BufferPool.Lease buffer = buffers.take();
        try {
            OpenSegment segment = create();
            int id = segment.id();
            buffer.buffer().put(keys.begin(id, segment.sealer()));
            segment.fill(buffer);
            // Known as open before it is known at all: who lists the segments must not take a new one for a finished
            // one.
            unsynced.put(id, segment);
            catalog.add(id, tier, 0);
            open = segment;
            return segment;
        } catch (IOException e) {
            buffer.close();
            throw NoSpaceException.explain("A new segment", options.writeBufferBytes(), directory, e);
        }
    }

    /** An id is taken when its file is there, so a disk that makes no files does not use them up. */
    private OpenSegment create() throws IOException {
        synchronized (nextId) {
            int id = nextId.get();
            OpenSegment segment = new OpenSegment(id, directory.create(SegmentNames.name(id)), sealer);
            nextId.set(Math.incrementExact(id));
            return segment;
        }
    }

    private void finishOpen() {
        OpenSegment segment = open;
        if (segment != null) {
            pad(segment);
            open = null;
            sealer = keys.sealing().newKey().orElse(null);
            flusher.handOver(() -> finish(segment));
        }
    }

    private void put(OpenSegment segment, ByteBuffer source) throws IOException {
        while (source.hasRemaining()) {
            ByteBuffer buffer = segment.filling();
            if (buffer == null) {
                segment.fill(buffers.take());
                continue;
            }
            int length = Math.min(buffer.remaining(), source.remaining());
            buffer.put(buffer.position(), source, source.position(), length);
            buffer.position(buffer.position() + length);
            source.position(source.position() + length);
            if (!buffer.hasRemaining()) {
                submit(segment);
            }
        }
    }

    /** Ends a sync group: what is synced once is never written again, so the rest of its last block stays zero. */
    private void pad(OpenSegment segment) {
        ByteBuffer buffer = segment.filling();
        if (buffer == null) {
            return;
        }
        int padded = (int) AlignedBuffers.roundUp(buffer.position());
        counters.paddingBytes.add(padded - buffer.position());
        while (buffer.position() < padded) {
            buffer.put((byte) 0);
        }
        submit(segment);
    }

    private void submit(OpenSegment segment) {
        int offset = segment.fillingFrom();
        BufferPool.Lease filled = segment.takeFilled();
        flusher.handOver(() -> write(segment, offset, filled));
    }

    /** On the flusher. */
    private void write(OpenSegment segment, int offset, BufferPool.Lease filled) {
        ByteBuffer bytes = filled.buffer().flip();
        int length = bytes.remaining();
        try (filled) {
            if (offset < segment.intactEnd()) {
                counters.writes.increment();
                segment.write(bytes, offset);
                catalog.resize(segment.id(), offset + length);
            }
        } catch (IOException | RuntimeException | Error e) {
            // Whatever it was, nobody may take the bytes for written.
            IOException cause = e instanceof IOException io ? io : new IOException(e);
            fail(segment, offset);
            failed.report(NoSpaceException.explain(
                    "The segment " + SegmentNames.name(segment.id()) + " from " + offset, length, directory, cause));
        }
    }

    private void fail(OpenSegment segment, int offset) {
        counters.failedWrites.increment();
        failed.note(segment.id(), offset);
        segment.fail(offset);
    }

    /** On the flusher, after the last write of a segment. What remains of a failed one is only a matter of tidiness. */
    private void finish(OpenSegment segment) {
        segment.finish();
        try {
            if (segment.isEmpty()) {
                segment.close();
                unsynced.remove(segment.id());
                handles.delete(segment.id());
            } else if (segment.hasFailed()) {
                segment.cutOff();
            }
        } catch (IOException ignored) {
            counters.failedDeletions.increment();
        }
    }

    private void syncNames() throws IOException {
        boolean unnamed = unsynced.values().stream().anyMatch(segment -> !segment.isNamed());
        if (unnamed) {
            List<OpenSegment> covered = List.copyOf(unsynced.values());
            directory.sync();
            covered.forEach(OpenSegment::named);
        }
    }
}
