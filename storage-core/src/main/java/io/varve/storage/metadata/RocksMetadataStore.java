package io.varve.storage.metadata;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.locks.StampedLock;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.CompactRangeOptions;
import org.rocksdb.DBOptions;
import org.rocksdb.FlushOptions;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Slice;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/**
 * The metadata store on one machine: RocksDB, one column family for each {@link Family}.
 *
 * <p>RocksDB's own log is off, for the journal already is one, and its flushes are atomic over all families. Opened after a crash, the
 * store is therefore as it was after some batch, and the sequence that each batch puts into {@link Family#SYSTEM} tells which.
 *
 * <p>A closed native object that is used once more kills the process. So every call goes through a gate: calls share it, closing takes it
 * alone, closes what is still open and leaves the gate shut, after which calls are an {@link IOException}. Calls into RocksDB pin a
 * virtual thread's carrier, so each is short but {@link #compact}, which has a thread of its own.
 */
public final class RocksMetadataStore implements MetadataStore {
    private static final String DEFAULT_FAMILY = "default";

    /** Single rows on the heap may take this part of what blocks may take beside it. */
    private static final int ROWS_SHARE = 8;

    private final RocksErrors errors;
    private final StampedLock gate = new StampedLock();

    private final RocksTuning tuning;
    private final RocksDB database;
    private final Map<Family, ColumnFamilyHandle> handles;
    private final ReadOptions latest = new ReadOptions();
    private final WriteOptions unlogged = new WriteOptions().setDisableWAL(true);
    private final RowCache rows;
    private final Set<RocksCursor> cursors = ConcurrentHashMap.newKeySet();
    private final Set<RocksSnapshot> snapshots = ConcurrentHashMap.newKeySet();

    /** The compactions that run, so that closing need not wait for their end; guarded by itself, as is {@link #closing}. */
    private final Set<CompactRangeOptions> compactions = new HashSet<>();

    private boolean closing;

    /** Changed by who has the gate alone; who takes nothing from the database looks at it without the gate. */
    private volatile boolean closed;

    /** Set when a batch was not applied: another one after it would leave a gap that nothing replays. */
    private volatile @Nullable IOException failure;

    private RocksMetadataStore(
            RocksErrors errors,
            RocksTuning tuning,
            RocksDB database,
            Map<Family, ColumnFamilyHandle> handles,
            RowCache rows) {
        this.errors = errors;
        this.tuning = tuning;
        this.database = database;
        this.handles = handles;
        this.rows = rows;
    }

    /**
     * Opens the store in a directory, which is made if it is not there.
     *
     * @throws io.varve.storage.io.CorruptionException if what is there is damaged; the directory can be deleted, since the journal
     *     has everything
     * @throws IOException if it cannot be opened, another process has it open, or another version wrote it
     */
    public static RocksMetadataStore open(Path directory, RocksMetadataOptions options) throws IOException {
        RocksLibrary.load();
        Files.createDirectories(directory);
        RocksErrors errors = new RocksErrors(directory);
        RocksTuning tuning = new RocksTuning(options);
        try {
            List<Family> families = List.of(Family.values());
            List<ColumnFamilyDescriptor> descriptors = new ArrayList<>();
            for (Family family : families) {
                // RocksDB insists on a family of this name.
                String name = family == Family.SYSTEM ? DEFAULT_FAMILY : family.storedName();
                descriptors.add(new ColumnFamilyDescriptor(name.getBytes(US_ASCII), tuning.family(family)));
            }
            List<ColumnFamilyHandle> opened = new ArrayList<>();
            DBOptions databaseOptions = tuning.database();
            RocksDB database = RocksDB.open(databaseOptions, directory.toString(), descriptors, opened);
            Map<Family, ColumnFamilyHandle> handles = new EnumMap<>(Family.class);
            for (int i = 0; i < families.size(); i++) {
                handles.put(families.get(i), opened.get(i));
            }
            RocksMetadataStore store = new RocksMetadataStore(
                    errors, tuning, database, handles, new RowCache(options.cacheBytes() / ROWS_SHARE));
            try {
                deleteSettings(directory);
            } catch (IOException e) {
                store.close();
                throw e;
            }
            return store;
        } catch (RocksDBException e) {
            tuning.close();
            throw errors.translate(e);
        }
    }

