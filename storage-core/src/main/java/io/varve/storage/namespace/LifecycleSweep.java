package io.varve.storage.namespace;

import io.varve.storage.chunkstore.Content;
import io.varve.storage.commit.Committer;
import io.varve.storage.namespace.KeyVersions.Delete;
import io.varve.storage.namespace.KeyVersions.Outcome;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Does what buckets' lifecycle rules say: a round walks all versions of the buckets that have rules, in steps. Deletes are those of a
 * client, asked again in the commit that does them, so a key that was written anew stays, a locked version stays, and what goes is
 * history for as long as the bucket's retention says. One thread.
 */
public final class LifecycleSweep {
    private static final Logger LOG = LoggerFactory.getLogger(LifecycleSweep.class);
    private static final int STEP_VERSIONS_MAX = 500;
    private static final String NAME = "(lifecycle)";

    private final Committer committer;
    private final KeyVersions versions;
    private final Uploads uploads;
    private final Buckets buckets;
    private final InstantSource clock;
    private final Duration day;
    private final Deque<Walk> walks = new ArrayDeque<>();
    private Instant now = Instant.EPOCH;

    /**
     * What a step did.
     *
     * @param versions versions and markers that were deleted, and current versions that got a marker
     * @param bytes the sum of their lengths
     * @param finished whether the round is over
     */
    public record Step(long versions, long bytes, boolean finished) {}

    /** A bucket on its way through its versions. */
    private static final class Walk {
        final Bucket bucket;
        final List<LifecycleRule> rules;
        String keyMarker = "";
        String versionMarker = "";

        /** The version before the next one, if that is of the same key. */
        Optional<KeyVersion> newer = Optional.empty();

        /** How many versions of the same key that are not current came before. */
        int noncurrent;

        Walk(Bucket bucket, List<LifecycleRule> rules) {
            this.bucket = bucket;
            this.rules = rules;
        }
    }

    /** A delete with what it takes. */
    private record Due(Delete delete, long bytes) {}

    /** A version that gets another storage class. */
    private record Move(Entry entry, StorageClass to) {}

    /** Puts bytes where a storage class has them. */
    @FunctionalInterface
    public interface Mover {
        /**
         * Moves what a version consists of.
         *
         * @return whether all of it is there; else it is asked for again in a later round
         */
        boolean move(Content content, StorageClass to) throws IOException;
    }

    /** @param day the length of a day in rules */
    LifecycleSweep(
            Committer committer,
            KeyVersions versions,
            Uploads uploads,
            Buckets buckets,
            InstantSource clock,
            Duration day) {
        this.committer = committer;
        this.versions = versions;
        this.uploads = uploads;
        this.buckets = buckets;
        this.clock = clock;
        this.day = day;
    }

    /** Begins a round, also in place of one that is under way; the steps follow. */
    public void begin() throws IOException {
        now = clock.instant();
        walks.clear();
        for (Bucket bucket : buckets.list()) {
            try {
                List<LifecycleRule> rules = LifecycleRule.of(bucket.settings()).stream()
                        .filter(LifecycleRule::enabled)
                        .toList();
                if (!rules.isEmpty()) {
                    walks.add(new Walk(bucket, rules));
                }
            } catch (IllegalArgumentException e) {
                LOG.error("The lifecycle rules of the bucket '{}' cannot be read.", bucket.name(), e);
            }
        }
    }

    /**
     * Does a part of the round: looks at some hundred versions of one bucket.
     *
     * @param mover asked before a version gets another storage class
     */
    public Step step(Mover mover) throws IOException {
        Walk walk = walks.peek();
        if (walk == null) {
            return new Step(0, 0, true);
        }
        if (walk.keyMarker.isEmpty()) {
            abortUploads(walk);
        }
        if (new Tree(committer.view()).bucket(walk.bucket.name()).isEmpty()) {
            walks.remove();
            return new Step(0, 0, walks.isEmpty());
        }
        VersionPage page = versions.list(
                walk.bucket.name(),
                new VersionPage.Query("", "", walk.keyMarker, walk.versionMarker, STEP_VERSIONS_MAX));
        List<Due> due = new ArrayList<>();
        List<Move> moves = new ArrayList<>();
        for (VersionPage.Item item : page.items()) {
            if (item instanceof VersionPage.Found found) {
                look(walk, found.version(), due, moves);
            }
        }
        walk.keyMarker = page.nextKey();
        walk.versionMarker = page.nextVersion();
        if (!page.truncated()) {
            walks.remove();
        }
        move(moves, mover);
        return done(due);
    }

    /** A disk that is full or fails ends this step's moves; what has not moved keeps its class until a later round. */
    private void move(List<Move> moves, Mover mover) {
        List<KeyVersions.Change> changes = new ArrayList<>();
        try {
            for (Move move : moves) {
                if (!mover.move(move.entry().content(), move.to())) {
                    break;
                }
                changes.add(new KeyVersions.Change(
                        move.entry().path(),
                        Optional.of(move.entry().version()),
                        move.to()::in,
                        unchanged(move.entry())));
            }
        } catch (IOException e) {
            LOG.warn("Objects keep their storage class for now: {}", e.getMessage());
        }
        if (!changes.isEmpty()) {
            versions.changeAll(changes);
        }
    }

