package io.varve.storage.chunkstore;

import java.util.concurrent.atomic.LongAdder;

/** Running totals of what was written to the chunk store since it was opened. Thread-safe. */
public final class IngestStatistics {
    private final LongAdder chunksKnown = new LongAdder();
    private final LongAdder bytesKnown = new LongAdder();
    private final LongAdder chunksStored = new LongAdder();
    private final LongAdder bytesStored = new LongAdder();
    private final LongAdder bytesEncoded = new LongAdder();

    IngestStatistics() {}

    void known(long plainBytes) {
        chunksKnown.increment();
        bytesKnown.add(plainBytes);
    }

    void stored(long plainBytes, long encodedBytes) {
        chunksStored.increment();
        bytesStored.add(plainBytes);
        bytesEncoded.add(encodedBytes);
    }

    /** Chunks that arrived and were there already. */
    public long chunksKnown() {
        return chunksKnown.sum();
    }

    /** Plain bytes that arrived and were there already. */
    public long bytesKnown() {
        return bytesKnown.sum();
    }

    /** Chunks that arrived and were stored. */
    public long chunksStored() {
        return chunksStored.sum();
    }

    /** Plain bytes of the chunks that were stored. */
    public long bytesStored() {
        return bytesStored.sum();
    }

    /** What those take on disk. */
    public long bytesEncoded() {
        return bytesEncoded.sum();
    }
}
