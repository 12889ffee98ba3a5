package io.varve.storage.segment;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A record as it was read and verified, in the memory it was read into. That memory is scarce: take what you need, at best decode
 * right out of it, and close. Never wait for a client, or for another read, in between. For one thread at a time.
 */
public final class StoredChunk implements ChunkRead, AutoCloseable {

    private final SegmentAddress address;
    private final ChunkRecord chunk;
    private final ByteBuffer payload;
    private @Nullable SharedBuffer memory;

    StoredChunk(SegmentAddress address, ChunkRecord chunk, ByteBuffer payload, SharedBuffer memory) {
        this.address = address;
        this.chunk = chunk;
        this.payload = payload;
        this.memory = memory;
    }

    /** The same once more, to be closed by itself. */
    StoredChunk again() {
        SharedBuffer shared = memory;
        if (shared == null) {
            throw new IllegalStateException("This chunk's memory was given back.");
        }
        return new StoredChunk(address, chunk, payload, shared.share());
    }

    @Override
    public SegmentAddress address() {
        return address;
    }

    /** What the record's header says. Its fingerprint is the one that was asked for. */
    public ChunkRecord chunk() {
        return chunk;
    }

    /**
     * The payload: the remaining bytes of a direct, read-only buffer, not to be touched after {@link #close}.
     *
     * @throws IllegalStateException if this is closed
     */
    public ByteBuffer payload() {
        if (memory == null) {
            throw new IllegalStateException("This chunk's memory was given back.");
        }
        return payload.duplicate();
    }

    /** Gives the memory back; closing again does nothing. */
    @Override
    public void close() {
        if (memory != null) {
            memory.release();
            memory = null;
        }
    }
}
