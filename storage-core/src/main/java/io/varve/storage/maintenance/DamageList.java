package io.varve.storage.maintenance;

import io.varve.storage.chunkstore.ChunkAudit;
import io.varve.storage.fingerprint.Fingerprint;
import io.varve.storage.metadata.MetadataSnapshot;
import io.varve.storage.metadata.MetadataStore;
import io.varve.storage.namespace.DamagedFiles;
import io.varve.storage.segment.SegmentStore;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * What is damaged and could not be mended, in words that people know.
 *
 * @param chunks how many chunks
 * @param files files, earlier versions and parts of uploads that hold such chunks, one sentence each; at most {@value #FILES_MAX}
 * @param filesTotal how many there are
 */
public record DamageList(long chunks, List<String> files, long filesTotal) {
    /** More than anybody reads. */
    public static final int FILES_MAX = 1000;

    public DamageList {
        files = List.copyOf(files);
    }

    /** Looks through all names; quick if nothing is damaged. */
    public static DamageList of(MetadataStore metadata, SegmentStore segments, Set<Fingerprint> damaged)
            throws IOException {
        if (damaged.isEmpty()) {
            return new DamageList(0, List.of(), 0);
        }
        List<String> files = new ArrayList<>();
        long[] total = {0};
        try (SegmentStore.Hold hold = segments.hold();
                MetadataSnapshot state = metadata.snapshot()) {
            hold.reduceToPresent();
            ChunkAudit audit = new ChunkAudit(state, segments);
            audit.assumeDamaged(damaged);
            new DamagedFiles(state, audit, file -> {
                        total[0]++;
                        if (files.size() < FILES_MAX) {
                            files.add(file);
                        }
                    })
                    .find();
        }
        return new DamageList(damaged.size(), files, total[0]);
    }
}
