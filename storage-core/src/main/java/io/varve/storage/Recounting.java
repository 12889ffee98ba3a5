package io.varve.storage;

import io.varve.storage.chunkstore.ChunkAudit;
import io.varve.storage.maintenance.StoreCheck;
import io.varve.storage.metadata.MetadataSnapshot;
import io.varve.storage.metadata.MetadataStore;
import io.varve.storage.metadata.RocksMetadataOptions;
import io.varve.storage.metadata.RocksMetadataStore;
import io.varve.storage.segment.SegmentStore;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Recounts references on a snapshot of a store that serves, with a database of its own for the sums, which it removes.
 *
 * @param directory where that is made
 */
record Recounting(DataDirectory directory, SegmentStore segments, MetadataStore metadata) {
    StoreCheck.Recount run() throws IOException {
        Path scratch = directory.path().resolve("scrub-scratch");
        DataDirectory.erase(scratch);
        try (SegmentStore.Hold hold = segments.hold();
                MetadataSnapshot state = metadata.snapshot();
                MetadataStore counts = RocksMetadataStore.open(scratch, RocksMetadataOptions.DEFAULTS)) {
            hold.reduceToPresent();
            return new StoreCheck(state, counts, new ChunkAudit(state, segments)).recount();
        } finally {
            DataDirectory.erase(scratch);
        }
    }
}
