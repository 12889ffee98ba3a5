package io.varve.storage.cache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.varve.storage.fingerprint.Fingerprint;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Decoded, verified chunks in memory, bounded in bytes. What is kept is Caffeine's choice (W-TinyLFU: Einziger, Friedman and Manes,
 * "TinyLFU: a highly efficient cache admission policy", ACM TOS 2017), which a single pass over a large file does not empty. A chunk is
 * named by its content, so an entry is right or absent and never has to be taken back. Thread-safe.
 */
public final class MemoryCache {
    /** What an entry takes beside its bytes: the key, the array's header, Caffeine's node and table. */
    private static final int ENTRY_OVERHEAD_BYTES = 160;

    private final Cache<Fingerprint, byte[]> chunks;
    private final LongAdder hits = new LongAdder();
    private final LongAdder misses = new LongAdder();

    /**
     * Makes an empty cache.
     *
     * @param bytesMax the memory it may take; 0 for none
     */
    public MemoryCache(long bytesMax) {
        // Maintenance is short and runs in whatever thread comes by, so that no other pool is needed.
        this.chunks = Caffeine.newBuilder()
                .maximumWeight(bytesMax)
                .<Fingerprint, byte[]>weigher((ignored, plain) -> plain.length + ENTRY_OVERHEAD_BYTES)
                .executor(Runnable::run)
                .build();
    }

    /**
     * Looks a chunk up.
     *
     * @return its plain bytes, not to be changed; null if it is not here
     */
    public byte @Nullable [] get(Fingerprint chunk) {
        byte[] plain = chunks.getIfPresent(chunk);
        (plain == null ? misses : hits).increment();
        return plain;
    }

    /** Looks a chunk up for another purpose than to serve it: neither counted nor kept longer for it. */
    public byte @Nullable [] peek(Fingerprint chunk) {
        return chunks.policy().getIfPresentQuietly(chunk);
    }

    /**
     * Offers a chunk that was read and verified; it may be dropped.
     *
     * @param plain its bytes, which nobody changes from now on
     */
    public void offer(Fingerprint chunk, byte[] plain) {
        chunks.put(chunk, plain);
    }

    /** Look-ups that found their chunk. */
    public long hits() {
        return hits.sum();
    }

    /** Look-ups that did not. */
    public long misses() {
        return misses.sum();
    }

    /** The memory taken now, in bytes. */
    public long bytes() {
        return chunks.policy().eviction().orElseThrow().weightedSize().orElseThrow();
    }
}
