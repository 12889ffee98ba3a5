package io.varve.storage;

import io.varve.storage.cache.RawCache;
import io.varve.storage.cache.RawCacheOptions;
import io.varve.storage.chunkstore.DecodedChunks;
import io.varve.storage.fingerprint.Fingerprint;
import io.varve.storage.io.DiskSpace;
import io.varve.storage.io.IoEngine;
import io.varve.storage.sealing.Sealing;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The store's cache on disk: opened as the settings say, or passed by with a reason. That a cache cannot be opened is no reason not to
 * start. Thread-safe.
 */
public final class DiskCacheFile implements Closeable {
    private static final Logger LOG = LoggerFactory.getLogger(DiskCacheFile.class);

    private static final String NAME = "raw.cache";

    /** What a cache takes of the free space if nothing is said: one part in so many. */
    private static final int FREE_SHARE = 50;

    /** A smaller one than this is not worth having. */
    private static final long BYTES_MIN = 64L << 20;

    /** Without being told, it does not become larger than this. */
    private static final long BYTES_MAX = 8L << 30;

    /** How many times the space that is kept free for deleting the file leaves alone. */
    private static final int RESERVES = 4;

    private final Sealing sealing;
    private final DecodedChunks chunks;
    private final Path defaultDirectory;
    private final UUID owner;
    private final long reserveBytes;
    private final InstantSource clock;
    private volatile EngineSettings.DiskCache settings;
    private volatile @Nullable RawCache cache;
    private volatile @Nullable String failure;

    /** Guarded by this. */
    private boolean closed;

    private DiskCacheFile(
            Sealing sealing,
            Path defaultDirectory,
            UUID owner,
            long reserveBytes,
            InstantSource clock,
            EngineSettings.DiskCache settings) {
        this.sealing = sealing;
        this.chunks = new DecodedChunks(this::cache, sealing);
        this.defaultDirectory = defaultDirectory;
        this.owner = owner;
        this.reserveBytes = reserveBytes;
        this.clock = clock;
        this.settings = settings;
    }

    /** Opens the cache of a store. */
    static DiskCacheFile open(DataDirectory directory, EngineSettings settings, Sealing sealing, InstantSource clock) {
        DiskCacheFile file = new DiskCacheFile(
                sealing,
                directory.path().resolve(DataDirectory.CACHE),
                directory.storeId(),
                settings.freeSpaceReserveBytes(),
                clock,
                settings.diskCache());
        file.open(settings.io());
        return file;
    }

    private synchronized void open(Optional<IoEngine.Kind> engine) {
        Path file = settings.directory().orElse(defaultDirectory).resolve(NAME);
        failure = null;
        try {
            if (sealing.on()) {
                // What it holds is in clear, or was encrypted under a key that nobody has any more.
                Files.deleteIfExists(file);
            }
            long bytes = settings.size().orElseGet(() -> sizeFor(file));
            if (bytes < RawCacheOptions.BYTES_MIN) {
                return;
            }
            // What clients write comes first: the file ends to grow long before they are refused.
            RawCacheOptions options = RawCacheOptions.of(owner, bytes)
                    .withPolicy(settings.policy())
                    .withWriteMemory(settings.writeBytes())
                    .withReserve(reserveBytes > Long.MAX_VALUE / RESERVES ? Long.MAX_VALUE : RESERVES * reserveBytes);
            RawCache opened = RawCache.open(file, options, clock, engine);
            LOG.info(
                    "Disk cache {}: up to {} MiB, {} chunks in it",
                    file,
                    bytes >> 20,
                    opened.contents().entries());
            cache = opened;
        } catch (IOException | RuntimeException e) {
            LOG.warn("The disk cache {} is not used: {}", file, e.getMessage());
            failure = "The disk cache " + file + " is not used: " + e.getMessage();
        }
    }

    /**
     * Goes on with other settings: closes the file and opens it again. Meanwhile everything is read from where it is stored. What is in
     * the file stays, as far as there is room for it and it is not encrypted; counts begin anew.
     *
     * @param engine the way of disk access to try first; empty: the best for the file system
     * @throws IllegalArgumentException if there is no such policy; the cache then goes on as it was
     */
    public synchronized void change(EngineSettings.DiskCache changed, Optional<IoEngine.Kind> engine)
            throws IOException {
        if (closed) {
            throw new IOException("The store is closed.");
        }
        RawCacheOptions.requirePolicy(changed.policy());
        RawCache before = cache;
        cache = null;
        close(before);
        settings = changed;
        open(engine);
    }

    /** The settings it goes by now. */
    public EngineSettings.DiskCache settings() {
        return settings;
    }

    /** A fiftieth of what is free, or the cache has already, as a power of two, so that it does not change with every start. */
    static long sizeFor(long freeBytes, long takenBytes) {
        long wished = Math.min((freeBytes + takenBytes) / FREE_SHARE, BYTES_MAX);
        return wished < BYTES_MIN ? 0 : Long.highestOneBit(wished);
    }

    private static long sizeFor(Path file) {
        try {
            Path above = file.getParent();
            while (above != null && !Files.exists(above)) {
                above = above.getParent();
            }
            if (above == null) {
                return 0;
            }
            long taken = Files.exists(file) ? Files.size(file) : 0;
            return sizeFor(DiskSpace.usableBytes(above), taken);
        } catch (IOException e) {
            return 0;
        }
    }

    DecodedChunks chunks() {
        return chunks;
    }

    /** The key that a chunk has in the cache. */
    public byte[] key(Fingerprint chunk) {
        return chunks.key(chunk);
    }

    /** The cache; empty if there is none by the settings, it could not be opened, or its settings are just changing. */
    public Optional<RawCache> cache() {
        return Optional.ofNullable(cache);
    }

    /** Why it is passed by; empty if it works or is not wanted. */
    public Optional<String> trouble() {
        Optional<String> failed = Optional.ofNullable(failure);
        return failed.isPresent()
                ? failed
                : cache().flatMap(RawCache::trouble).map(reason -> "The disk cache is passed by: " + reason);
    }

    private static void close(@Nullable RawCache opened) {
        if (opened != null) {
            try {
                opened.close();
            } catch (IOException e) {
                LOG.warn("The disk cache could not be closed as it should: {}", e.getMessage());
            }
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
        close(cache);
    }
}
