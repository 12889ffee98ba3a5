package io.varve.storage.metadata;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.rocksdb.AbstractImmutableNativeReference;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.Cache;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.CompressionType;
import org.rocksdb.DBOptions;
import org.rocksdb.InfoLogLevel;
import org.rocksdb.LRUCache;
import org.rocksdb.Options;
import org.rocksdb.TablePropertiesCollectorFactory;
import org.rocksdb.UInt64AddOperator;
import org.rocksdb.WriteBufferManager;

/**
 * RocksDB's settings with the reasons for each, and the native objects they consist of.
 *
 * <p>The journal is the log, so RocksDB writes none; its flushes are atomic over all families, so that what a crash leaves is the state
 * after some batch and never half of one.
 */
final class RocksTuning implements AutoCloseable {
    /** Larger than RocksDB's 4 KiB: listings read neighbours, and larger blocks compress better. */
    private static final int BLOCK_BYTES = 8 << 10;

    /** Its default takes 4 MiB of the disk for some kilobytes: more than the content of a small store. */
    private static final long MANIFEST_STEP_BYTES = 64 << 10;

    /** About 1 % false positives. */
    private static final int BLOOM_BITS_PER_KEY = 10;

    /**
     * Memtables grow in steps of this size. RocksDB's default of up to 1 MiB would let sixteen families hold a quarter of a small
     * write buffer with a handful of keys.
     */
    private static final int ARENA_BLOCK_BYTES = 64 << 10;

    /** Of this many consecutive entries in a file half deleted, the file is compacted; see {@link #tombstoneCompaction}. */
    private static final int TOMBSTONE_WINDOW = 2048;

    private final Deque<AbstractImmutableNativeReference> owned = new ArrayDeque<>();
    private final RocksMetadataOptions options;
    private final Cache cache;
    private final WriteBufferManager writeBuffers;
    private final UInt64AddOperator adding;
    private final BloomFilter bloom;

    RocksTuning(RocksMetadataOptions options) {
        this.options = options;
        // The write buffers are charged to the cache, so the sum is the bound.
        cache = own(new LRUCache(options.cacheBytes() + options.writeBufferBytes()));
        writeBuffers = own(new WriteBufferManager(options.writeBufferBytes(), cache));
        adding = own(new UInt64AddOperator());
        bloom = own(new BloomFilter(BLOOM_BITS_PER_KEY));
    }

    DBOptions database() {
        return own(new DBOptions())
                .setCreateIfMissing(true)
                .setCreateMissingColumnFamilies(true)
                .setAtomicFlush(true)
                // The store flushes when it is closed in order; a store that failed must not.
                .setAvoidFlushDuringShutdown(true)
                .setWriteBufferManager(writeBuffers)
                .setMaxOpenFiles(options.openFilesMax())
                .setMaxBackgroundJobs(2)
                .setBytesPerSync(1 << 20)
                // RocksDB keeps a diary of its own in the directory: only what went wrong, anew with each start. With a
                // limit of
                // its length it would begin with all settings, some 140 KB.
                .setInfoLogLevel(InfoLogLevel.WARN_LEVEL)
                .setKeepLogFileNum(2)
                .setMaxManifestFileSize(4 << 20)
                .setManifestPreallocationSize(MANIFEST_STEP_BYTES)
                .setStatsDumpPeriodSec(0)
                .setStatsPersistPeriodSec(0);
    }

    ColumnFamilyOptions family(Family family) {
        // Only the options of a whole database take a collector from Java; a family's are made of them.
        try (Options base = new Options()) {
            base.setTablePropertiesCollectorFactory(List.of(tombstoneCompaction()));
            ColumnFamilyOptions tuned = own(new ColumnFamilyOptions(base))
                    .setTableFormatConfig(table(family))
                    // Half, so that one memtable fills while the other is flushed; the manager bounds the sum.
                    .setWriteBufferSize(options.writeBufferBytes() / 2)
                    .setArenaBlockSize(ARENA_BLOCK_BYTES)
                    .setMaxWriteBufferNumber(4)
                    .setCompressionType(CompressionType.LZ4_COMPRESSION)
                    .setBottommostCompressionType(CompressionType.ZSTD_COMPRESSION);
            if (family.counter()) {
                tuned.setMergeOperator(adding);
            }
            return tuned;
        }
    }

    /** Returns the bytes that the cache holds, unflushed batches included. */
    long cacheUsageBytes() {
        return cache.getUsage();
    }

    @Override
    public void close() {
        while (!owned.isEmpty()) {
            owned.pop().close();
        }
    }

    private BlockBasedTableConfig table(Family family) {
        BlockBasedTableConfig table = new BlockBasedTableConfig()
                .setBlockCache(cache)
                .setBlockSize(BLOCK_BYTES)
                // Indexes and filters grow with the store; in the cache they are bounded.
                .setCacheIndexAndFilterBlocks(true)
                .setPinL0FilterAndIndexBlocksInCache(true);
        if (readByPoint(family)) {
            table.setFilterPolicy(bloom).setOptimizeFiltersForMemory(true);
        }
        return table;
    }

    /** Tells whether most reads of the family ask for one key that often is not there. */
    private static boolean readByPoint(Family family) {
        return switch (family) {
            case CHUNKS, COUNTS, NOW, LEASES, DUE -> true;
            case SYSTEM,
                    BUCKETS,
                    PAST,
                    CANDIDATES,
                    SEGMENTS,
                    USAGE,
                    UPLOADS,
                    PARTS,
                    LOCKS,
                    USERS,
                    KEYS,
                    CHANGES,
                    ENDED,
                    WAITING,
                    DELTAS,
                    FEATURES,
                    DAMAGED,
                    ACCESS -> false;
        };
    }

    /**
     * Where many neighbouring keys were deleted (an emptied folder, a queue that was worked off), every scan would step over their
     * tombstones until some compaction comes along by chance. A file with such a stretch is compacted at once.
     */
    private TablePropertiesCollectorFactory tombstoneCompaction() {
        return own(TablePropertiesCollectorFactory.NewCompactOnDeletionCollectorFactory(
                TOMBSTONE_WINDOW, TOMBSTONE_WINDOW / 2, 0.5));
    }

    private <T extends AbstractImmutableNativeReference> T own(T reference) {
        owned.push(reference);
        return reference;
    }
}
