package io.varve.storage.metadata;

import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Something to read metadata from: a store, a snapshot of one, or changes staged over either.
 *
 * <p>Arrays are passed by reference in both directions and are never changed by either side afterwards. Keys have 1 to
 * {@value Batch#KEY_BYTES_MAX} bytes and are ordered as unsigned bytes. All methods throw {@code CorruptionException} if the
 * store is damaged, and another {@link IOException} if it cannot be read or was closed.
 */
public interface MetadataView {
    /** Returns the value of a key, or null if the key is not there. */
    byte @Nullable [] get(Family family, byte[] key) throws IOException;

    /** Returns the values of the keys in the order of the keys, null for each that is not there. */
    List<byte @Nullable []> multiGet(Family family, List<byte[]> keys) throws IOException;

    /**
     * Opens a cursor over a range.
     *
     * @param from the lowest key; empty for the family's first
     * @param toExclusive the key before which the range ends; null for the family's end. A range that ends before it begins is empty
     */
    Cursor scan(Family family, byte[] from, byte @Nullable [] toExclusive) throws IOException;

    /** Opens a cursor over all keys that begin with the prefix. */
    default Cursor scanPrefix(Family family, byte[] prefix) throws IOException {
        return scan(family, prefix, Keys.afterPrefix(prefix));
    }

    /**
     * Returns a counter's value, 0 if the counter was never changed.
     *
     * @throws IllegalArgumentException if the family holds no counters
     */
    default long counter(Family family, byte[] key) throws IOException {
        Counters.requireCounters(family);
        byte[] value = get(family, key);
        return value == null ? 0 : Counters.decode(family, value);
    }
}
