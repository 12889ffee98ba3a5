package io.varve.storage.chunkstore;

import io.varve.storage.commit.Commit;
import io.varve.storage.commit.Committer;
import io.varve.storage.delta.ChainRules;
import io.varve.storage.delta.SuperFeatures;
import io.varve.storage.fingerprint.Fingerprint;
import io.varve.storage.io.CorruptionException;
import io.varve.storage.metadata.Family;
import io.varve.storage.segment.SegmentLease;
import io.varve.storage.segment.SegmentStore;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stores what stays in fewer bytes: chunks as differences to similar ones, and what is left in frames. Goes through the versions that
 * wait, oldest first, in small steps of one commit each; stopping after any step is safe, and a restart goes on where the last commit was.
 *
 * <p>Versions wait twice: nothing is framed while a version that is due still waits for its deltas, because what is framed first and a
 * delta later was compressed for nothing. One re-encoder at a time.
 */
public final class Reencoder {
    private static final Logger LOG = LoggerFactory.getLogger(Reencoder.class);

    private final ChunkStore store;
    private final Committer committer;
    private final SegmentStore segments;
    private final ChunkReader reader;
    private final ChunkSwap.Terms terms;
    private final long pageBytesSure;
    private final ReencodingStatistics statistics = new ReencodingStatistics();

    /** How the stretch before was shifted, and of which version. */
    private long lastTag;

    private long lastShift;

    /** @param pageBytesSure a manifest page with more content than this lists pages */
    Reencoder(
            ChunkStore store,
            Committer committer,
            SegmentStore segments,
            ChunkReader reader,
            ChainRules rules,
            long pageBytesSure) {
        this.store = store;
        this.committer = committer;
        this.segments = segments;
        this.reader = reader;
        this.terms = new ChunkSwap.Terms(segments, rules);
        this.pageBytesSure = pageBytesSure;
    }

    /**
     * What a step did.
     *
     * @param bytes plain bytes that it read
     * @param bytesSaved stored bytes that are needed no more
     * @param finished whether nothing more is due
     */
    public record Step(long bytes, long bytesSaved, boolean finished) {}

    /** What was done since the store was opened. */
    public ReencodingStatistics statistics() {
        return statistics;
    }

    /** Frees chunks that only deltas hold; used by who runs this, between its steps. */
    public Rebaser rebaser() {
        return new Rebaser(store, committer, segments, reader, terms, statistics);
    }

    /** The newest commit: with it as limit of {@link #step}, all that has arrived is due, and nothing that arrives meanwhile. */
    public long newestCommit() {
        return committer.publishedSequence();
    }

    /** How many versions wait, due or not. Walks them. */
    public long waiting() throws IOException {
        return WaitingVersion.count(committer.view());
    }

    /**
     * Encodes the next stretch of what is due.
     *
     * @param sequenceMax versions of this commit and older ones are due
     */
    public Step step(long sequenceMax) throws IOException {
        long read = statistics.bytesRead();
        long saved = statistics.bytesBefore() - statistics.bytesAfter();
        boolean worked = deltas(sequenceMax) || frames(sequenceMax);
        return new Step(
                statistics.bytesRead() - read, statistics.bytesBefore() - statistics.bytesAfter() - saved, !worked);
    }

    /** Makes the deltas of one stretch; false if no version waits for any. */
    private boolean deltas(long sequenceMax) throws IOException {
        Optional<WaitingVersion> due =
                WaitingVersion.next(committer.view(), WaitingVersion.Stage.DELTAS, sequenceMax, Optional.empty());
        if (due.isEmpty()) {
            return false;
        }
        WaitingVersion version = due.get();
        ReadLease reading = store.lease();
        try (reading;
                SegmentLease lease = segments.lease()) {
            VersionWindow window = window(version);
            DeltaPlanner planner = new DeltaPlanner(committer.view(), reader, terms.rules(), lease, statistics);
            DeltaPlanner.Plan plan = planner.plan(window);
            committer.commit(commit -> publish(commit, plan, version.at(window.end())));
            lastShift = window.shift();
        } catch (CorruptionException e) {
            drop(version, e);
        }
        return true;
    }

    private VersionWindow window(WaitingVersion version) throws IOException {
        boolean goesOn = version.position() > 0 && lastTag == version.tag();
        lastTag = version.tag();
        return VersionWindow.of(reader, version, pageBytesSure, goesOn ? lastShift : 0);
    }

    /** Its pages cannot be read: it was deleted, or it is damaged, which checks tell. */
    private void drop(WaitingVersion version, CorruptionException reason) throws IOException {
        LOG.debug("A version is not encoded again: {}", reason.getMessage());
        committer.commit(commit -> {
            version.stageDropped(commit);
            return true;
        });
    }

    private boolean publish(Commit commit, DeltaPlanner.Plan plan, WaitingVersion progress) throws IOException {
        ReferenceChanges changes = new ReferenceChanges();
        for (DeltaPlanner.Delta delta : plan.deltas()) {
            if (delta.swap().stage(commit, terms, changes)) {
                SimilarityIndex.forget(commit, delta.superseded());
                commit.afterPublish(() -> {
                    statistics.stored(delta.swap().before(), delta.swap().after());
                    statistics.depth(delta.depth());
                });
            }
        }
        for (Map.Entry<Fingerprint, SuperFeatures> each : plan.remembered().entrySet()) {
            if (commit.get(Family.CHUNKS, ChunkKeys.chunk(each.getKey())) != null) {
                SimilarityIndex.remember(commit, each.getKey(), each.getValue());
            }
        }
        changes.stage(commit);
        progress.stageProgress(commit);
        return true;
    }

    /** Writes one frame; false if no version waits for any. */
    private boolean frames(long sequenceMax) throws IOException {
        ReadLease reading = store.lease();
        try (reading;
                SegmentLease lease = segments.lease()) {
            FramePlanner planner = new FramePlanner(committer.view(), reader, segments, lease, statistics);
            Optional<WaitingVersion> after = Optional.empty();
            while (!planner.isFull()) {
                Optional<WaitingVersion> due =
                        WaitingVersion.next(committer.view(), WaitingVersion.Stage.FRAMES, sequenceMax, after);
                if (due.isEmpty()) {
                    break;
                }
                gather(due.get(), planner);
                after = due;
            }
            FramePlanner.Plan plan = planner.finish();
            if (plan.progress().isEmpty()) {
                return false;
            }
            committer.commit(commit -> publish(commit, plan));
            return true;
        }
    }

    private void gather(WaitingVersion version, FramePlanner planner) throws IOException {
        try {
            WaitingVersion at = version;
            while (at.isOpen() && !planner.isFull()) {
                at = planner.gather(at, window(at));
            }
            planner.progress(at);
        } catch (CorruptionException e) {
            LOG.debug("A version is not framed: {}", e.getMessage());
            planner.progress(version.at(version.content().length()));
        }
    }

    private boolean publish(Commit commit, FramePlanner.Plan plan) throws IOException {
        ReferenceChanges changes = new ReferenceChanges();
        for (ChunkSwap swap : plan.swaps()) {
            if (swap.stage(commit, terms, changes)) {
                commit.afterPublish(() -> statistics.stored(swap.before(), swap.after()));
            }
        }
        changes.stage(commit);
        for (WaitingVersion each : plan.progress()) {
            each.stageProgress(commit);
        }
        return true;
    }
}
