package io.varve.storage.chunkstore;

import io.varve.storage.cache.MemoryCache;
import io.varve.storage.cache.Pin;
import io.varve.storage.fingerprint.Fingerprint;
import io.varve.storage.metadata.Family;
import io.varve.storage.metadata.MetadataView;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.LongAdder;

/**
 * What is read to memory before somebody waits for it, or for several at once: ranges that a reader is likely to ask for next, chunks that were asked for
 * most before a restart, and what one reader brings for others. Thread-safe.
 */
public final class AheadReads {
    private final ChunkReader chunks;
    private final MetadataView view;
    private final MemoryCache memory;

    private final SharedReads shared;
    private final RangePrefetch ranges;
    private final LongAdder warmed = new LongAdder();

    /**
     * For one store.
     *
     * @param chunks brings chunks to memory
     * @param shared what its readers have on their way
     * @param budget bytes that may be read ahead for all readers
     */
    AheadReads(ChunkReader chunks, MetadataView view, MemoryCache memory, SharedReads shared, Semaphore budget) {
        this.chunks = chunks;
        this.view = view;
        this.memory = memory;
        this.shared = shared;
        this.ranges = new RangePrefetch(chunks, budget);
    }

    RangePrefetch ranges() {
        return ranges;
    }

    /** How many bytes were brought to memory before a reader of one range after the other asked for them. */
    public long rangesPrefetchedBytes() {
        return ranges.bytes();
    }

    /** How many bytes were read to memory by {@link #bring}. */
    public long warmedBytes() {
        return warmed.sum();
    }

    /** How many chunks were not read from where they are stored, because another reader had them on their way. */
    public long joined() {
        return shared.joined();
    }

    /**
     * Chunks in memory that were asked for more than once, those that were most often first.
     *
     * @param limit how many at most
     */
    public List<Fingerprint> hottest(int limit) {
        return memory.hottest(limit);
    }

    /** The memory there is for chunks, in bytes. */
    public long memoryBytes() {
        return memory.bytesMax();
    }

    /**
     * Reads chunks to memory, those of them that the store still has.
     *
     * @return how many bytes were read
     * @throws IOException if one of them cannot be read
     */
    public long bring(List<Fingerprint> wanted) throws IOException {
        var rows = view.multiGet(
                Family.CHUNKS, wanted.stream().map(ChunkKeys::chunk).toList());
        List<Fingerprint> present = new ArrayList<>();
        for (int i = 0; i < wanted.size(); i++) {
            if (rows.get(i) != null) {
                present.add(wanted.get(i));
            }
        }
        long bytes = 0;
        for (Pin pin : chunks.pin(present)) {
            bytes += pin.length();
            pin.close();
        }
        warmed.add(bytes);
        return bytes;
    }
}
