package io.varve.storage.chunkstore;

import io.varve.storage.commit.Commit;
import io.varve.storage.fingerprint.Fingerprint;
import io.varve.storage.metadata.Family;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The changes that one commit makes to reference counts, summed up before they are staged: handing a reference from a lease to a
 * name changes nothing. What loses a reference is written down as a candidate for the collector.
 */
final class ReferenceChanges {
    private final Map<Fingerprint, Integer> deltas = new LinkedHashMap<>();

    void add(List<ManifestChild> children, int delta) {
        for (ManifestChild child : children) {
            add(child.fingerprint(), delta);
        }
    }

    void add(Fingerprint chunk, int delta) {
        deltas.merge(chunk, delta, Integer::sum);
    }

    void stage(Commit commit) {
        byte[] sequence =
                ByteBuffer.allocate(Long.BYTES).putLong(commit.sequence()).array();
        deltas.forEach((chunk, delta) -> {
            if (delta != 0) {
                byte[] key = ChunkKeys.chunk(chunk);
                commit.add(Family.COUNTS, key, delta);
                if (delta < 0) {
                    commit.put(Family.CANDIDATES, key, sequence);
                }
            }
        });
    }
}
