package io.varve.storage.chunkstore;

import io.varve.storage.fingerprint.Fingerprint;
import java.util.Optional;

/**
 * A chunk on its way into a commit.
 *
 * @param fingerprint its identity
 * @param length its plain length in bytes
 * @param fresh what to publish if no other commit did meanwhile; empty if the store has the chunk
 * @param leased whether a lease on it is held
 */
record PreparedChunk(Fingerprint fingerprint, int length, Optional<ChunkRow> fresh, boolean leased) {

    ManifestChild asLeaf() {
        return new ManifestChild(fingerprint, length, false);
    }
}
