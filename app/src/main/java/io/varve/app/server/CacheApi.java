package io.varve.app.server;

import io.varve.storage.CachedFiles;
import io.varve.storage.DiskCacheFile;
import io.varve.storage.EngineSettings;
import io.varve.storage.StorageEngine;
import io.varve.storage.cache.CacheStatistics;
import io.varve.storage.cache.CacheUpkeep;
import io.varve.storage.cache.Latencies;
import io.varve.storage.cache.RawCache;
import io.varve.storage.cache.RawCacheOptions;
import io.varve.storage.fingerprint.Fingerprint;
import io.varve.storage.io.IoEngine;
import io.varve.storage.namespace.DirectoryStream;
import io.varve.storage.namespace.Entry;
import io.varve.storage.namespace.EntryPath;
import io.varve.storage.namespace.Namespace;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
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
    private static final int MAPPED_FILES_MAX = 100;
    private static final long MAPPED_BYTES_MAX = 4L << 30;

    private final DiskCacheFile disk;
    private final CachedFiles files;
    private final Namespace namespace;

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

    /**
     * How much of a file the cache has.
     *
     * @param name in its folder; a folder's ends with a slash
     * @param chunks of the file; null for a folder, and for a file of more than {@value #MAPPED_BYTES_MAX} bytes, which nobody looks at
     * @param cached how many of them are here
     * @param pinned how many of those stay
     */
    record FileState(String name, long size, @Nullable Integer chunks, int cached, int pinned) {}

    /** A folder's files; {@code next} is what to give as {@code after} for more. */
    record FileStates(List<FileState> files, @Nullable String next) {}

    /** A file to be cached, or to be pinned or let go. */
    record Order(String path, @Nullable Boolean pinned) {}

    /** What became of an order, in bytes of the file or in chunks. */
    record Done(long bytes, long chunks) {}

    /**
     * How the cache is to go on; what is null stays as it is.
     *
     * @param bytes how large the file may become; 0 for no cache
     * @param policy what leaves when it is full
     * @param engine the way of disk access to try first; null: the best for the file system
     */
    record Change(
            @Nullable Long bytes,
            @Nullable String policy,
            @Nullable String engine) {}

    /** How it goes on: its size and policy, and what is still in it. */
    record Changed(long bytes, String policy, long entries) {}

    /** Entries. */
    record Entries(List<CacheUpkeep.EntryInfo> entries) {}

    CacheApi(StorageEngine engine) {
        super(engine.access());
        this.disk = engine.diskCache();
        this.files = engine.cachedFiles();
        this.namespace = engine.namespace();
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

    private byte[] key(String chunk) {
        try {
            return disk.key(Fingerprint.parse(chunk));
        } catch (IllegalArgumentException e) {
            throw new HistoryApi.BadWordException("'" + chunk + "' is no fingerprint: give 64 hexadecimal digits.");
        }
    }

    /** Reads everything in the cache; what is damaged is let go, and its next reader has it from the store. */
    @PostMapping("/verify")
    CacheUpkeep.Verification verify() throws IOException {
        return cache().upkeep().verify();
    }

    /** How much of each file in a folder is here. Chunks that take one read to have are not put here, so few files are as a whole. */
    @GetMapping("/files")
    FileStates files(@RequestParam String path, @RequestParam(defaultValue = "") String after) {
        EntryPath folder = HistoryApi.path(path).asDirectory();
        List<Entry> page = new ArrayList<>();
        boolean more;
        try (DirectoryStream children = namespace.children(folder, after)) {
            while (children.hasNext() && page.size() < MAPPED_FILES_MAX) {
                page.add(children.next());
            }
            more = children.hasNext();
        }
        List<FileState> states =
                page.stream().map(entry -> state(folder, entry)).toList();
        return new FileStates(states, more ? states.getLast().name() : null);
    }

    private FileState state(EntryPath folder, Entry entry) {
        String name = entry.path().key().substring(folder.key().length());
        if (entry.isDirectory() || entry.size() > MAPPED_BYTES_MAX) {
            return new FileState(name, entry.size(), null, 0, 0);
        }
        RawCache cache = cache();
        int cached = 0;
        int pinned = 0;
        List<Fingerprint> chunks = files.chunks(entry.path());
        for (Fingerprint chunk : chunks) {
            byte[] key = disk.key(chunk);
            if (cache.mayContain(key)) {
                cached++;
                pinned += cache.upkeep().isPinned(key) ? 1 : 0;
            }
        }
        return new FileState(name, entry.size(), chunks.size(), cached, pinned);
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
                .filter(chunk -> upkeep.pin(disk.key(chunk), pinned))
                .count();
        return new Done(0, chunks);
    }

    /** Makes the cache larger or smaller, or changes how it works, until the next start. */
    @PostMapping("/resize")
    Changed resize(@RequestBody Change change) throws IOException {
        EngineSettings.DiskCache now = disk.settings();
        OptionalLong size = change.bytes() == null ? now.size() : OptionalLong.of(change.bytes());
        if (size.isPresent() && size.getAsLong() != 0 && size.getAsLong() < RawCacheOptions.BYTES_MIN) {
            throw new HistoryApi.BadWordException(
                    "A cache has " + RawCacheOptions.BYTES_MIN + " bytes or more, or 0 for none.");
        }
        String policy = change.policy() == null ? now.policy() : change.policy();
        try {
            disk.change(now.with(size, policy), engine(change.engine()));
        } catch (IllegalArgumentException e) {
            throw new HistoryApi.BadWordException(String.valueOf(e.getMessage()));
        }
        return disk.cache()
                .map(RawCache::contents)
                .map(contents -> new Changed(contents.bytes(), policy, contents.entries()))
                .orElseGet(() -> new Changed(0, policy, 0));
    }

    private static Optional<IoEngine.Kind> engine(@Nullable String name) {
        return name == null
                ? Optional.empty()
                : Optional.of(Arrays.stream(IoEngine.Kind.values())
                        .filter(kind -> kind.text().equals(name))
                        .findFirst()
                        .orElseThrow(() -> new HistoryApi.BadWordException("There is no disk engine " + name + ".")));
    }

    @DeleteMapping("/evict")
    Done evict(
            @RequestParam(required = false) @Nullable String path,
            @RequestParam(required = false) @Nullable String chunk)
            throws IOException {
        RawCache cache = cache();
        long before = cache.contents().entries();
        if (path != null) {
            files.chunks(HistoryApi.path(path)).stream().map(disk::key).forEach(cache::delete);
        } else if (chunk != null) {
            cache.delete(key(chunk));
        } else {
            cache.clear();
        }
        return new Done(0, Math.max(0, before - cache.contents().entries()));
    }
}
