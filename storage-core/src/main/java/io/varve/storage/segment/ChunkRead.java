package io.varve.storage.segment;

/** What came of reading one record of a batch ({@link SegmentStore#readMany}). */
public sealed interface ChunkRead permits StoredChunk, UnreadableChunk {

    /** The place that was asked for. */
    SegmentAddress address();
}
