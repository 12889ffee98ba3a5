package io.varve.storage.chunkstore;

import io.varve.storage.commit.Commit;
import io.varve.storage.delta.Candidate;
import io.varve.storage.delta.ChainRules;
import io.varve.storage.fingerprint.Fingerprint;
import io.varve.storage.io.NoSpaceException;
import io.varve.storage.metadata.Family;
import io.varve.storage.segment.SegmentAddress;
import io.varve.storage.segment.SegmentStore;
import java.io.IOException;
import java.util.Optional;

/**
 * Gives a chunk another stored form: by compare and set, so that a chunk that was freed, moved or encoded by somebody else since the
 * new form was made stays as they left it, and what was written for nothing is garbage in its segment.
 *
 * @param chunk the chunk
 * @param before its row as it was when the new form was made
 * @param after its new row
 */
record ChunkSwap(Fingerprint chunk, ChunkRow before, ChunkRow after) {

    /** What is asked of every swap, in the commit that does it. */
    record Terms(SegmentStore segments, ChainRules rules) {}

    /**
     * Stages the swap if it still holds.
     *
     * @param changes takes the references that bases gain and lose
     * @return whether it was staged
     * @throws NoSpaceException if the new bytes were lost on the way to the disk
     */
    boolean stage(Commit commit, Terms terms, ReferenceChanges changes) throws IOException {
        byte[] key = ChunkKeys.chunk(chunk);
        byte[] row = commit.get(Family.CHUNKS, key);
        if (row == null || !ChunkRow.decode(row).equals(before)) {
            return false;
        }
        Optional<Fingerprint> oldBase = before.base();
        Optional<Fingerprint> base = after.base();
        if (!oldBase.equals(base) && !mayStandOn(commit, terms.rules, base)) {
            return false;
        }
        Optional<SegmentAddress> address = after.address();
        if (address.isPresent() && !terms.segments.isIntact(address.get())) {
            throw new NoSpaceException("The disk had no room to store chunks in another form.");
        }
        commit.put(Family.CHUNKS, key, ChunkRow.encode(after));
        ChunkTotals.stage(commit, before, -1);
        ChunkTotals.stage(commit, after, 1);
        if (!oldBase.equals(base)) {
            oldBase.ifPresent(lost -> {
                changes.add(lost, -1);
                commit.delete(Family.DELTAS, ChunkKeys.delta(lost, chunk));
            });
            base.ifPresent(gained -> {
                changes.add(gained, 1);
                commit.put(Family.DELTAS, ChunkKeys.delta(gained, chunk), new byte[0]);
            });
        }
        return true;
    }

    /** Asked again here, because chains may have changed: base alive, no cycle, not too deep. */
    private boolean mayStandOn(Commit commit, ChainRules rules, Optional<Fingerprint> base) throws IOException {
        if (base.isEmpty()) {
            return true;
        }
        StandingDeltas deltas = new StandingDeltas(commit);
        ChunkRow row = deltas.row(base.get());
        if (row == null || commit.counter(Family.COUNTS, ChunkKeys.chunk(base.get())) <= 0) {
            return false;
        }
        Candidate<Fingerprint> candidate = new Candidate<>(base.get(), 0, deltas.chain(row));
        return rules.fit(chunk, deltas.height(chunk), candidate) == ChainRules.Fit.FITS;
    }
}
