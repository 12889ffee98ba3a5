package io.varve.storage.segment;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A read buffer that goes back to its pool when the last of its users has let go. The creator is the first user. */
final class SharedBuffer {

    private final ByteBuffer bytes;
    private final @Nullable ReadBuffers origin;
    private final AtomicInteger users = new AtomicInteger(1);

    /** @param origin null for a buffer that belongs to no pool */
    SharedBuffer(ByteBuffer bytes, @Nullable ReadBuffers origin) {
        this.bytes = bytes;
        this.origin = origin;
    }

    ByteBuffer bytes() {
        return bytes;
    }

    SharedBuffer share() {
        users.incrementAndGet();
        return this;
    }

    void release() {
        if (users.decrementAndGet() == 0 && origin != null) {
            origin.release(bytes);
        }
    }
}
