package io.varve.storage;

import io.varve.storage.access.BucketSource;
import io.varve.storage.namespace.EntryPath;
import io.varve.storage.namespace.Namespace;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;

/** Tells decisions what the namespace keeps with buckets and objects. */
final class KeptWithBuckets implements BucketSource {
    private final Namespace namespace;
    private final InstantSource clock;

    KeptWithBuckets(Namespace namespace, InstantSource clock) {
        this.namespace = namespace;
        this.clock = clock;
    }

    @Override
    public Optional<Kept> bucket(String name) {
        return namespace
                .findBucket(name)
                .map(bucket -> new Kept(bucket.owner(), bucket.settings().values()));
    }

    @Override
    public Map<String, String> object(String bucket, String key) {
        return bucket.isEmpty() || namespace.findBucket(bucket).isEmpty()
                ? Map.of()
                : namespace
                        .find(new EntryPath(bucket, key))
                        .map(entry ->
                                Map.<String, String>copyOf(entry.attributes().values()))
                        .orElse(Map.of());
    }

    @Override
    public Instant now() {
        return clock.instant();
    }
}
