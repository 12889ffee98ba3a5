package io.varve.storage;

/**
 * Figures of a store.
 *
 * @param files current files
 * @param logicalBytes the sum of their lengths
 * @param historyVersions versions that are no longer current but still readable
 * @param historyBytes the sum of their lengths
 * @param chunks chunks, manifest pages among them
 * @param uniqueBytes their plain bytes: what is left after deduplication
 * @param storedBytes their encoded bytes: what is left after compression too
 * @param segmentBytes the segment files' size
 * @param journalBytes the journal's and checkpoints' size
 * @param metadataBytes the metadata store's size
 * @param freeBytes free space on the disk
 * @param damagedChunks chunks that are known to be damaged and could not be mended
 * @param scrubbedAt when the last scrub ended, in seconds since 1970; 0 if none has
 */
public record StoreStatistics(
        long files,
        long logicalBytes,
        long historyVersions,
        long historyBytes,
        long chunks,
        long uniqueBytes,
        long storedBytes,
        long segmentBytes,
        long journalBytes,
        long metadataBytes,
        long freeBytes,
        long damagedChunks,
        long scrubbedAt) {}
