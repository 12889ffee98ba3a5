package io.varve.storage.metadata;

import java.util.Map;

/**
 * The size of a metadata store at one moment.
 *
 * @param keysEstimated about how many keys each family has; exact only for a freshly compacted store
 * @param diskBytes bytes of the files that are in use; 0 for a store in memory
 * @param memoryBytes bytes held for caches, unflushed batches and open readers outside the Java heap
 * @param openCursors cursors that were opened and not closed
 * @param openSnapshots snapshots that were taken and not closed
 */
public record MetadataStatistics(
        Map<Family, Long> keysEstimated, long diskBytes, long memoryBytes, int openCursors, int openSnapshots) {
    /** Copies the map. */
    public MetadataStatistics {
        keysEstimated = Map.copyOf(keysEstimated);
    }
}
