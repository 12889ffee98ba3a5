package io.varve.storage.chunkstore;

import io.varve.storage.commit.Commit;
import io.varve.storage.commit.Committer;
import io.varve.storage.fingerprint.Fingerprint;
import io.varve.storage.io.CorruptionException;
import io.varve.storage.metadata.Cursor;
import io.varve.storage.metadata.Family;
import io.varve.storage.metadata.MetadataView;
import io.varve.storage.segment.SegmentStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Frees chunks that nobody refers to, and segments in which nothing is left.
 *
 * <p>Looks only at the candidates, chunks that lost a reference: its cost follows the garbage, not the store. One step plans
 * outside the committer, condemns what it plans to free so that no writer can begin to refer to it, and then decides again
 * inside one commit: count 0, no lease, no reader that began before the last reference went. A freed page's children, and a freed
 * delta's base, lose a reference and become candidates themselves. One collector at a time.
 */
public final class ChunkCollector {
    private static final Logger LOG = LoggerFactory.getLogger(ChunkCollector.class);

    private final Committer committer;
    private final SegmentStore segments;
    private final ChunkLeases leases;
    private final ReadLeases readers;
    private final ChunkStore store;

    /** Where the next step goes on; empty: from the start. */
    private byte[] position = new byte[0];

    ChunkCollector(
            Committer committer, SegmentStore segments, ChunkLeases leases, ReadLeases readers, ChunkStore store) {
        this.committer = committer;
        this.segments = segments;
        this.leases = leases;
        this.readers = readers;
        this.store = store;
    }

    /**
     * What a step did.
     *
     * @param chunks chunks freed
     * @param bytes their bytes on disk
     * @param kept chunks that lost a reference and have others
     * @param finished whether the candidates' end was reached
     */
    public record Step(long chunks, long bytes, long kept, boolean finished) {}

    /**
     * A chunk that lost a reference.
     *
     * @param free whether it looked free when the step was planned
     * @param children of a page that looked free, what it lists
     */
    private record Candidate(Fingerprint chunk, boolean free, List<ManifestChild> children) {}

    /**
     * Looks at up to so many candidates and frees those that can be.
     *
     * @param limit 1 to a few thousand; bounds the commit
     */
    public Step step(int limit) throws IOException {
        List<Candidate> candidates = new ArrayList<>();
        boolean finished = plan(limit, candidates);
        List<Candidate> condemned = new ArrayList<>(candidates.size());
        try {
            for (Candidate candidate : candidates) {
                if (leases.condemn(candidate.chunk)) {
                    condemned.add(candidate);
                }
            }
            if (condemned.isEmpty()) {
                return new Step(0, 0, 0, finished);
            }
            List<Fingerprint> freed = new ArrayList<>();
            Step step = committer.commit(commit -> free(commit, condemned, finished, freed));
            store.disk().forget(freed);
            return step;
        } finally {
            condemned.forEach(c -> leases.acquit(c.chunk));
        }
    }

    /** Collects candidates that look free; true if there are no more. */
    private boolean plan(int limit, List<Candidate> candidates) throws IOException {
        MetadataView view = store.view();
        long oldestReader = readers.oldest();
        int seen = 0;
        try (Cursor cursor = view.scan(Family.CANDIDATES, position, null)) {
            while (cursor.next()) {
                if (seen++ == limit) {
                    position = cursor.key();
                    return false;
                }
                long sequence = ByteBuffer.wrap(cursor.value()).getLong();
                if (sequence <= oldestReader) {
                    Fingerprint chunk = ChunkKeys.fingerprint(cursor.key());
                    boolean free = view.counter(Family.COUNTS, cursor.key()) == 0;
                    byte[] value = free ? view.get(Family.CHUNKS, cursor.key()) : null;
                    boolean page = value != null && ChunkRow.decode(value).page();
                    candidates.add(new Candidate(chunk, free, page ? childrenOf(chunk) : List.of()));
                }
            }
        }
        position = new byte[0];
        return true;
    }

    private List<ManifestChild> childrenOf(Fingerprint page) throws IOException {
        try {
            return store.page(page);
        } catch (CorruptionException e) {
            LOG.warn("A manifest page that is no longer used cannot be read; what it lists stays: {}", e.getMessage());
            return List.of();
        }
    }

    private Step free(Commit commit, List<Candidate> condemned, boolean finished, List<Fingerprint> freed)
            throws IOException {
        // The commit may be tried again.
        freed.clear();
        ReferenceChanges changes = new ReferenceChanges();
        long oldestReader = readers.oldest();
        long chunks = 0;
        long bytes = 0;
        long kept = 0;
        for (Candidate candidate : condemned) {
            byte[] key = ChunkKeys.chunk(candidate.chunk);
            byte[] sequence = commit.get(Family.CANDIDATES, key);
            if (sequence == null || ByteBuffer.wrap(sequence).getLong() > oldestReader) {
                continue;
            }
            long count = commit.counter(Family.COUNTS, key);
            if (count < 0) {
                throw new CorruptionException("Chunk " + candidate.chunk.toHex() + " has a reference count of " + count
                        + ": run ./varve fsck.");
            }
            if (count == 0 && !candidate.free) {
                // It lost its last reference since the step was planned: the next step reads what it lists.
                continue;
            }
            commit.delete(Family.CANDIDATES, key);
            kept += count > 0 ? 1 : 0;
            byte[] value = count > 0 ? null : commit.get(Family.CHUNKS, key);
            if (value != null) {
                ChunkRow record = ChunkRow.decode(value);
                commit.delete(Family.CHUNKS, key);
                commit.delete(Family.COUNTS, key);
                store.damaged().strike(commit, candidate.chunk);
                changes.add(candidate.children, -1);
                ChunkTotals.stage(commit, record, -1);
                record.base().ifPresent(base -> {
                    changes.add(base, -1);
                    commit.delete(Family.DELTAS, ChunkKeys.delta(base, candidate.chunk));
                });
                SimilarityIndex.forget(commit, candidate.chunk);
                freed.add(candidate.chunk);
                chunks++;
                bytes += record.storedBytes();
            }
        }
        changes.stage(commit);
        return new Step(chunks, bytes, kept, finished);
    }

    /**
     * Deletes sealed segments in which no chunk is left.
     *
     * @return how many
     */
    public int deleteEmptySegments() throws IOException {
        int deleted = 0;
        for (int segment : segments.ids()) {
            byte[] key = ChunkKeys.segment(segment);
            if (!segments.isOpen(segment)
                    && committer.view().counter(Family.SEGMENTS, key) == 0
                    && !segments.isPinned(segment)) {
                // Closed, so nothing is appended; unpinned, so no commit to come can refer to it.
                boolean empty = committer.commit(commit -> {
                    if (commit.counter(Family.SEGMENTS, key) != 0) {
                        return false;
                    }
                    commit.delete(Family.SEGMENTS, key);
                    SegmentIds.stageDeleted(commit, segment);
                    store.accesses().forget(commit, segment);
                    return true;
                });
                if (empty) {
                    segments.delete(segment);
                    deleted++;
                }
            }
        }
        return deleted;
    }
}
