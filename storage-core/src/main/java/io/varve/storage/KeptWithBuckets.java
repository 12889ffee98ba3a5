package io.varve.storage;

import io.varve.storage.access.BucketSource;
import io.varve.storage.namespace.Bucket;
import io.varve.storage.namespace.Entry;
import io.varve.storage.namespace.EntryPath;
import io.varve.storage.namespace.KeyVersion;
import io.varve.storage.namespace.Namespace;
import io.varve.storage.namespace.VersionId;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** Tells decisions what the namespace keeps with buckets and objects. */
final class KeptWithBuckets implements BucketSource {
    private static final int TOLD_MAX = 1024;

    private final Namespace namespace;
    private final InstantSource clock;
    private final ConcurrentHashMap<String, Told> told = new ConcurrentHashMap<>();

    private record Told(Bucket bucket, Kept kept) {}

    KeptWithBuckets(Namespace namespace, InstantSource clock) {
        this.namespace = namespace;
        this.clock = clock;
    }

    @Override
    public Optional<Kept> bucket(String name) {
        return namespace.findBucket(name).map(this::kept);
    }

    /** What was said of a bucket last is still true as long as the namespace gives the same one. */
    private Kept kept(Bucket bucket) {
        Told last = told.get(bucket.name());
        if (last != null && last.bucket().equals(bucket)) {
            return last.kept();
        }
        Kept kept = new Kept(bucket.owner(), bucket.settings().values());
        if (told.size() >= TOLD_MAX) {
            told.clear();
        }
        told.put(bucket.name(), new Told(bucket, kept));
        return kept;
    }

    @Override
    public Map<String, String> object(String bucket, String key, Optional<String> version) {
        return bucket.isEmpty() || namespace.findBucket(bucket).isEmpty()
                ? Map.of()
                : entry(new EntryPath(bucket, key), version)
                        .map(entry ->
                                Map.<String, String>copyOf(entry.attributes().values()))
                        .orElse(Map.of());
    }

    private Optional<Entry> entry(EntryPath path, Optional<String> version) {
        return version.isEmpty()
                ? namespace.find(path)
                : VersionId.parse(version.get())
                        .flatMap(id -> namespace.keyVersions().find(path, id))
                        .map(KeyVersion::entry);
    }

    @Override
    public Instant now() {
        return clock.instant();
    }
}
