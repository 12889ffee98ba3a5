package io.varve.app.server;

import io.varve.storage.CachedFiles;
import io.varve.storage.DiskCacheFile;
import io.varve.storage.StorageEngine;
import io.varve.storage.cache.CacheStatistics;
import io.varve.storage.cache.CacheUpkeep;
import io.varve.storage.cache.Latencies;
import io.varve.storage.cache.RawCache;
import io.varve.storage.chunkstore.DecodedChunks;
import io.varve.storage.fingerprint.Fingerprint;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/**
 * {@code /api/v1/cache}: the cache of decoded chunks on disk. For administrators only; errors are problem documents (RFC 9457). What names
 * neither a file nor a chunk is about the whole cache.
 */
@RestController
@RequestMapping("/api/v1/cache")
class CacheApi extends AdministratorApi {
    private static final int LISTED_MAX = 1000;

    private final DiskCacheFile disk;
    private final CachedFiles files;

    /**
     * What the cache holds and did.
     *
     * @param trouble why it is passed by; null if it works
     * @param left entries that left, by the reason
     * @param get how long look-ups took that read the device
     * @param write how long writes of batches took
     */
    record Stats(
            @Nullable String trouble,
            RawCache.Contents contents,
            double fragmentation,
            long hits,
            long misses,
            long puts,
            long droppedPuts,
            long bytesServed,
            long bytesTaken,
            long bytesWritten,
            double writeAmplification,
            long pinnedBytes,
            Map<String, Long> left,
            Times get,
            Times write) {}

    /** Times, with quantiles that are upper bounds, in microseconds. */
    record Times(long count, double sumSeconds, long p50Micros, long p95Micros, long p99Micros) {
        static Times of(Latencies times) {
            return new Times(
                    times.count(),
                    times.sumSeconds(),
                    times.quantileMicros(0.5),
                    times.quantileMicros(0.95),
                    times.quantileMicros(0.99));
        }
    }

    /** A file to be cached, or to be pinned or let go. */
    record Order(String path, @Nullable Boolean pinned) {}

    /** What became of an order, in bytes of the file or in chunks. */
    record Done(long bytes, long chunks) {}

    /** Entries. */
    record Entries(List<CacheUpkeep.EntryInfo> entries) {}

    CacheApi(StorageEngine engine, OperatorLogin login) {
        super(login);
        this.disk = engine.diskCache();
        this.files = engine.cachedFiles();
    }

    private RawCache cache() {
        return disk.cache()
                .orElseThrow(() -> new HistoryApi.BadWordException(
                        disk.trouble().orElse("There is no disk cache: varve.cache.size is 0, or the disk too full.")));
    }

    @GetMapping("/stats")
    Stats stats() {
        RawCache cache = cache();
        CacheStatistics done = cache.statistics();
        Map<String, Long> left = new TreeMap<>();
        for (CacheStatistics.Cause cause : CacheStatistics.Cause.values()) {
            left.put(cause.label(), done.left(cause));
        }
        RawCache.Contents contents = cache.contents();
        return new Stats(
                disk.trouble().orElse(null),
                contents,
                contents.fragmentation(),
                done.hits(),
                done.misses(),
                done.puts(),
                done.droppedPuts(),
                done.bytesServed(),
                done.bytesTaken(),
                done.bytesWritten(),
                done.writeAmplification(),
                cache.upkeep().pinnedBytes(),
                left,
                Times.of(done.gets()),
                Times.of(done.writes()));
    }

    @GetMapping("/entries")
    Entries entries(@RequestParam(defaultValue = "100") int limit) throws IOException {
        return new Entries(cache().upkeep().list(Math.clamp(limit, 0, LISTED_MAX)));
    }

    @GetMapping("/entries/{chunk}")
    CacheUpkeep.EntryInfo entry(@PathVariable String chunk) throws IOException {
        return cache().upkeep()
                .inspect(key(chunk))
                .orElseThrow(() -> new HistoryApi.BadWordException("The cache has no chunk " + chunk + "."));
    }

    private static byte[] key(String chunk) {
        try {
            return DecodedChunks.key(Fingerprint.parse(chunk));
        } catch (IllegalArgumentException e) {
            throw new HistoryApi.BadWordException("'" + chunk + "' is no fingerprint: give 64 hexadecimal digits.");
        }
    }

    /** Reads everything in the cache; what is damaged is let go, and its next reader has it from the store. */
    @PostMapping("/verify")
    CacheUpkeep.Verification verify() throws IOException {
        return cache().upkeep().verify();
    }

    /** Reads a file through, so that what takes more than one read is in the cache. */
    @PostMapping("/prefetch")
    Done prefetch(@RequestBody Order order) {
        RawCache cache = cache();
        long before = cache.statistics().puts();
        long bytes = files.prefetch(HistoryApi.path(order.path()));
        return new Done(bytes, cache.statistics().puts() - before);
    }

    /** Keeps what the cache has of a file, or lets it go again. */
    @PostMapping("/pin")
    Done pin(@RequestBody Order order) {
        boolean pinned = !Boolean.FALSE.equals(order.pinned());
        CacheUpkeep upkeep = cache().upkeep();
        long chunks = files.chunks(HistoryApi.path(order.path())).stream()
                .filter(chunk -> upkeep.pin(DecodedChunks.key(chunk), pinned))
                .count();
        return new Done(0, chunks);
    }

    @DeleteMapping("/evict")
    Done evict(
            @RequestParam(required = false) @Nullable String path,
            @RequestParam(required = false) @Nullable String chunk)
            throws IOException {
        RawCache cache = cache();
        long before = cache.contents().entries();
        if (path != null) {
            files.chunks(HistoryApi.path(path)).stream().map(DecodedChunks::key).forEach(cache::delete);
        } else if (chunk != null) {
            cache.delete(key(chunk));
        } else {
            cache.clear();
        }
        return new Done(0, Math.max(0, before - cache.contents().entries()));
    }
}
