package io.varve.storage.chunkstore;

import io.varve.storage.segment.Tier;

/**
 * How much of a segment is still needed.
 *
 * @param segment the segment's id
 * @param tier where it lies
 * @param fileBytes the size of its file, in bytes
 * @param liveBytes what records of it that chunks refer to take, in bytes
 */
public record SegmentUse(int segment, Tier tier, long fileBytes, long liveBytes) {

    /** The live share in percent, rounded down, at most 100; an empty file counts as live. */
    public int livePercent() {
        return fileBytes == 0 ? 100 : (int) Math.min(100, 100 * liveBytes / fileBytes);
    }
}
