package io.varve.storage.namespace;

import static io.varve.storage.namespace.Translation.translated;

import io.varve.storage.chunkstore.ChunkStore;
import io.varve.storage.commit.Commit;
import io.varve.storage.commit.Committer;
import io.varve.storage.metadata.Cursor;
import io.varve.storage.metadata.Family;
import io.varve.storage.metadata.MetadataView;
import java.io.IOException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What is kept of the past: each bucket's rule, and the end of what no rule keeps. A bucket without a rule of its own follows the
 * server's; one that was deleted keeps the rule it had. Thread-safe.
 */
public final class Retention {
    private final Committer committer;
    private final ChunkStore chunks;
    private final InstantSource clock;
    private final TreeChanges changes;
    private final Set<Long> directoriesBeingBuilt;

    Retention(
            Committer committer,
            ChunkStore chunks,
            InstantSource clock,
            TreeChanges changes,
            Set<Long> directoriesBeingBuilt) {
        this.committer = committer;
        this.chunks = chunks;
        this.clock = clock;
        this.changes = changes;
        this.directoriesBeingBuilt = directoriesBeingBuilt;
    }

    /**
     * A bucket's rule and what it has left.
     *
     * @param policy the rule that holds
     * @param own whether it is the bucket's own, not the server's
     * @param wholeSince every moment from here on can be shown
     */
    public record Rule(RetentionPolicy policy, boolean own, Instant wholeSince) {}

    /** The rule of buckets that have none of their own. */
    public RetentionPolicy serverDefault() {
        return changes.serverDefault();
    }

    /**
     * The rule of a bucket, or of the last one of that name.
     *
     * @throws StorageException.NoSuchBucket if there is none, and none in history
     */
    public Rule of(String bucket) {
        return translated(() -> {
            BucketRow row = latest(committer.view(), bucket);
            HorizonRow horizon = HorizonRow.read(committer.view(), row.scope());
            boolean own = row.settings().get(BucketRow.RETENTION).isPresent();
            return new Rule(
                    row.retention(serverDefault()), own, EntryRow.instant(Math.max(horizon.whole(), row.created())));
        });
    }

    /**
     * Gives a bucket a rule of its own, or takes it away; what is left of earlier buckets of that name follows it, too. Versions that the
     * new rule does not keep go in the next rounds of background work; what the old one dropped does not come back.
     *
     * @param policy empty: the server's rule
     * @throws StorageException.NoSuchBucket if there is none, and none in history
     */
    public void set(String bucket, Optional<RetentionPolicy> policy) {
        translated(() -> committer.commit(commit -> {
            List<PastRow> formerRoots = formerRoots(commit, bucket);
            for (PastRow former : formerRoots) {
                BucketRow changed = with(BucketRow.former(former), policy);
                byte[] key = NameKeys.past(NameKeys.NOWHERE, NameKeys.formerBucket(bucket), changed.since());
                commit.put(
                        Family.PAST,
                        key,
                        changed.ended(former.end(), former.cause()).encode());
                apply(commit, changed);
            }
            Optional<BucketRow> live = new Tree(commit).bucket(bucket);
            if (live.isPresent()) {
                BucketRow changed = with(live.get(), policy);
                commit.put(Family.BUCKETS, NameKeys.bucket(bucket), changed.encode());
                apply(commit, changed);
            } else if (formerRoots.isEmpty()) {
                throw new StorageException.NoSuchBucket(bucket);
            }
            return true;
        }));
    }

    /**
     * Changes the rule of buckets that have none of their own, from this commit on.
     *
     * @see #set
     */
    public void setServerDefault(RetentionPolicy policy) {
        if (!policy.equals(serverDefault())) {
            translated(() -> committer.commit(commit -> {
                for (BucketRow owner : owners(commit).values()) {
                    apply(commit, owner, policy);
                }
                commit.endGroup();
                commit.afterPublish(() -> changes.setServerDefault(policy));
                return true;
            }));
        }
    }

    /**
     * Says what would go if expiry ran now, without changing anything.
     *
     * @param policy a rule to try; empty: the one that holds
     * @param listedMax the most single versions to tell; all are counted
     * @throws StorageException.NoSuchBucket if there is no such bucket, and none in history
     */
    public RetentionPlan plan(String bucket, Optional<RetentionPolicy> policy, int listedMax) {
        return translated(() -> {
            MetadataView view = committer.view();
            RetentionPolicy rule = policy.orElse(latest(view, bucket).retention(serverDefault()));
            Map<Long, Long> roots = new LinkedHashMap<>();
            for (PastRow former : formerRoots(view, bucket)) {
                roots.put(
                        former.row().directory(), former.isDetachedDirectory() ? former.end() : RetentionPolicy.NEVER);
            }
            new Tree(view).bucket(bucket).ifPresent(live -> roots.put(live.rootDirectory(), RetentionPolicy.NEVER));
            long now = EntryRow.micros(clock.instant());
            return RetentionPlan.of(view, roots, bucket, rule, now, listedMax);
        });
    }

