package io.varve.storage;

import io.varve.storage.cache.RawCache;
import io.varve.storage.cache.RawCacheOptions;
import io.varve.storage.chunkstore.DecodedChunks;
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

    private final Optional<RawCache> cache;
    private final @Nullable String failure;

    private DiskCacheFile(Optional<RawCache> cache, @Nullable String failure) {
        this.cache = cache;
        this.failure = failure;
    }

    /** Opens the cache of a store. */
    static DiskCacheFile open(DataDirectory directory, EngineSettings settings, InstantSource clock) {
        return open(
                settings.diskCache(),
                settings.diskCache().directory().orElse(directory.path().resolve("cache")),
                directory.storeId(),
                settings.freeSpaceReserveBytes(),
                clock);
    }

    private static DiskCacheFile open(
            EngineSettings.DiskCache settings, Path directory, UUID owner, long reserveBytes, InstantSource clock) {
        Path file = directory.resolve(NAME);
        try {
            long bytes = settings.size().orElseGet(() -> sizeFor(file));
            if (bytes < RawCacheOptions.BYTES_MIN) {
                return new DiskCacheFile(Optional.empty(), null);
            }
            // What clients write comes first: the file ends to grow long before they are refused.
            RawCacheOptions options = RawCacheOptions.of(owner, bytes)
                    .withPolicy(settings.policy())
                    .withReserve(reserveBytes > Long.MAX_VALUE / RESERVES ? Long.MAX_VALUE : RESERVES * reserveBytes);
            RawCache opened = RawCache.open(file, options, clock);
            LOG.info(
                    "Disk cache {}: up to {} MiB, {} chunks in it",
                    file,
                    bytes >> 20,
                    opened.contents().entries());
            return new DiskCacheFile(Optional.of(opened), null);
        } catch (IOException | RuntimeException e) {
            LOG.warn("The disk cache {} is not used: {}", file, e.getMessage());
            return new DiskCacheFile(Optional.empty(), "The disk cache " + file + " is not used: " + e.getMessage());
        }
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
            return sizeFor(Files.getFileStore(above).getUsableSpace(), taken);
        } catch (IOException e) {
            return 0;
        }
    }

    DecodedChunks chunks() {
        return new DecodedChunks(cache);
    }

    /** The cache; empty if there is none by the settings or it could not be opened. */
    public Optional<RawCache> cache() {
        return cache;
    }

    /** Why it is passed by; empty if it works or is not wanted. */
    public Optional<String> trouble() {
        return failure != null
                ? Optional.of(failure)
                : cache.flatMap(RawCache::trouble).map(reason -> "The disk cache is passed by: " + reason);
    }

    @Override
    public void close() throws IOException {
        if (cache.isPresent()) {
            try {
                cache.get().close();
            } catch (IOException e) {
                LOG.warn("The disk cache could not be closed as it should: {}", e.getMessage());
            }
        }
    }
}
