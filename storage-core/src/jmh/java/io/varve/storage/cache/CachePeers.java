package io.varve.storage.cache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.varve.storage.fingerprint.Fingerprint;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Locale;
import java.util.Objects;
import java.util.UUID;
import org.ehcache.PersistentCacheManager;
import org.ehcache.config.builders.CacheConfigurationBuilder;
import org.ehcache.config.builders.CacheManagerBuilder;
import org.ehcache.config.builders.ResourcePoolsBuilder;
import org.ehcache.config.units.EntryUnit;
import org.ehcache.config.units.MemoryUnit;
import org.jspecify.annotations.Nullable;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.CompactionOptionsFIFO;
import org.rocksdb.CompactionStyle;
import org.rocksdb.CompressionType;
import org.rocksdb.LRUCache;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteOptions;

/** The raw cache, and what else keeps values on a disk, behind one interface. */
final class CachePeers {
    static final UUID OWNER = new UUID(1, 1);

    private CachePeers() {}

    /** A cache that takes part. */
    interface Peer extends AutoCloseable {
        /** A value, where the cache has it: in memory of its own, or in an array made for the caller. */
        @Nullable
        Pin get(int key) throws Exception;

        void put(int key, byte[] value) throws Exception;

        @Override
        void close() throws IOException;
    }

    private static Fingerprint name(int key) {
        return new Fingerprint(0x9E3779B97F4A7C15L * (key + 1), key, 2, 3);
    }

    /** The key of a number, as the store's keys are. */
    static byte[] key(int number) {
        ByteBuffer bytes = ByteBuffer.allocate(Fingerprint.BYTES);
        name(number).write(bytes);
        return bytes.array();
    }

    private static @Nullable Pin pin(byte @Nullable [] value) {
        return value == null ? null : Pin.of(value);
    }

    /** The raw cache with the tier in memory before it, as in the store. */
    static final class Raw implements Peer {
        private final RawCache disk;
        private final MemoryCache memory;

        Raw(Path file, long bytes, long memoryBytes, int valueMax, long writeBytes) throws IOException {
            disk = RawCache.open(
                    file, RawCacheOptions.of(OWNER, bytes).withWriteMemory(writeBytes), InstantSource.system());
            memory = MemoryCache.of(memoryBytes, valueMax);
        }

        @Override
        public @Nullable Pin get(int key) {
            Pin near = memory.pin(name(key));
            if (near != null) {
                disk.touch(key(key));
                return near;
            }
            byte[] far = disk.get(key(key));
            if (far != null) {
                memory.offer(name(key), ByteBuffer.wrap(far));
            }
            return pin(far);
        }

        @Override
        public void put(int key, byte[] value) {
            memory.offer(name(key), ByteBuffer.wrap(value));
            disk.offer(key(key), ByteBuffer.wrap(value), RawCache.Keeping.PLAIN);
        }

        @Override
        public void close() throws IOException {
            System.out.printf(
                    Locale.ROOT,
                    "raw: %s%n  write amplification %.3f, dropped %d, hits on disk %d, in memory %d%n",
                    disk.contents(),
                    disk.statistics().writeAmplification(),
                    disk.statistics().droppedPuts(),
                    disk.statistics().hits(),
                    memory.hits());
            disk.close();
        }
    }

    /** One file for each key, the page cache, and Caffeine (W-TinyLFU) to say which stay. */
    static final class PlainFiles implements Peer {
        private final Path directory;
        private final Cache<Integer, Integer> index;

        PlainFiles(Path directory, long bytes) throws IOException {
            this.directory = directory;
            for (int i = 0; i < 256; i++) {
                Files.createDirectories(directory.resolve(Integer.toHexString(i)));
            }
            index = Caffeine.newBuilder()
                    .maximumWeight(bytes)
                    .weigher((Integer key, Integer length) -> length)
                    .evictionListener((key, length, cause) -> delete(Objects.requireNonNull(key)))
                    .executor(Runnable::run)
                    .build();
        }

        private Path file(int key) {
            return directory.resolve(Integer.toHexString(key & 255)).resolve(Integer.toString(key));
        }

        private void delete(Integer key) {
            try {
                Files.deleteIfExists(file(key));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public @Nullable Pin get(int key) throws IOException {
            if (index.getIfPresent(key) == null) {
                return null;
            }
            try {
                return Pin.of(Files.readAllBytes(file(key)));
            } catch (NoSuchFileException e) {
                return null;
            }
        }

        /** Another thread may be at the same key: a file is there whole or not at all. */
        @Override
        public void put(int key, byte[] value) throws IOException {
            synchronized (index) {
                Files.write(file(key), value);
            }
            index.put(key, value.length);
        }

        @Override
        public void close() {}
    }

    /** RocksDB with FIFO compaction of the same size, and a block cache as large as the raw cache's memory. */
    static final class Rocks implements Peer {
        private final Options options;
        private final RocksDB db;

        Rocks(Path directory, long bytes, long memoryBytes) throws IOException, RocksDBException {
            Files.createDirectories(directory);
            RocksDB.loadLibrary();
            options = new Options()
                    .setCreateIfMissing(true)
                    .setCompactionStyle(CompactionStyle.FIFO)
                    .setCompactionOptionsFIFO(new CompactionOptionsFIFO().setMaxTableFilesSize(bytes))
                    .setCompressionType(CompressionType.NO_COMPRESSION)
                    .setUseDirectReads(true)
                    .setTableFormatConfig(new BlockBasedTableConfig()
                            .setBlockCache(new LRUCache(memoryBytes))
                            .setFilterPolicy(new BloomFilter(10)));
            db = RocksDB.open(options, directory.toString());
        }

        @Override
        public @Nullable Pin get(int key) throws RocksDBException {
            return pin(db.get(CachePeers.key(key)));
        }

        @Override
        public void put(int key, byte[] value) throws RocksDBException {
            try (WriteOptions unlogged = new WriteOptions().setDisableWAL(true)) {
                db.put(unlogged, CachePeers.key(key), value);
            }
        }

        @Override
        public void close() {
            db.close();
            options.close();
        }
    }

    /** Ehcache with its disk tier, and memory outside the heap before it. */
    static final class Ehcache implements Peer {
        private static final String NAME = "values";

        private final PersistentCacheManager caches;
        private final org.ehcache.Cache<Integer, byte[]> cache;

        Ehcache(Path directory, long bytes, long memoryBytes) {
            caches = CacheManagerBuilder.newCacheManagerBuilder()
                    .with(CacheManagerBuilder.persistence(directory.toFile()))
                    .withCache(
                            NAME,
                            CacheConfigurationBuilder.newCacheConfigurationBuilder(
                                    Integer.class,
                                    byte[].class,
                                    ResourcePoolsBuilder.newResourcePoolsBuilder()
                                            .heap(16, EntryUnit.ENTRIES)
                                            .offheap(memoryBytes, MemoryUnit.B)
                                            .disk(Math.max(bytes, 2 * memoryBytes), MemoryUnit.B)))
                    .build(true);
            cache = caches.getCache(NAME, Integer.class, byte[].class);
        }

        @Override
        public @Nullable Pin get(int key) {
            return pin(cache.get(key));
        }

        @Override
        public void put(int key, byte[] value) {
            cache.put(key, value);
        }

        @Override
        public void close() {
            caches.close();
        }
    }
}
