package io.varve.storage.chunkstore;

import io.varve.storage.cache.RawCache;
import io.varve.storage.fingerprint.Fingerprint;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Decoded chunks on disk, below those in memory: what took more than one read to have, because it stands on others, lies in a frame or in
 * a slower tier, is there for the next reader by one. A chunk is named by its content, so it is right or absent; without the cache, or
 * with one that fails, everything is read from where it is stored. Thread-safe.
 */
public final class DecodedChunks {
    private final Optional<RawCache> cache;

    /** @param cache where they lie; empty to keep none */
    public DecodedChunks(Optional<RawCache> cache) {
        this.cache = cache;
    }

    /** Keeps nothing. */
    static DecodedChunks none() {
        return new DecodedChunks(Optional.empty());
    }

    /** Those of the chunks that are here, to be changed as the caller likes. */
    Map<Fingerprint, byte[]> find(Collection<Fingerprint> chunks) {
        Map<Fingerprint, byte[]> found = new HashMap<>();
        if (cache.isPresent() && !chunks.isEmpty()) {
            List<Fingerprint> order = List.copyOf(chunks);
            List<byte[]> keys = new ArrayList<>(order.size());
            for (Fingerprint chunk : order) {
                keys.add(key(chunk));
            }
            var values = cache.get().getMany(keys);
            for (int i = 0; i < values.size(); i++) {
                byte[] value = values.get(i);
                if (value != null) {
                    found.put(order.get(i), value);
                }
            }
        }
        return found;
    }

    /** Offers a chunk that was verified; it may be dropped. */
    void offer(Fingerprint chunk, byte[] plain) {
        cache.ifPresent(disk -> disk.offer(key(chunk), ByteBuffer.wrap(plain), RawCache.Keeping.PLAIN));
    }

    /** Says that a chunk was served from nearer at hand. */
    void touch(Fingerprint chunk) {
        cache.ifPresent(disk -> disk.touch(key(chunk)));
    }

    /** Lets go of chunks that are no longer in the store. */
    void forget(Collection<Fingerprint> chunks) {
        cache.ifPresent(disk -> {
            for (Fingerprint chunk : chunks) {
                byte[] key = key(chunk);
                if (disk.mayContain(key)) {
                    disk.delete(key);
                }
            }
        });
    }

    /** The key that a chunk has in the cache. */
    public static byte[] key(Fingerprint chunk) {
        ByteBuffer key = ByteBuffer.allocate(Fingerprint.BYTES);
        chunk.write(key);
        return key.array();
    }
}
