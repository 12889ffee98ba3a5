package io.varve.storage.namespace;

import static io.varve.storage.namespace.Translation.translated;

import io.varve.storage.commit.Commit;
import io.varve.storage.commit.Committer;
import io.varve.storage.metadata.MetadataView;
import java.io.IOException;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What buckets may hold: a limit of the bytes of a bucket's current files together, as its owner sees them, whatever deduplication
 * makes of them. History and kept versions do not count, nor do parts of unfinished uploads before they are a file.
 *
 * <p>The commit that adds something has the last word, whichever door it comes through; {@link #requireRoom} spares a client from
 * sending what would be refused then. A limit below what a bucket holds takes nothing away: nothing may be added until enough is
 * deleted. What makes a bucket smaller, and a delete that brings an earlier version back, is never refused. Thread-safe; methods throw
 * {@link StorageException} only.
 */
public final class Quotas {
    private final Committer committer;
    private final Buckets buckets;

    Quotas(Committer committer, Buckets buckets) {
        this.committer = committer;
        this.buckets = buckets;
    }

    /**
     * Limits a bucket, or ends that.
     *
     * @param bytes at least 0; empty for any amount
     * @throws StorageException.NoSuchBucket if there is none
     */
    public void set(String bucket, OptionalLong bytes) {
        if (bytes.isPresent() && bytes.getAsLong() < 0) {
            throw new IllegalArgumentException("a quota of " + bytes.getAsLong() + " bytes");
        }
        translated(() -> buckets.setQuota(bucket, bytes));
    }

    /**
     * How much more a bucket may hold.
     *
     * @return at least 0; empty if it has no limit
     */
    public OptionalLong leftBytes(String bucket) {
        return translated(() -> {
            Tree tree = new Tree(committer.view());
            BucketRow row = tree.requireBucket(bucket);
            OptionalLong quota = row.quotaBytes();
            return quota.isEmpty()
                    ? quota
                    : OptionalLong.of(Math.max(
                            0,
                            quota.getAsLong() - tree.usage(row.rootDirectory()).bytes()));
        });
    }

    /**
     * Insists, before content comes, that its bucket may hold it in place of what is there.
     *
     * @param path where it is to go; in a bucket that does not exist, or in the place of an upload, there is no limit
     * @param bytes its length; negative if nobody knows, which counts as one
     * @throws StorageException.QuotaExceeded if not
     */
    public void requireRoom(EntryPath path, long bytes) {
        translated(() -> {
            requireRoom(committer.view(), path, bytes < 0 ? 1 : bytes);
            return true;
        });
    }

    static void requireRoom(MetadataView view, EntryPath path, long bytes) throws IOException {
        Tree tree = new Tree(view);
        Optional<BucketRow> bucket = tree.bucket(path.bucket());
        OptionalLong quota = bucket.map(BucketRow::quotaBytes).orElse(OptionalLong.empty());
        if (quota.isEmpty()) {
            return;
        }
        long replaced = 0;
        Optional<Entry> current = tree.find(path);
        if (current.isPresent()) {
            replaced = current.get().isDirectory()
                    ? tree.usage(current.get().directory()).bytes()
                    : current.get().size();
        }
        long kept = tree.usage(bucket.get().rootDirectory()).bytes() - replaced;
        requireWithin(path.bucket(), quota, kept + replaced, kept + bytes);
    }

    /** A bucket that grows must end within its quota. */
    static void requireWithin(String bucket, OptionalLong quota, long before, long after) {
        if (quota.isPresent() && after > before && after > quota.getAsLong()) {
            throw new StorageException.QuotaExceeded(bucket, quota.getAsLong(), after);
        }
    }

    /** Has a commit refused that leaves a bucket larger than now and than its quota. */
    static void guard(Commit commit, String bucket, long root, long quotaBytes) throws IOException {
        Tree tree = new Tree(commit);
        long before = tree.usage(root).bytes();
        commit.checkAtEnd(() -> requireWithin(
                bucket, OptionalLong.of(quotaBytes), before, tree.usage(root).bytes()));
    }
}
