package io.varve.storage.segment;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.Set;

/**
 * The right to append records, and the promise that the segments they went to stay until this is closed: nobody's metadata names
 * these records yet, so nobody else can know that they are needed. Close it when the commit that names them is durable, or when
 * they are given up. Safe for any number of threads.
 */
public final class SegmentLease implements AutoCloseable {

    private final SegmentStore store;
    private final SegmentPins pins;
    private final Tier tier;
    private final Set<Integer> pinned = new HashSet<>();
    private boolean closed;

    SegmentLease(SegmentStore store, SegmentPins pins, Tier tier) {
        this.store = store;
        this.pins = pins;
        this.tier = tier;
    }

    /**
     * Appends a record. Returns when the payload is copied, so its memory may be reused; it is on the disk after
     * {@link SegmentStore#flush}, durable after {@link SegmentStore#sync}. Waits when the disk does not keep up.
     *
     * @param payload the stored form: the remaining bytes; the buffer's position does not move
     * @return the record's place, to be named by a commit only if {@link SegmentStore#isIntact} after the flush
     * @throws io.varve.storage.io.NoSpaceException if the disk is full
     * @throws java.io.SyncFailedException if a sync has failed before
     * @throws IOException if no buffer came free in time, or a file could not be made
     * @throws IllegalArgumentException if the payload is larger than {@link SegmentOptions#payloadBytesMax}
     * @throws IllegalStateException if this is closed
     */
    public SegmentAddress append(ChunkRecord chunk, ByteBuffer payload) throws IOException {
        return store.append(tier, chunk, payload, this::pin);
    }

    /** Lets the segments go; closing again does nothing. */
    @Override
    public synchronized void close() {
        closed = true;
        pinned.forEach(store::unpin);
        pinned.clear();
    }

    private synchronized void pin(int segment) {
        if (closed) {
            throw new IllegalStateException("This lease is closed.");
        }
        if (pinned.add(segment)) {
            pins.pin(segment);
        }
    }
}
