package io.varve.storage.chunkstore;

import io.varve.storage.commit.Commit;
import io.varve.storage.delta.SuperFeatures;
import io.varve.storage.fingerprint.Fingerprint;
import io.varve.storage.metadata.Cursor;
import io.varve.storage.metadata.Family;
import io.varve.storage.metadata.MetadataView;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Where chunks are found by their super-features: the FEATURES family. Features and fingerprints are cut short there, because the index
 * has rows for most chunks and a wrong match costs only an attempt. Static: the rows are all it has.
 */
final class SimilarityIndex {
    /** Chunks that one super-feature leads to: a licence's text at the head of ten thousand files is no use ten thousand times. */
    private static final int CHUNKS_PER_FEATURE_MAX = 4;

    private static final byte BY_CHUNK = 0;
    private static final byte BY_FEATURE = 1;
    private static final int FEATURES = 3;
    private static final int FEATURE_BYTES = 5;
    private static final int FEATURE_KEY_BYTES = 2 + FEATURE_BYTES;

    private SimilarityIndex() {}

    /** The chunks that share super-features, and how many. */
    static Map<Fingerprint, Integer> similar(MetadataView view, SuperFeatures features) throws IOException {
        Map<Long, Integer> shared = new LinkedHashMap<>();
        for (int i = 0; i < FEATURES; i++) {
            for (byte[] key : rows(view, prefix(i, features))) {
                shared.merge(ByteBuffer.wrap(key).getLong(FEATURE_KEY_BYTES), 1, Integer::sum);
            }
        }
        Map<Fingerprint, Integer> found = new LinkedHashMap<>();
        for (Map.Entry<Long, Integer> each : shared.entrySet()) {
            try (Cursor chunks = view.scanPrefix(Family.CHUNKS, ChunkKeys.beginning(each.getKey()))) {
                if (chunks.next()) {
                    found.put(ChunkKeys.fingerprint(chunks.key()), each.getValue());
                }
            }
        }
        return found;
    }

    private static List<byte[]> rows(MetadataView view, byte[] prefix) throws IOException {
        List<byte[]> keys = new ArrayList<>();
        try (Cursor rows = view.scanPrefix(Family.FEATURES, prefix)) {
            while (rows.next()) {
                keys.add(rows.key());
            }
        }
        return keys;
    }

    /** Stages that a chunk is found by its super-features; where too many are, another one is not found by that feature any more. */
    static void remember(Commit commit, Fingerprint chunk, SuperFeatures features) throws IOException {
        ByteBuffer row = ByteBuffer.allocate(FEATURES * FEATURE_BYTES);
        for (int i = 0; i < FEATURES; i++) {
            byte[] prefix = prefix(i, features);
            List<byte[]> there = rows(commit, prefix);
            if (there.size() >= CHUNKS_PER_FEATURE_MAX) {
                commit.delete(Family.FEATURES, there.getFirst());
            }
            commit.put(Family.FEATURES, key(prefix, chunk), new byte[0]);
            row.put(prefix, 2, FEATURE_BYTES);
        }
        commit.put(Family.FEATURES, byChunk(chunk), row.array());
    }

    /** Stages that a chunk is not found any more. */
    static void forget(Commit commit, Fingerprint chunk) throws IOException {
        byte[] key = byChunk(chunk);
        byte[] row = commit.get(Family.FEATURES, key);
        if (row != null) {
            for (int i = 0; i < FEATURES; i++) {
                byte[] prefix = ByteBuffer.allocate(FEATURE_KEY_BYTES)
                        .put(BY_FEATURE)
                        .put((byte) i)
                        .put(row, i * FEATURE_BYTES, FEATURE_BYTES)
                        .array();
                commit.delete(Family.FEATURES, key(prefix, chunk));
            }
            commit.delete(Family.FEATURES, key);
        }
    }

    private static byte[] byChunk(Fingerprint chunk) {
        return ByteBuffer.allocate(1 + Long.BYTES)
                .put(BY_CHUNK)
                .putLong(chunk.a())
                .array();
    }

    private static byte[] prefix(int place, SuperFeatures features) {
        long feature = switch (place) {
            case 0 -> features.first();
            case 1 -> features.second();
            default -> features.third();
        };
        byte[] highest = ByteBuffer.allocate(Long.BYTES).putLong(feature).array();
        return ByteBuffer.allocate(FEATURE_KEY_BYTES)
                .put(BY_FEATURE)
                .put((byte) place)
                .put(highest, 0, FEATURE_BYTES)
                .array();
    }

    private static byte[] key(byte[] prefix, Fingerprint chunk) {
        return ByteBuffer.allocate(prefix.length + Long.BYTES)
                .put(prefix)
                .putLong(chunk.a())
                .array();
    }

    /** Whether a row leads to a chunk that is there; for checks. */
    static boolean leadsToChunk(MetadataView view, byte[] key) throws IOException {
        long beginning = ByteBuffer.wrap(key).getLong(key.length - Long.BYTES);
        try (Cursor chunks = view.scanPrefix(Family.CHUNKS, ChunkKeys.beginning(beginning))) {
            return chunks.next();
        }
    }
}
