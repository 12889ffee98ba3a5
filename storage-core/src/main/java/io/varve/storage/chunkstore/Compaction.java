package io.varve.storage.chunkstore;

import io.varve.storage.commit.Commit;
import io.varve.storage.commit.Committer;
import io.varve.storage.delta.ChainRules;
import io.varve.storage.io.NoSpaceException;
import io.varve.storage.metadata.MetadataView;
import io.varve.storage.segment.ChunkLocation;
import io.varve.storage.segment.ScannedRecord;
import io.varve.storage.segment.SegmentAddress;
import io.varve.storage.segment.SegmentLease;
import io.varve.storage.segment.SegmentScan;
import io.varve.storage.segment.SegmentStore;
import io.varve.storage.segment.Tier;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Moves the live records out of one segment, in steps of one commit each. A chunk moves by compare and set: the commit that names
 * its new place does so only if the old one still holds. So a chunk that is freed or moved by somebody else in between stays as they
 * left it, and the copy is garbage. Whoever looked up the old place finds the segment there until it is deleted, and then looks again.
 *
 * <p>What moves stays in its tier; how, {@link RecordMover} knows.
 *
 * <p>Stopping after any step is safe: what was moved has moved. One thread.
 */
public final class Compaction implements AutoCloseable {
    /** The records of a step, together: a commit of a few milliseconds, and a fraction of the read buffers. */
    private static final int STEP_BYTES = 1 << 20;

    private final Committer committer;
    private final SegmentStore segments;
    private final Tier tier;
    private final ChunkSwap.Terms terms;
    private final MetadataView view;
    private final SegmentScan scan;

    Compaction(Committer committer, SegmentStore segments, int segment) throws IOException {
        this.committer = committer;
        this.segments = segments;
        this.tier = segments.tier(segment);
        // Nothing that moves gets another base, so no rule of chains is asked.
        this.terms = new ChunkSwap.Terms(segments, ChainRules.DEFAULT);
        this.view = committer.view();
        this.scan = segments.scan(segment);
    }

    /**
     * What a step did.
     *
     * @param bytes of the records that it moved
     * @param finished whether the segment's end was reached
     */
    public record Step(long bytes, boolean finished) {}

    /**
     * Moves the next records.
     *
     * @throws NoSpaceException if the disk has no room for them
     */
    public Step step() throws IOException {
        try (SegmentLease lease = segments.lease(tier)) {
            RecordMover mover = new RecordMover(segments, view, lease, false);
            mover.move(next());
            List<ChunkSwap> moves = mover.finish();
            segments.persist(tier);
            long bytes = moves.isEmpty() ? 0 : committer.commit(commit -> publish(commit, moves));
            return new Step(bytes, !scan.hasNext());
        }
    }

    @Override
    public void close() {
        scan.close();
    }

    /** The records in the next stretch of the segment. What does not verify stays where it is: a repair may still read it. */
    private List<ChunkLocation> next() {
        List<ChunkLocation> found = new ArrayList<>();
        long bytes = 0;
        while (bytes < STEP_BYTES && scan.hasNext()) {
            if (scan.next() instanceof ScannedRecord.Intact intact) {
                SegmentAddress address = intact.address();
                found.add(new ChunkLocation(intact.chunk().fingerprint(), address));
                bytes += address.end() - address.offset();
            }
        }
        return found;
    }

    private long publish(Commit commit, List<ChunkSwap> moves) throws IOException {
        ReferenceChanges changes = new ReferenceChanges();
        long bytes = 0;
        for (ChunkSwap move : moves) {
            bytes += move.stage(commit, terms, changes) ? move.after().storedBytes() : 0;
        }
        changes.stage(commit);
        return bytes;
    }
}
