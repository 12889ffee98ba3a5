package io.varve.storage.chunkstore;

import io.varve.storage.cache.RawCache;
import io.varve.storage.fingerprint.Fingerprint;
import io.varve.storage.io.CorruptionException;
import io.varve.storage.sealing.FileSealer;
import io.varve.storage.sealing.LentBytes;
import io.varve.storage.sealing.Pseudonyms;
import io.varve.storage.sealing.Sealing;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Decoded chunks on disk, below those in memory: what took more than one read to have, because it stands on others, lies in a frame or in
 * a slower tier, is there for the next reader by one. A chunk is named by its content, so it is right or absent; without the cache, or
 * with one that fails, everything is read from where it is stored. Thread-safe.
 *
 * <p>Where files are encrypted, so is what lies here: under a key that lives in memory alone, for as long as the store is open, and under names that do
 * not tell the fingerprints. Nobody can open it afterwards, not even the next run, which begins with an empty cache.
 */
public final class DecodedChunks {
    private final Supplier<Optional<RawCache>> cache;

    /** What the values are sealed with, and the names they have; empty in clear. */
    private final Optional<Sealed> sealed;

    private record Sealed(FileSealer sealer, Pseudonyms names) {}

    /**
     * Those in a cache.
     *
     * @param cache where they lie now; empty to keep none
     * @param sealing whether they are encrypted; then no cache has any of another run in it
     */
    public DecodedChunks(Supplier<Optional<RawCache>> cache, Sealing sealing) {
        this.cache = cache;
        this.sealed = sealing.newKey().map(sealer -> new Sealed(sealer, new Pseudonyms()));
    }

    /** Keeps nothing. */
    static DecodedChunks none() {
        return new DecodedChunks(Optional::empty, Sealing.NONE);
    }

    /** Those of the chunks that are here, to be changed as the caller likes. */
    Map<Fingerprint, byte[]> find(Collection<Fingerprint> chunks) {
        Map<Fingerprint, byte[]> found = new HashMap<>();
        RawCache disk = cache.get().orElse(null);
        if (disk != null && !chunks.isEmpty()) {
            List<Fingerprint> order = List.copyOf(chunks);
            List<byte[]> keys = new ArrayList<>(order.size());
            for (Fingerprint chunk : order) {
                keys.add(key(chunk));
            }
            var values = disk.getMany(keys);
            for (int i = 0; i < values.size(); i++) {
                byte[] value = values.get(i);
                byte[] plain = value == null || sealed.isEmpty() ? value : opened(sealed.get(), value);
                if (plain != null) {
                    found.put(order.get(i), plain);
                }
            }
        }
        return found;
    }

    /** Offers a chunk that was verified; it may be dropped. */
    void offer(Fingerprint chunk, byte[] plain) {
        cache.get().ifPresent(disk -> {
            byte[] value = sealed.isEmpty() ? plain : closed(sealed.get(), plain);
            disk.offer(key(chunk), ByteBuffer.wrap(value), RawCache.Keeping.PLAIN);
        });
    }

    private static byte[] closed(Sealed keys, byte[] plain) {
        try (LentBytes bytes = keys.sealer().seal(ByteBuffer.wrap(plain))) {
            return ByteBuffer.allocate(Long.BYTES + bytes.bytes().remaining())
                    .putLong(bytes.number())
                    .put(bytes.bytes())
                    .array();
        }
    }

    /** What cannot be opened is not there. */
    private static byte @Nullable [] opened(Sealed keys, byte[] value) {
        if (value.length < Long.BYTES) {
            return null;
        }
        ByteBuffer bytes = ByteBuffer.wrap(value);
        try (LentBytes plain = keys.sealer().key().open(bytes.getLong(), bytes)) {
            byte[] chunk = new byte[plain.bytes().remaining()];
            plain.bytes().get(chunk);
            return chunk;
        } catch (CorruptionException e) {
            return null;
        }
    }

    /** Says that a chunk was served from nearer at hand. */
    void touch(Fingerprint chunk) {
        cache.get().ifPresent(disk -> disk.touch(key(chunk)));
    }

    /** Lets go of chunks that are no longer in the store. */
    void forget(Collection<Fingerprint> chunks) {
        cache.get().ifPresent(disk -> {
            for (Fingerprint chunk : chunks) {
                byte[] key = key(chunk);
                if (disk.mayContain(key)) {
                    disk.delete(key);
                }
            }
        });
    }

    /** The key that a chunk has in the cache. */
    public byte[] key(Fingerprint chunk) {
        ByteBuffer key = ByteBuffer.allocate(Fingerprint.BYTES);
        chunk.write(key);
        return sealed.isEmpty() ? key.array() : sealed.get().names().of(key.array());
    }
}
