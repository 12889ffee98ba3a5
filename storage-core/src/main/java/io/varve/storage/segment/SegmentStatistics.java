package io.varve.storage.segment;

/**
 * A snapshot of what a {@link SegmentStore} holds and has done since it was opened. Lengths are in bytes.
 *
 * @param segments how many segments there are
 * @param storedBytes the sizes of their files
 * @param recordsAppended how many records were appended
 * @param bytesAppended their headers and payloads
 * @param paddingBytes zeros that filled up sync groups
 * @param writes write calls to the disk
 * @param failedWrites how many of them failed
 * @param syncs syncs of segment files
 * @param recordsRead records that were read and verified
 * @param reads read calls to the disk for them
 * @param bytesRead what those calls brought, in whole blocks
 * @param unreadableRecords records that could not be read, or did not verify
 * @param failedDeletions files whose deletion failed; the next start finds them again
 * @param openFiles files open for reading now
 * @param readBufferBytes memory that reads hold now
 * @param writeBufferBytes memory that waits for the disk now
 */
public record SegmentStatistics(
        int segments,
        long storedBytes,
        long recordsAppended,
        long bytesAppended,
        long paddingBytes,
        long writes,
        long failedWrites,
        long syncs,
        long recordsRead,
        long reads,
        long bytesRead,
        long unreadableRecords,
        long failedDeletions,
        int openFiles,
        long readBufferBytes,
        long writeBufferBytes) {}
