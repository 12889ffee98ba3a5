package io.varve.storage.segment;

import java.io.IOException;

/**
 * A record that could not be read.
 *
 * @param address the place that was asked for
 * @param cause what {@link SegmentStore#read} would have thrown
 */
public record UnreadableChunk(SegmentAddress address, IOException cause) implements ChunkRead {}
