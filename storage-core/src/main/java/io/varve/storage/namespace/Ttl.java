package io.varve.storage.namespace;

import static io.varve.storage.namespace.Translation.translated;

import io.varve.storage.commit.Committer;
import io.varve.storage.metadata.Family;
import io.varve.storage.metadata.MetadataView;
import java.io.IOException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/**
 * Files that go by themselves: those with a time to live of their own, and those that a bucket's rule for a prefix covers. When a file
 * is due, it is deleted as a client's delete would, so it goes into history and stays there as long as the bucket's retention says.
 *
 * <p>A file's own time to live belongs to its version: it follows when the file is renamed or moved, also with a folder above it; a
 * new write, a copy or a restore has none unless it asks for one. Folders have none of their own; what they hold is covered by the
 * rule for their path. Folders that were made by name stay when they are empty. Thread-safe.
 */
public final class Ttl {
    /** How many rules a bucket may have, as in S3. */
    public static final int RULES_MAX = 1000;

    private final Committer committer;
    private final TreeChanges changes;
    private final InstantSource clock;

    Ttl(Committer committer, TreeChanges changes, InstantSource clock) {
        this.committer = committer;
        this.changes = changes;
        this.clock = clock;
    }

    /** Reads {@link TimeToLive#GRAMMAR}; empty if it is not understood, or a moment that has passed. */
    public Optional<TimeToLive> parse(String text) {
        Instant now = clock.instant();
        return TimeToLive.parse(text)
                .filter(time -> !(time instanceof TimeToLive.Until until)
                        || until.moment().isAfter(now));
    }

    /**
     * Gives a file a time to live of its own, counted from when it was written, or takes it away. No version is made.
     *
     * @param wanted empty: the file stays until somebody deletes it, or a rule does
     * @throws StorageException.InvalidTarget for a folder
     */
    public Entry set(EntryPath path, Optional<TimeToLive> wanted, WriteOptions options) {
        if (path.isDirectory()) {
            throw noFile(path);
        }
        return translated(() -> committer.commit(commit -> changes.changeRow(
                commit,
                path,
                row -> row.withAttributes(
                        wanted.map(time -> TimeToLive.resolved(time.in(row.attributes()), row.sequence()))
                                .orElseGet(() -> row.attributes().without(Attributes.EXPIRES))),
                options)));
    }

    static StorageException noFile(EntryPath path) {
        return new StorageException.InvalidTarget("'" + path
                + "' is a folder and has no time to live of its own: give the bucket a rule for the prefix.");
    }

    /**
     * The rules of a bucket, by prefix.
     *
     * @throws StorageException.NoSuchBucket if there is none
     */
    public List<TtlRule> rules(String bucket) {
        return translated(() -> DueIndex.rules(committer.view(), scope(committer.view(), bucket)));
    }

    /**
     * Gives a bucket a rule, in place of the one for the same prefix. It holds for files that are there already, too.
     *
     * @throws StorageException.NoSuchBucket if there is no such bucket
     * @throws StorageException.InvalidTarget if it has {@value #RULES_MAX} already
     */
    public void setRule(String bucket, TtlRule rule) {
        if (!rule.prefix().isEmpty()) {
            PathRules.requireLegal(new EntryPath(bucket, rule.prefix()));
        }
        translated(() -> committer.commit(commit -> {
            long scope = scope(commit, bucket);
            byte[] key = DueIndex.ruleKey(scope, rule.prefix());
            boolean more = commit.get(Family.DUE, key) == null;
            if (more && DueIndex.rules(commit, scope).size() >= RULES_MAX) {
                throw new StorageException.InvalidTarget(
                        "'" + bucket + "' has " + RULES_MAX + " rules already: remove one first.");
            }
            commit.put(Family.DUE, key, rule.encode());
            return true;
        }));
    }

    /**
     * Takes a rule away.
     *
     * @return whether there was one
     * @throws StorageException.NoSuchBucket if there is no such bucket
     */
    public boolean removeRule(String bucket, String prefix) {
        return translated(() -> committer.commit(commit -> {
            byte[] key = DueIndex.ruleKey(scope(commit, bucket), prefix);
            boolean there = commit.get(Family.DUE, key) != null;
            commit.delete(Family.DUE, key);
            return there;
        }));
    }

    /**
     * Says which files of a bucket would go now, without changing anything. Walks what the rules cover.
     *
     * @param listedMax the most to tell; all are counted
     * @throws StorageException.NoSuchBucket if there is no such bucket
     */
    public TtlPlan plan(String bucket, int listedMax) {
        return translated(() -> TtlPlan.of(committer.view(), bucket, EntryRow.micros(clock.instant()), listedMax));
    }

    /** What deletes the files that are due. One at a time is enough; it remembers what the rules leave to do. */
    public TtlSweep sweep() {
        return new TtlSweep(committer, changes, clock);
    }

    private static long scope(MetadataView view, String bucket) throws IOException {
        return new Tree(view).requireBucket(bucket).scope();
    }
}
