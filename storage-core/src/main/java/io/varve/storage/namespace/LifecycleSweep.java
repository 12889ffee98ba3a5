package io.varve.storage.namespace;

import io.varve.storage.commit.Committer;
import io.varve.storage.namespace.KeyVersions.Delete;
import io.varve.storage.namespace.KeyVersions.Outcome;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
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

    /** Does a part of the round: looks at some hundred versions of one bucket. */
    public Step step() throws IOException {
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
        for (VersionPage.Item item : page.items()) {
            if (item instanceof VersionPage.Found found) {
                look(walk, found.version()).ifPresent(due::add);
            }
        }
        walk.keyMarker = page.nextKey();
        walk.versionMarker = page.nextVersion();
        if (!page.truncated()) {
            walks.remove();
        }
        return done(due);
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
                for (Upload upload :
                        uploads.list(walk.bucket.name(), rule.filter().prefix())) {
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

    /** The delete that a version is due for. */
    private Optional<Due> look(Walk walk, KeyVersion version) {
        EntryPath path = version.entry().path();
        boolean same = walk.newer.filter(one -> one.entry().path().equals(path)).isPresent();
        Optional<KeyVersion> newer = same ? walk.newer : Optional.empty();
        walk.noncurrent = same ? walk.noncurrent : 0;
        walk.newer = Optional.of(version);
        boolean goes;
        if (newer.isEmpty()) {
            goes = walk.rules.stream().anyMatch(rule -> endsLatest(rule, version));
        } else {
            Instant since = LifecycleRule.made(newer.get().entry());
            int rank = walk.noncurrent++;
            goes = walk.rules.stream().anyMatch(rule -> endsNoncurrent(rule, version, since, rank));
        }
        if (!goes) {
            return Optional.empty();
        }
        long sequence = version.entry().sequence();
        WriteOptions options = WriteOptions.keys(NAME).when(current -> {
            if (current.isEmpty() || current.get().sequence() != sequence) {
                throw new StorageException.PreconditionFailed("It changed meanwhile.");
            }
        });
        boolean byId = newer.isPresent() || version.marker();
        return Optional.of(new Due(
                new Delete(path, byId ? Optional.of(version.id()) : Optional.empty(), false, options),
                version.entry().size()));
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
