package io.varve.storage.chunkstore;

import io.varve.storage.compression.Codec;
import io.varve.storage.fingerprint.Fingerprint;
import io.varve.storage.metadata.Family;
import io.varve.storage.metadata.MetadataView;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A chunk and its row, as they are in the store. */
record StoredRow(Fingerprint chunk, ChunkRow row) {

    /** The row of a chunk that somebody refers to; null if there is none. */
    static @Nullable StoredRow alive(MetadataView view, Fingerprint chunk) throws IOException {
        byte[] key = ChunkKeys.chunk(chunk);
        byte[] value = view.get(Family.CHUNKS, key);
        return value == null || view.counter(Family.COUNTS, key) <= 0
                ? null
                : new StoredRow(chunk, ChunkRow.decode(value));
    }

    /** Whether it did not get smaller when it arrived. A small one tells nothing by that: beside others it may still compress. */
    boolean isIncompressible() {
        return row instanceof ChunkRow.Located && row.codec() == Codec.RAW.id();
    }
}
