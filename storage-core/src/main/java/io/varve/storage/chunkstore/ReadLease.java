package io.varve.storage.chunkstore;

import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Keeps everything readable that the store held when the lease was taken. Closing twice does nothing. Thread-safe.
 */
public final class ReadLease implements AutoCloseable {
    private final ReadLeases leases;
    private final long sequence;
    private final AtomicBoolean open = new AtomicBoolean(true);

    ReadLease(ReadLeases leases, long sequence) {
        this.leases = leases;
        this.sequence = sequence;
        leases.open(sequence);
    }

    @Override
    public void close() {
        if (open.compareAndSet(true, false)) {
            leases.close(sequence);
        }
    }
}