    private static BucketRow with(BucketRow row, Optional<RetentionPolicy> policy) {
        return row.withSettings(policy.map(p -> row.settings().with(BucketRow.RETENTION, p.toString()))
                .orElseGet(() -> row.settings().without(BucketRow.RETENTION)));
    }

    /** The history rows of a name's former roots, newest first. */
    private static List<PastRow> formerRoots(MetadataView view, String bucket) throws IOException {
        List<PastRow> roots = new ArrayList<>();
        byte[] prefix = NameKeys.past(NameKeys.NOWHERE, NameKeys.formerBucket(bucket));
        try (Cursor cursor = view.scanPrefix(Family.PAST, prefix)) {
            while (cursor.next()) {
                roots.add(PastRow.decode(cursor.value()));
            }
        }
        return roots;
    }

    private void apply(Commit commit, BucketRow row) throws IOException {
        apply(commit, row, serverDefault());
    }

    private static void apply(Commit commit, BucketRow row, RetentionPolicy ofServer) throws IOException {
        HorizonRow before = HorizonRow.read(commit, row.scope());
        HorizonRow after = before.applying(row.retention(ofServer), commit.sequence());
        if (!after.equals(before)) {
            after.write(commit, row.scope());
        }
    }

    /** The bucket of that name, else the last one there was. */
    private static BucketRow latest(MetadataView view, String bucket) throws IOException {
        Optional<BucketRow> live = new Tree(view).bucket(bucket);
        if (live.isPresent()) {
            return live.get();
        }
        Optional<PastRow> last = formerRoots(view, bucket).stream().findFirst();
        return BucketRow.former(last.orElseThrow(() -> new StorageException.NoSuchBucket(bucket)));
    }

    /**
     * Begins a run that ends what is no longer kept.
     *
     * @param everything whether to end also what is only kept for a while
     */
    public Expiry expiry(boolean everything) throws IOException {
        refresh();
        return new Expiry(committer, chunks, directoriesBeingBuilt, EntryRow.micros(clock.instant()), everything);
    }

    /** Brings the policies that histories are filed by up to date with the settings; a history that is nobody's is not kept. */
    void refresh() throws IOException {
        Map<Long, BucketRow> owners = owners(committer.view());
        for (BucketRow owner : owners.values()) {
            HorizonRow horizon = HorizonRow.read(committer.view(), owner.scope());
            if (!horizon.applied().equals(owner.retention(serverDefault()))) {
                committer.commit(commit -> {
                    // Looked up again: the rule, or the bucket, may have changed.
                    BucketRow now = owners(commit).get(owner.scope());
                    if (now != null) {
                        apply(commit, now);
                    }
                    return true;
                });
            }
        }
        for (long scope = nextScope(1); scope > 0; scope = nextScope(scope + 1)) {
            if (!owners.containsKey(scope)) {
                abandon(scope);
            }
        }
    }

    private void abandon(long scope) throws IOException {
        committer.commit(commit -> {
            HorizonRow horizon = HorizonRow.read(commit, scope);
            if (!owners(commit).containsKey(scope) && !horizon.applied().isNone()) {
                horizon.applying(RetentionPolicy.NONE, commit.sequence()).write(commit, scope);
            }
            return true;
        });
    }

    /** The first scope from one on that has a history; 0 if there is none. */
    private long nextScope(long from) throws IOException {
        try (Cursor cursor = committer.view().scan(Family.ENDED, NameKeys.directory(from), null)) {
            return cursor.next() ? NameKeys.scopeOf(cursor.key()) : 0;
        }
    }

    /** Whose rule counts for each scope: the bucket's, or that of the last root it had. */
    static Map<Long, BucketRow> owners(MetadataView view) throws IOException {
        Map<Long, BucketRow> owners = new HashMap<>();
        try (Cursor cursor = FormerBuckets.scan(view)) {
            while (cursor.next()) {
                BucketRow row = BucketRow.former(PastRow.decode(cursor.value()));
                owners.merge(row.scope(), row, (one, other) -> one.since() >= other.since() ? one : other);
            }
        }
        try (Cursor cursor = view.scan(Family.BUCKETS, new byte[0], null)) {
            while (cursor.next()) {
                BucketRow row = BucketRow.decode(cursor.value());
                owners.put(row.scope(), row);
            }
        }
        return owners;
    }
}
