package io.varve.storage.segment;

import io.varve.storage.io.BufferPool;
import java.io.IOException;
import java.io.InterruptedIOException;

/** The buffers of one tier's appenders, which wait here when the disk does not keep up. Thread-safe. */
final class WriteBuffers {
    private final BufferPool pool;

    WriteBuffers(SegmentOptions options) {
        pool = new BufferPool(
                "the number of segment write buffers",
                (long) options.writeBuffers() * options.writeBufferBytes(),
                options.writeBufferBytes(),
                options.patience());
    }

    /** A record that was begun must not be left half, so an interrupt only shows afterwards. */
    BufferPool.Lease take() throws IOException {
        boolean interrupted = Thread.interrupted();
        try {
            while (true) {
                try {
                    return pool.acquire();
                } catch (InterruptedIOException ignored) {
                    interrupted |= Thread.interrupted();
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    long leasedBytes() {
        return pool.leasedBytes();
    }
}
