package io.varve.storage.cache;

import java.nio.ByteBuffer;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Bytes that stay where they are until the pin is closed: in the memory of a {@link MemoryCache}, or in an array of their own. For one
 * thread at a time.
 */
public final class Pin implements AutoCloseable {
    private final ByteBuffer memory;
    private final int offset;
    private final int length;
    private final @Nullable Region region;
    private int holds;

    private Pin(ByteBuffer memory, int offset, int length, @Nullable Region region, int holds) {
        this.memory = memory;
        this.offset = offset;
        this.length = length;
        this.region = region;
        this.holds = holds;
    }

    /** Bytes on the heap, which nobody changes from now on. */
    public static Pin of(byte[] bytes) {
        return new Pin(ByteBuffer.wrap(bytes), 0, bytes.length, null, 0);
    }

    /** Takes over one hold on the region. */
    static Pin of(Region region, int offset, int length) {
        return new Pin(region.memory(), offset, length, region, 1);
    }

    /** How many bytes there are. */
    public int length() {
        return length;
    }

    /** The bytes, read-only; not to be touched after {@link #close}. */
    public ByteBuffer bytes() {
        return memory.slice(offset, length).asReadOnlyBuffer();
    }

    /** The bytes on the heap, copied if need be, not to be changed; with that this pin is closed. */
    public byte[] take() {
        if (memory.hasArray() && memory.arrayOffset() == 0 && memory.array().length == length) {
            return memory.array();
        }
        byte[] copy = new byte[length];
        memory.get(offset, copy);
        close();
        return copy;
    }

    /**
     * One pin in the place of two, where the second's bytes follow the first's in memory. The two must not be used any more.
     *
     * @return empty if the bytes lie apart; then both pins stay as they are
     */
    public Optional<Pin> join(Pin next) {
        if (region == null || next.region != region || offset + length != next.offset) {
            return Optional.empty();
        }
        Pin joined = new Pin(memory, offset, length + next.length, region, holds + next.holds);
        holds = 0;
        next.holds = 0;
        return Optional.of(joined);
    }

    /** Lets go; closing again does nothing. */
    @Override
    public void close() {
        if (region != null) {
            region.release(holds);
            holds = 0;
        }
    }
}
