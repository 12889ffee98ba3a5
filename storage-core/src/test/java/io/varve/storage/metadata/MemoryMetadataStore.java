package io.varve.storage.metadata;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A metadata store of sorted maps, for tests of everything above it. A cursor copies its range when it is opened and a snapshot
 * copies everything, so it is for small stores; nothing of it outlives the process.
 */
public final class MemoryMetadataStore implements MetadataStore {
    private final Object lock = new Object();
    private final Contents contents;
    private int openCursors;
    private int openSnapshots;
    private boolean closed;

    /** Makes an empty store. */
    public MemoryMetadataStore() {
        contents = new Contents();
        for (Family family : Family.values()) {
            contents.families.put(family, new TreeMap<>(Keys.ORDER));
        }
    }

    @Override
    public byte @Nullable [] get(Family family, byte[] key) throws IOException {
        return contents.get(family, key);
    }

    @Override
    public List<byte @Nullable []> multiGet(Family family, List<byte[]> keys) throws IOException {
        return contents.multiGet(family, keys);
    }

    @Override
    public Cursor scan(Family family, byte[] from, byte @Nullable [] toExclusive) throws IOException {
        return contents.scan(family, from, toExclusive);
    }

    @Override
    public void apply(Batch batch) throws IOException {
        synchronized (lock) {
            requireOpen();
            batch.forEach(contents);
        }
    }

    @Override
    public MetadataSnapshot snapshot() throws IOException {
        synchronized (lock) {
            requireOpen();
            Contents copy = new Contents();
            contents.families.forEach((family, map) -> copy.families.put(family, new TreeMap<>(map)));
            openSnapshots++;
            return new Snapshot(copy);
        }
    }

    @Override
    public void flush() throws IOException {
        synchronized (lock) {
            requireOpen();
        }
    }

    @Override
    public void compact() throws IOException {
        flush();
    }

    @Override
    public MetadataStatistics statistics() throws IOException {
        synchronized (lock) {
            requireOpen();
            Map<Family, Long> keys = new EnumMap<>(Family.class);
            contents.families.forEach((family, map) -> keys.put(family, (long) map.size()));
            return new MetadataStatistics(keys, 0, 0, openCursors, openSnapshots);
        }
    }

    @Override
    public void close() {
        synchronized (lock) {
            closed = true;
        }
    }

    private void requireOpen() throws IOException {
        if (closed) {
            throw new IOException("The metadata store is closed");
        }
    }

    /** The maps of all families, the store's own or a snapshot's. */
    private final class Contents implements MetadataView, Batch.Visitor {
        final Map<Family, NavigableMap<byte[], byte[]>> families = new EnumMap<>(Family.class);
        boolean released;

        @Override
        public byte @Nullable [] get(Family family, byte[] key) throws IOException {
            synchronized (lock) {
                return map(family).get(key);
            }
        }

        @Override
        public List<byte @Nullable []> multiGet(Family family, List<byte[]> keys) throws IOException {
            synchronized (lock) {
                List<byte @Nullable []> values = new ArrayList<>(keys.size());
                for (byte[] key : keys) {
                    values.add(map(family).get(key));
                }
                return values;
            }
        }

        @Override
        public Cursor scan(Family family, byte[] from, byte @Nullable [] toExclusive) throws IOException {
            synchronized (lock) {
                NavigableMap<byte[], byte[]> range = map(family).tailMap(from, true);
                if (toExclusive != null) {
                    range = Keys.isEmpty(from, toExclusive)
                            ? new TreeMap<>(Keys.ORDER)
                            : range.headMap(toExclusive, false);
                }
                openCursors++;
                return new RangeCursor(new TreeMap<>(range).entrySet());
            }
        }

        @Override
        public void put(Family family, byte[] key, byte[] value) throws IOException {
            map(family).put(key, value);
        }

        @Override
        public void delete(Family family, byte[] key) throws IOException {
            map(family).remove(key);
        }

        @Override
        public void add(Family family, byte[] key, long delta) throws IOException {
            byte[] before = map(family).get(key);
            long value = before == null ? 0 : Counters.decode(family, before);
            map(family).put(key, Counters.encode(value + delta));
        }

        private NavigableMap<byte[], byte[]> map(Family family) throws IOException {
            requireOpen();
            NavigableMap<byte[], byte[]> map = families.get(family);
            if (map == null || released) {
                throw new IOException("The metadata snapshot is closed");
            }
            return map;
        }
    }

    private final class Snapshot implements MetadataSnapshot {
        private final Contents copy;

        Snapshot(Contents copy) {
            this.copy = copy;
        }

        @Override
        public byte @Nullable [] get(Family family, byte[] key) throws IOException {
            return copy.get(family, key);
        }

        @Override
        public List<byte @Nullable []> multiGet(Family family, List<byte[]> keys) throws IOException {
            return copy.multiGet(family, keys);
        }

        @Override
        public Cursor scan(Family family, byte[] from, byte @Nullable [] toExclusive) throws IOException {
            return copy.scan(family, from, toExclusive);
        }

        @Override
        public void close() {
            synchronized (lock) {
                if (!copy.released) {
                    copy.released = true;
                    copy.families.clear();
                    openSnapshots--;
                }
            }
        }
    }

    private final class RangeCursor implements Cursor {
        private final Iterator<Map.Entry<byte[], byte[]>> rest;
        private Map.@Nullable Entry<byte[], byte[]> entry;
        private boolean ended;

        RangeCursor(Collection<Map.Entry<byte[], byte[]>> range) {
            this.rest = range.iterator();
        }

        @Override
        public boolean next() throws IOException {
            synchronized (lock) {
                entry = null;
                requireOpen();
                if (ended) {
                    throw new IOException("The cursor is closed");
                }
                entry = rest.hasNext() ? rest.next() : null;
                return entry != null;
            }
        }

        @Override
        public byte[] key() {
            return requireEntry().getKey();
        }

        @Override
        public byte[] value() {
            return requireEntry().getValue();
        }

        @Override
        public void close() {
            synchronized (lock) {
                entry = null;
                if (!ended) {
                    ended = true;
                    openCursors--;
                }
            }
        }

        private Map.Entry<byte[], byte[]> requireEntry() {
            Map.Entry<byte[], byte[]> current = entry;
            if (current == null) {
                throw new IllegalStateException("the cursor stands on no key");
            }
            return current;
        }
    }
}