    /** What is done is done to this version only. */
    private static WriteOptions unchanged(Entry entry) {
        long sequence = entry.sequence();
        return WriteOptions.keys(NAME).when(current -> {
            if (current.isEmpty() || current.get().sequence() != sequence) {
                throw new StorageException.PreconditionFailed("It changed meanwhile.");
            }
        });
    }

    private Step done(List<Due> due) {
        List<Outcome> outcomes =
                versions.deleteAll(due.stream().map(Due::delete).toList());
        long count = 0;
        long bytes = 0;
        for (int i = 0; i < due.size(); i++) {
            if (outcomes.get(i) instanceof Outcome.Done) {
                count++;
                bytes += due.get(i).bytes();
            }
        }
        return new Step(count, bytes, walks.isEmpty());
    }

    private void abortUploads(Walk walk) throws IOException {
        for (LifecycleRule rule : walk.rules) {
            if (rule.abortDays() > 0) {
                for (Upload upload : uploads.list(
                        UploadQuery.all(walk.bucket.name(), rule.filter().prefix()))) {
                    if (!LifecycleRule.after(upload.started(), rule.abortDays(), day)
                            .isAfter(now)) {
                        abort(upload);
                    }
                }
            }
        }
    }

    private void abort(Upload upload) throws IOException {
        try {
            uploads.abort(upload);
        } catch (StorageException.NoSuchUpload ignored) {
            // It was completed or aborted meanwhile.
        }
    }

    /** Finds out what a version is due for, if anything. */
    private void look(Walk walk, KeyVersion version, List<Due> due, List<Move> moves) {
        EntryPath path = version.entry().path();
        boolean same = walk.newer.filter(one -> one.entry().path().equals(path)).isPresent();
        Optional<KeyVersion> newer = same ? walk.newer : Optional.empty();
        walk.noncurrent = same ? walk.noncurrent : 0;
        walk.newer = Optional.of(version);
        boolean goes;
        Optional<StorageClass> changes;
        if (newer.isEmpty()) {
            goes = walk.rules.stream().anyMatch(rule -> endsLatest(rule, version));
            changes = transition(walk, version, true, LifecycleRule.made(version.entry()), 0);
        } else {
            Instant since = LifecycleRule.made(newer.get().entry());
            int rank = walk.noncurrent++;
            goes = walk.rules.stream().anyMatch(rule -> endsNoncurrent(rule, version, since, rank));
            changes = transition(walk, version, false, since, rank);
        }
        if (goes) {
            boolean byId = newer.isPresent() || version.marker();
            due.add(new Due(
                    new Delete(
                            path,
                            byId ? Optional.of(version.id()) : Optional.empty(),
                            false,
                            unchanged(version.entry())),
                    version.entry().size()));
        } else {
            changes.ifPresent(to -> moves.add(new Move(version.entry(), to)));
        }
    }

    /**
     * The storage class that a version is due for.
     *
     * @param since when it was made, or stopped being current
     * @param rank how many newer versions that are not current there are
     */
    private Optional<StorageClass> transition(Walk walk, KeyVersion version, boolean current, Instant since, int rank) {
        if (version.marker() || version.entry().isDirectory()) {
            return Optional.empty();
        }
        StorageClass now = StorageClass.of(version.entry().attributes());
        return walk.rules.stream()
                .filter(rule -> !rule.transitions().isEmpty() && rule.covers(version))
                .flatMap(rule -> rule.transitions().stream())
                .filter(one -> one.current() == current && rank >= one.newer() && now.leadsTo(one.to()))
                .filter(one -> !one.due(since, day).isAfter(this.now))
                .map(LifecycleRule.Transition::to)
                .max(Comparator.naturalOrder());
    }

    private boolean endsLatest(LifecycleRule rule, KeyVersion version) {
        if (!rule.covers(version)) {
            return false;
        }
        boolean expired = rule.expires(LifecycleRule.made(version.entry()), day)
                .filter(when -> !when.isAfter(now))
                .isPresent();
        if (!version.marker()) {
            return expired && !version.entry().isDirectory();
        }
        return (expired || rule.endsMarkers()) && isAlone(version);
    }

    /** Whether nothing else is left of a key than this marker. */
    private boolean isAlone(KeyVersion marker) {
        String key = marker.entry().path().key();
        VersionPage page = versions.list(
                marker.entry().path().bucket(),
                new VersionPage.Query(key, "", key, marker.id().toString(), 1));
        return page.items().stream()
                .noneMatch(item -> item instanceof VersionPage.Found found
                        && found.version().entry().path().key().equals(key));
    }

    private boolean endsNoncurrent(LifecycleRule rule, KeyVersion version, Instant since, int rank) {
        return rule.noncurrent()
                        .filter(when -> rank >= when.newer()
                                && !LifecycleRule.after(since, when.days(), day).isAfter(now))
                        .isPresent()
                && rule.covers(version);
    }
}
