package io.varve.storage.metadata;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Slice;

/** A RocksDB iterator that stops at its range's end by itself and outlives neither its store nor its {@link #close}. */
final class RocksCursor implements Cursor {
    private final RocksMetadataStore store;
    private final ReadOptions options;
    private final @Nullable Slice end;
    private final RocksIterator iterator;
    private final byte[] from;

    private boolean started;
    private boolean ended;

    /** Changed under the store's gate only. */
    private boolean released;

    /** Where this cursor stands; both null if on no key. */
    private byte @Nullable [] key;

    private byte @Nullable [] value;

    /** Takes over the native objects; {@code end} is the bound in {@code options}. */
    RocksCursor(
            RocksMetadataStore store, ReadOptions options, @Nullable Slice end, RocksIterator iterator, byte[] from) {
        this.store = store;
        this.options = options;
        this.end = end;
        this.iterator = iterator;
        this.from = from;
    }

    @Override
    public boolean next() throws IOException {
        key = null;
        value = null;
        long stamp = store.enter();
        try {
            if (released) {
                throw new IOException("The cursor is closed");
            }
            if (ended || !advance()) {
                return false;
            }
            key = iterator.key();
            value = iterator.value();
            return true;
        } catch (RocksDBException e) {
            throw store.translate(e);
        } finally {
            store.leave(stamp);
        }
    }

    @Override
    public byte[] key() {
        return requirePosition(key);
    }

    @Override
    public byte[] value() {
        return requirePosition(value);
    }

    @Override
    public void close() {
        key = null;
        value = null;
        store.release(this);
    }

    /** Frees the native objects; called once, under the store's gate. */
    void free() {
        released = true;
        iterator.close();
        options.close();
        if (end != null) {
            end.close();
        }
    }

    private boolean advance() throws RocksDBException {
        if (started) {
            iterator.next();
        } else {
            iterator.seek(from);
            started = true;
        }
        if (iterator.isValid()) {
            return true;
        }
        // An iterator that meets damage ends like one that has seen everything.
        iterator.status();
        ended = true;
        return false;
    }

    private static byte[] requirePosition(byte @Nullable [] bytes) {
        if (bytes == null) {
            throw new IllegalStateException("the cursor stands on no key");
        }
        return bytes;
    }
}
