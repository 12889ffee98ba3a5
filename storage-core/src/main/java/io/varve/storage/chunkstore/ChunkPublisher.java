package io.varve.storage.chunkstore;

import io.varve.storage.commit.Commit;
import io.varve.storage.io.NoSpaceException;
import io.varve.storage.metadata.Family;
import io.varve.storage.segment.SegmentStore;
import java.io.IOException;

/** Puts prepared chunks into the index, and lets go of what was held for them. Thread-safe. */
final class ChunkPublisher {
    private final SegmentStore segments;
    private final ChunkLeases leases;

    ChunkPublisher(SegmentStore segments, ChunkLeases leases) {
        this.segments = segments;
        this.leases = leases;
    }

    /**
     * Stages a chunk's record, unless the store has one: then this copy is garbage in its segment.
     *
     * @return whether the record is new
     * @throws IOException if the chunk's bytes were lost on the way to the disk
     */
    boolean publish(Commit commit, PreparedChunk chunk) throws IOException {
        byte[] key = ChunkKeys.chunk(chunk.fingerprint());
        if (chunk.fresh().isEmpty() || commit.get(Family.CHUNKS, key) != null) {
            return false;
        }
        ChunkRow record = chunk.fresh().get();
        if (record.address().isPresent() && !segments.isIntact(record.address().get())) {
            throw new NoSpaceException("The disk had no room for the content.");
        }
        commit.put(Family.CHUNKS, key, ChunkRow.encode(record));
        ChunkTotals.stage(commit, record, 1);
        return true;
    }

    /** Ends what was held for a chunk. */
    void discard(PreparedChunk chunk) {
        if (chunk.leased()) {
            leases.release(chunk.fingerprint());
        }
    }
}
