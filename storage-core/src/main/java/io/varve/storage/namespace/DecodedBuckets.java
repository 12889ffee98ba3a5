package io.varve.storage.namespace;

import io.varve.storage.metadata.Family;
import io.varve.storage.metadata.MetadataView;
import java.io.IOException;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Buckets as they were decoded last. One request asks for its bucket several times, and a policy makes its row long: what is read is
 * always the row of now, but only another row is decoded again. Thread-safe.
 */
final class DecodedBuckets {
    private static final int KEPT_MAX = 1024;

    private final ConcurrentHashMap<String, Decoded> decoded = new ConcurrentHashMap<>();

    private static final class Decoded {
        private final byte[] row;
        private final Bucket bucket;

        Decoded(byte[] row, Bucket bucket) {
            this.row = row;
            this.bucket = bucket;
        }
    }

    /** The bucket of that name; the same object as long as nothing of it changes. */
    Optional<Bucket> find(MetadataView view, String name) throws IOException {
        byte[] row = view.get(Family.BUCKETS, NameKeys.bucket(name));
        if (row == null) {
            return Optional.empty();
        }
        Decoded last = decoded.get(name);
        if (last == null || !Arrays.equals(last.row, row)) {
            last = new Decoded(row, BucketRow.decode(row).named(name));
            if (decoded.size() >= KEPT_MAX) {
                decoded.clear();
            }
            decoded.put(name, last);
        }
        return Optional.of(last.bucket);
    }
}
