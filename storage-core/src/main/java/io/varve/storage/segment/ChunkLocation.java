package io.varve.storage.segment;

import io.varve.storage.fingerprint.Fingerprint;

/**
 * A chunk and the place where it should be.
 *
 * @param fingerprint what the record there must be of
 * @param address the place
 */
public record ChunkLocation(Fingerprint fingerprint, SegmentAddress address) {}
