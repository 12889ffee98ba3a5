package io.varve.storage.metadata;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.io.IOException;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLongArray;
import org.jspecify.annotations.Nullable;

/**
 * The rows that requests look at most, buckets and current entries, in memory: one that is here costs no call into the database.
 * Thread-safe.
 *
 * <p>What is here is what the database has. A change is applied first, then counted in its key's stripe, then takes the row out; who reads
 * a row of the database keeps it only if the stripe's count is as it was before the reading, in one step with the keeping. So a row that
 * was read before a change is either not kept, or taken out by the change, and a change that was answered is seen by all who ask later.
 */
final class RowCache {
    private static final Set<Family> FAMILIES = EnumSet.of(Family.BUCKETS, Family.NOW);

    /** What a row takes beside its bytes: two arrays, a key and Caffeine's node. */
    private static final int ROW_OVERHEAD_BYTES = 160;

    /** Rows with longer values, which are of large files, would each drive out many others. */
    private static final int VALUE_BYTES_MAX = 4096;

    private static final int STRIPES = 1024;

    private final Cache<Key, byte[]> rows;
    private final AtomicLongArray changes = new AtomicLongArray(STRIPES);

    private static final class Key {
        private final Family family;
        private final byte[] bytes;
        private final int hash;

        Key(Family family, byte[] bytes) {
            this.family = family;
            this.bytes = bytes;
            hash = 31 * family.id() + Arrays.hashCode(bytes);
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Key that && family == that.family && Arrays.equals(bytes, that.bytes);
        }

        @Override
        public int hashCode() {
            return hash;
        }

        private int stripe() {
            return (hash ^ (hash >>> 16)) & (STRIPES - 1);
        }
    }

    /** Where a row is that is not here. */
    @FunctionalInterface
    interface Source {
        byte @Nullable [] get(Family family, byte[] key) throws IOException;
    }

    /** @param bytes how much all rows may take, about */
    RowCache(long bytes) {
        rows = Caffeine.newBuilder()
                .maximumWeight(bytes)
                .weigher((Key key, byte[] value) -> key.bytes.length + value.length + ROW_OVERHEAD_BYTES)
                .executor(Runnable::run)
                .build();
    }

    static boolean holds(Family family) {
        return FAMILIES.contains(family);
    }

    /** The value of a key, not to be changed; null if it has none. */
    byte @Nullable [] get(Family family, byte[] name, Source source) throws IOException {
        Key key = new Key(family, name);
        byte[] kept = rows.getIfPresent(key);
        if (kept != null) {
            return kept;
        }
        int stripe = key.stripe();
        long before = changes.get(stripe);
        byte[] read = source.get(family, name);
        if (read != null && read.length <= VALUE_BYTES_MAX) {
            rows.asMap().compute(key, (ignored, present) -> changes.get(stripe) == before ? read : present);
        }
        return read;
    }

    /** To be called with every changed key once the change is applied, and before it is answered. */
    void changed(Family family, byte[] name) {
        Key key = new Key(family, name);
        changes.incrementAndGet(key.stripe());
        rows.invalidate(key);
    }
}
