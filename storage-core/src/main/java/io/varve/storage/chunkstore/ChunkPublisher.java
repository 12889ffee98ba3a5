package io.varve.storage.chunkstore;

import io.varve.storage.commit.Commit;
import io.varve.storage.fingerprint.Fingerprint;
import io.varve.storage.io.NoSpaceException;
import io.varve.storage.metadata.Family;
import io.varve.storage.segment.SegmentStore;
import java.io.IOException;

/** Puts prepared chunks into the index, and lets go of what was held for them. Thread-safe. */
final class ChunkPublisher {
    private final SegmentStore segments;
    private final ChunkLeases leases;
    private final DamagedChunks damaged;

    ChunkPublisher(SegmentStore segments, ChunkLeases leases, DamagedChunks damaged) {
        this.segments = segments;
        this.leases = leases;
        this.damaged = damaged;
    }

    /**
     * Stages a chunk's record, unless the store has one: then this copy is garbage in its segment. If the store's is damaged, this one
     * takes its place.
     *
     * @return whether the record is new
     * @throws IOException if the chunk's bytes were lost on the way to the disk
     */
    boolean publish(Commit commit, PreparedChunk chunk) throws IOException {
        byte[] key = ChunkKeys.chunk(chunk.fingerprint());
        if (chunk.fresh().isEmpty()) {
            return false;
        }
        byte[] row = commit.get(Family.CHUNKS, key);
        ChunkRow record = chunk.fresh().get();
        if (row != null) {
            if (damaged.contains(chunk.fingerprint())) {
                replace(commit, chunk.fingerprint(), row, record);
                damaged.strike(commit, chunk.fingerprint());
            }
            return false;
        }
        if (record.address().isPresent() && !segments.isIntact(record.address().get())) {
            throw new NoSpaceException("The disk had no room for the content.");
        }
        commit.put(Family.CHUNKS, key, ChunkRow.encode(record));
        ChunkTotals.stage(commit, record, 1);
        return true;
    }

    /**
     * Stages another record for a chunk, stored whole; references on it stay as they are, one that it held on a base goes.
     *
     * @param row the present one
     * @throws IOException if the new bytes were lost on the way to the disk
     */
    void replace(Commit commit, Fingerprint chunk, byte[] row, ChunkRow record) throws IOException {
        ChunkRow before = ChunkRow.decode(row);
        if (record.address().isPresent() && !segments.isIntact(record.address().get())) {
            throw new NoSpaceException("The disk had no room for the content.");
        }
        commit.put(Family.CHUNKS, ChunkKeys.chunk(chunk), ChunkRow.encode(record));
        ChunkTotals.stage(commit, before, -1);
        ChunkTotals.stage(commit, record, 1);
        before.base().ifPresent(base -> {
            ReferenceChanges changes = new ReferenceChanges();
            changes.add(base, -1);
            changes.stage(commit);
            commit.delete(Family.DELTAS, ChunkKeys.delta(base, chunk));
        });
    }

    /** Ends what was held for a chunk. */
    void discard(PreparedChunk chunk) {
        if (chunk.leased()) {
            leases.release(chunk.fingerprint());
        }
    }
}
