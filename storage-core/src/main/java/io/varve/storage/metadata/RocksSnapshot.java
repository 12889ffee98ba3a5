package io.varve.storage.metadata;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.locks.StampedLock;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ReadOptions;
import org.rocksdb.Snapshot;

/**
 * A RocksDB snapshot and the options that read it.
 *
 * <p>Like the store it has a gate that reading shares and closing takes alone, so that nobody reads by freed options. Always this gate
 * first, then the store's; the store, when it closes, has shut its own and needs not this one.
 */
final class RocksSnapshot implements MetadataSnapshot {
    private final StampedLock gate = new StampedLock();
    private final RocksMetadataStore store;
    private final Snapshot snapshot;
    private final ReadOptions options;
    private boolean closed;

    RocksSnapshot(RocksMetadataStore store, Snapshot snapshot) {
        this.store = store;
        this.snapshot = snapshot;
        this.options = new ReadOptions().setSnapshot(snapshot);
    }

    @Override
    public byte @Nullable [] get(Family family, byte[] key) throws IOException {
        long stamp = enter();
        try {
            return store.get(options, family, key);
        } finally {
            gate.unlockRead(stamp);
        }
    }

    @Override
    public List<byte @Nullable []> multiGet(Family family, List<byte[]> keys) throws IOException {
        long stamp = enter();
        try {
            return store.multiGet(options, family, keys);
        } finally {
            gate.unlockRead(stamp);
        }
    }

    @Override
    public Cursor scan(Family family, byte[] from, byte @Nullable [] toExclusive) throws IOException {
        long stamp = enter();
        try {
            return store.scan(options, family, from, toExclusive);
        } finally {
            gate.unlockRead(stamp);
        }
    }

    @Override
    public void close() {
        long stamp = gate.writeLock();
        try {
            closed = true;
            store.release(this);
        } finally {
            gate.unlockWrite(stamp);
        }
    }

    Snapshot snapshot() {
        return snapshot;
    }

    /** Frees the options; called once, by the store. */
    void free() {
        options.close();
    }

    private long enter() throws IOException {
        long stamp = gate.readLock();
        if (closed) {
            gate.unlockRead(stamp);
            throw new IOException("The metadata snapshot is closed");
        }
        return stamp;
    }
}