    /** RocksDB writes down all settings of all families, some 140 KB, for tools. Ours are in {@link RocksTuning}. */
    private static void deleteSettings(Path directory) throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "OPTIONS-*")) {
            for (Path file : files) {
                Files.deleteIfExists(file);
            }
        }
    }

    @Override
    public byte @Nullable [] get(Family family, byte[] key) throws IOException {
        if (closed) {
            throw closedStore();
        }
        return RowCache.holds(family) ? rows.get(family, key, this::read) : read(family, key);
    }

    private byte @Nullable [] read(Family family, byte[] key) throws IOException {
        return get(latest, family, key);
    }

    @Override
    public List<byte @Nullable []> multiGet(Family family, List<byte[]> keys) throws IOException {
        return multiGet(latest, family, keys);
    }

    @Override
    public Cursor scan(Family family, byte[] from, byte @Nullable [] toExclusive) throws IOException {
        return scan(latest, family, from, toExclusive);
    }

    @Override
    public void apply(Batch batch) throws IOException {
        long stamp = enter();
        try {
            IOException earlier = failure;
            if (earlier != null) {
                throw new IOException(
                        "The metadata store takes no batch since one failed: " + earlier.getMessage(), earlier);
            }
            write(batch);
        } catch (RocksDBException e) {
            IOException translated = errors.translate(e);
            failure = translated;
            throw translated;
        } finally {
            leave(stamp);
        }
    }

    @Override
    public MetadataSnapshot snapshot() throws IOException {
        long stamp = enter();
        try {
            RocksSnapshot snapshot = new RocksSnapshot(this, database.getSnapshot());
            snapshots.add(snapshot);
            return snapshot;
        } finally {
            leave(stamp);
        }
    }

    @Override
    public void flush() throws IOException {
        long stamp = enter();
        try {
            flushAll();
        } finally {
            leave(stamp);
        }
    }

    /** {@inheritDoc} It runs on a platform thread of its own; an interrupt of the caller or {@link #close} ends it early. */
    @Override
    public void compact() throws IOException {
        CompactRangeOptions order = new CompactRangeOptions();
        synchronized (compactions) {
            if (closing) {
                order.close();
                throw closedStore();
            }
            compactions.add(order);
        }
        FutureTask<Boolean> work = new FutureTask<>(() -> compact(order));
        Thread.ofPlatform().name("metadata-compaction").start(work);
        try {
            if (!work.get()) {
                throw closedStore();
            }
        } catch (InterruptedException e) {
            cancel(order);
            Thread.currentThread().interrupt();
            InterruptedIOException interrupted =
                    new InterruptedIOException("The metadata's compaction was interrupted");
            interrupted.initCause(e);
            throw interrupted;
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException failed) {
                throw failed;
            }
            throw new IllegalStateException("The metadata's compaction failed unexpectedly", e.getCause());
        }
    }

    @Override
    public MetadataStatistics statistics() throws IOException {
        long stamp = enter();
        try {
            Map<Family, Long> keys = new EnumMap<>(Family.class);
            for (Map.Entry<Family, ColumnFamilyHandle> family : handles.entrySet()) {
                keys.put(family.getKey(), database.getLongProperty(family.getValue(), "rocksdb.estimate-num-keys"));
            }
            long diskBytes = database.getAggregatedLongProperty("rocksdb.live-sst-files-size");
            long readerBytes = database.getAggregatedLongProperty("rocksdb.estimate-table-readers-mem");
            return new MetadataStatistics(
                    keys, diskBytes, tuning.cacheUsageBytes() + readerBytes, cursors.size(), snapshots.size());
        } catch (RocksDBException e) {
            throw errors.translate(e);
        } finally {
            leave(stamp);
        }
    }

    @Override
    public void close() throws IOException {
        synchronized (compactions) {
            closing = true;
            compactions.forEach(order -> order.setCanceled(true));
        }
        long stamp = gate.writeLock();
        try {
            if (closed) {
                return;
            }
            closed = true;
            cursors.forEach(RocksCursor::free);
            cursors.clear();
            snapshots.forEach(this::free);
            snapshots.clear();
            try {
                if (failure == null) {
                    flushAll();
                }
            } finally {
                handles.values().forEach(ColumnFamilyHandle::close);
                latest.close();
                unlogged.close();
                database.close();
                tuning.close();
            }
        } finally {
            gate.unlockWrite(stamp);
        }
    }

    /** Lets a call in, to be paired with {@link #leave}; throws if the store is closed. */
    long enter() throws IOException {
        long stamp = gate.readLock();
        if (closed) {
            gate.unlockRead(stamp);
            throw closedStore();
        }
        return stamp;
    }

    void leave(long stamp) {
        gate.unlockRead(stamp);
    }

    IOException translate(RocksDBException e) {
        return errors.translate(e);
    }

    /** Frees a cursor, unless that was done before. */
    void release(RocksCursor cursor) {
        long stamp = gate.readLock();
        try {
            if (cursors.remove(cursor)) {
                cursor.free();
            }
        } finally {
            leave(stamp);
        }
    }

    /** Lets go of a snapshot, unless that was done before. */
    void release(RocksSnapshot snapshot) {
        long stamp = gate.readLock();
        try {
            if (snapshots.remove(snapshot)) {
                free(snapshot);
            }
        } finally {
            leave(stamp);
        }
    }

    private void free(RocksSnapshot snapshot) {
        snapshot.free();
        database.releaseSnapshot(snapshot.snapshot());
    }

    byte @Nullable [] get(ReadOptions options, Family family, byte[] key) throws IOException {
        long stamp = enter();
        try {
            return database.get(handle(family), options, key);
        } catch (RocksDBException e) {
            throw errors.translate(e);
        } finally {
            leave(stamp);
        }
    }

    List<byte @Nullable []> multiGet(ReadOptions options, Family family, List<byte[]> keys) throws IOException {
        if (keys.isEmpty()) {
            return List.of();
        }
        long stamp = enter();
        try {
            ColumnFamilyHandle handle = handle(family);
            List<byte @Nullable []> values =
                    database.multiGetAsList(options, Collections.nCopies(keys.size(), handle), keys);
            for (int i = 0; i < values.size(); i++) {
                if (values.get(i) == null) {
                    // RocksDB's binding answers null also for what it could not read. Asked alone, damage is an error;
                    // a key
                    // that is not there costs a look into the filters once more.
                    values.set(i, database.get(handle, options, keys.get(i)));
                }
            }
            return values;
        } catch (RocksDBException e) {
            throw errors.translate(e);
        } finally {
            leave(stamp);
        }
    }

    Cursor scan(ReadOptions options, Family family, byte[] from, byte @Nullable [] toExclusive) throws IOException {
        long stamp = enter();
        try {
            ReadOptions bounded = new ReadOptions(options);
            Slice end = null;
            if (toExclusive != null) {
                // Without a bound, an iterator at the range's end would step over all tombstones behind it.
                end = new Slice(toExclusive);
                bounded.setIterateUpperBound(end);
            }
            RocksIterator iterator = database.newIterator(handle(family), bounded);
            RocksCursor cursor = new RocksCursor(this, bounded, end, iterator, from);
            cursors.add(cursor);
            return cursor;
        } finally {
            leave(stamp);
        }
    }

    private void write(Batch batch) throws RocksDBException {
        try (WriteBatch changes = new WriteBatch()) {
            for (Batch.Operation operation : batch.list()) {
                ColumnFamilyHandle handle = handle(operation.family);
                switch (operation.change) {
                    case Change.Put put -> changes.put(handle, operation.key, put.value);
                    case Change.Delete ignored -> changes.delete(handle, operation.key);
                    case Change.Add add -> changes.merge(handle, operation.key, Counters.encode(add.delta));
                }
            }
            database.write(unlogged, changes);
        } finally {
            for (Batch.Operation operation : batch.list()) {
                if (RowCache.holds(operation.family)) {
                    rows.changed(operation.family, operation.key);
                }
            }
        }
    }

    private void flushAll() throws IOException {
        try (FlushOptions waiting = new FlushOptions().setWaitForFlush(true)) {
            database.flush(waiting, List.copyOf(handles.values()));
        } catch (RocksDBException e) {
            throw errors.translate(e);
        }
    }

    /** Compacts family by family; false if that was cancelled. */
    private boolean compact(CompactRangeOptions order) throws IOException {
        try {
            long stamp = enter();
            try {
                for (ColumnFamilyHandle handle : handles.values()) {
                    if (order.canceled()) {
                        return false;
                    }
                    database.compactRange(handle, null, null, order);
                }
                return true;
            } catch (RocksDBException e) {
                if (order.canceled()) {
                    return false;
                }
                throw errors.translate(e);
            } finally {
                leave(stamp);
            }
        } finally {
            synchronized (compactions) {
                compactions.remove(order);
                order.close();
            }
        }
    }

    private void cancel(CompactRangeOptions order) {
        synchronized (compactions) {
            if (compactions.contains(order)) {
                order.setCanceled(true);
            }
        }
    }

    private ColumnFamilyHandle handle(Family family) {
        return Objects.requireNonNull(handles.get(family));
    }

    private static IOException closedStore() {
        return new IOException("The metadata store is closed");
    }
}
