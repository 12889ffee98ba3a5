package io.varve.storage.chunkstore;

import io.varve.storage.commit.Commit;
import io.varve.storage.commit.Committer;
import io.varve.storage.fingerprint.Fingerprint;
import io.varve.storage.metadata.Cursor;
import io.varve.storage.metadata.Family;
import io.varve.storage.metadata.MetadataView;
import io.varve.storage.segment.SegmentLease;
import io.varve.storage.segment.SegmentStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Frees chunks that are no part of any content any more and are kept only because deltas stand on them: what stands on one gets another
 * base, or becomes whole, where all of that together takes fewer bytes. So what thinned history leaves of a chain is the chunks it
 * still shows.
 *
 * <p>Walks the DELTAS family and compares each base's count with the deltas on it, which needs no list of what is to be done: stopping after
 * any step is safe, and a restart begins the walk again. A walk is worth its while when chunks have lost references since the last one. The count is only a hint. A base that somebody refers to again meanwhile stays alive,
 * and the deltas stand on another one all the same; the base itself is freed by the collector. One thread.
 */
public final class Rebaser {
    /** Bases that a step looks at. */
    private static final int LOOKS_MAX = 1000;

    /** Plain bytes that a step reads, and what the last base of it takes: whoever paces the work is asked in between. */
    private static final long STEP_BYTES_MAX = 8L << 20;

    /** Bases that were tried in vain and are remembered, so that they are not tried again until something has changed. */
    private static final int TRIED_MAX = 100_000;

    private final ChunkStore store;
    private final Committer committer;
    private final SegmentStore segments;
    private final ChunkReader reader;
    private final ChunkSwap.Terms terms;
    private final ReencodingStatistics statistics;

    /** How many deltas stood on a base when nothing was gained. */
    private final Map<Fingerprint, Integer> tried = new LinkedHashMap<>();

    /** Where the walk goes on; empty: from the start. */
    private byte[] position = new byte[0];

    Rebaser(
            ChunkStore store,
            Committer committer,
            SegmentStore segments,
            ChunkReader reader,
            ChunkSwap.Terms terms,
            ReencodingStatistics statistics) {
        this.store = store;
        this.committer = committer;
        this.segments = segments;
        this.reader = reader;
        this.terms = terms;
        this.statistics = statistics;
    }

    /**
     * What a step did.
     *
     * @param bytes plain bytes that it read
     * @param bytesSaved stored bytes that are needed no more, or will not be when the base is collected
     * @param finished whether the walk reached its end; the next step begins a new one
     */
    public record Step(long bytes, long bytesSaved, boolean finished) {}

    /** A chunk that only deltas hold. */
    private record Idle(Fingerprint base, ChunkRow row, List<Fingerprint> deltas) {}

    /** The bases of which the fingerprint begins alike, and on how many deltas they stand together: mostly one base. */
    private record Bases(long beginning, int deltas) {}

    /** Begins the walk anew. */
    public void restart() {
        position = new byte[0];
    }

    /** Looks at the next bases, until one was worth the work, or so many were looked at, or so much was read. */
    public Step step() throws IOException {
        long read = statistics.bytesRead();
        MetadataView view = committer.view();
        long saved = 0;
        for (int looks = 0;
                looks < LOOKS_MAX && saved == 0 && statistics.bytesRead() - read < STEP_BYTES_MAX;
                looks++) {
            Optional<Bases> next = next(view);
            if (next.isEmpty()) {
                position = new byte[0];
                return new Step(statistics.bytesRead() - read, 0, true);
            }
            for (Idle idle : idle(view, next.get())) {
                saved += rebase(view, idle);
            }
        }
        return new Step(statistics.bytesRead() - read, saved, false);
    }

    /** The next bases of the walk. */
    private Optional<Bases> next(MetadataView view) throws IOException {
        try (Cursor deltas = view.scan(Family.DELTAS, position, null)) {
            if (!deltas.next()) {
                return Optional.empty();
            }
            long beginning = ByteBuffer.wrap(deltas.key()).getLong();
            int count = 1;
            while (count <= RebasePlan.DELTAS_MAX
                    && deltas.next()
                    && ByteBuffer.wrap(deltas.key()).getLong() == beginning) {
                count++;
            }
            // Behind all keys that begin like that.
            position = ByteBuffer.allocate(2 * Long.BYTES + 1)
                    .putLong(beginning)
                    .putLong(-1)
                    .array();
            return Optional.of(new Bases(beginning, count));
        }
    }

    private List<Idle> idle(MetadataView view, Bases bases) throws IOException {
        List<Idle> found = new ArrayList<>();
        if (bases.deltas > RebasePlan.DELTAS_MAX) {
            return found;
        }
        StandingDeltas standing = new StandingDeltas(view);
        try (Cursor chunks = view.scanPrefix(Family.CHUNKS, ChunkKeys.beginning(bases.beginning))) {
            while (chunks.next()) {
                long count = view.counter(Family.COUNTS, chunks.key());
                // What has more references than there are deltas is held by something else: most bases are, and cost no
                // further look.
                if (count > 0 && count <= bases.deltas) {
                    Fingerprint base = ChunkKeys.fingerprint(chunks.key());
                    List<Fingerprint> deltas = standing.on(base);
                    if (deltas.size() == count && tried.getOrDefault(base, 0) != deltas.size()) {
                        found.add(new Idle(base, ChunkRow.decode(chunks.value()), deltas));
                    }
                }
            }
        }
        return found;
    }

    /** Gives everything that stands on a chunk another form, if that pays; says how many bytes it saves. */
    private long rebase(MetadataView view, Idle idle) throws IOException {
        ReadLease reading = store.lease();
        try (reading;
                SegmentLease lease = segments.lease()) {
            RebasePlan plan = new RebasePlan(view, reader, terms.rules(), statistics, idle.base, idle.row);
            if (!plan.make(idle.deltas)) {
                remember(idle);
                return 0;
            }
            List<ChunkSwap> swaps = plan.write(lease);
            boolean done = committer.commit(commit -> publish(commit, swaps, plan));
            return done ? plan.bytesSaved() : 0;
        }
    }

    private void remember(Idle idle) {
        if (tried.size() >= TRIED_MAX) {
            tried.remove(tried.keySet().iterator().next());
        }
        tried.put(idle.base, idle.deltas.size());
    }

    /** Those that others are to stand on come first. False if a chunk has changed meanwhile: then the base stays for now. */
    private boolean publish(Commit commit, List<ChunkSwap> swaps, RebasePlan plan) throws IOException {
        ReferenceChanges changes = new ReferenceChanges();
        boolean all = true;
        for (ChunkSwap swap : swaps) {
            if (swap.stage(commit, terms, changes)) {
                commit.afterPublish(() -> statistics.stored(swap.before(), swap.after()));
            } else {
                all = false;
            }
        }
        changes.stage(commit);
        plan.rememberHeir(commit);
        if (all) {
            commit.afterPublish(statistics::rebased);
        }
        return all;
    }
}
