package io.varve.storage.namespace;

import static io.varve.storage.namespace.Translation.translated;

import io.varve.storage.commit.Committer;
import java.io.IOException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * The versions of keys as S3 knows them: in buckets with versioning each stays until it is deleted by its id, and a delete of the key
 * only puts a marker in front of them. They are rows of the same history that every moment of the past is shown from; what is
 * deleted by its id stays there as long as retention says. Thread-safe; methods throw {@link StorageException} only.
 */
public final class KeyVersions {
    private final Committer committer;
    private final Buckets buckets;
    private final VersionChanges versions;
    private final InstantSource clock;

    KeyVersions(Committer committer, TreeChanges changes, Buckets buckets, InstantSource clock) {
        this.committer = committer;
        this.buckets = buckets;
        this.versions = new VersionChanges(changes, clock);
        this.clock = clock;
    }

    /**
     * A delete to be done.
     *
     * @param path the key
     * @param version the version to be deleted; empty to delete the key
     * @param bypass whether a retention of the mode {@code GOVERNANCE} does not count
     */
    public record Delete(EntryPath path, Optional<VersionId> version, boolean bypass, WriteOptions options) {}

    /**
     * How a delete went that was not refused.
     *
     * @param version the marker that was made or the version that was deleted, also if there was none; empty where there is
     *     no versioning
     * @param marker whether that is a delete marker
     */
    public record Deleted(Optional<VersionId> version, boolean marker) {}

    /** The outcome of one of several deletes. */
    public sealed interface Outcome {
        /** It is done, or there was nothing to do. */
        record Done(Deleted deleted) implements Outcome {}

        /** It was refused. */
        record Refused(StorageException reason) implements Outcome {}
    }

    /**
     * Switches versioning of a bucket on or off; it never gets back to {@link Versioning#NEVER}.
     *
     * @throws StorageException.NoSuchBucket if there is none
     * @throws StorageException.InvalidTarget if the bucket has object lock and {@code versioning} is not {@code ENABLED}
     */
    public void setVersioning(String bucket, Versioning versioning) {
        translated(() -> buckets.setVersioning(bucket, versioning));
    }

    /**
     * Lets a bucket lock versions, which switches versioning on. It cannot be taken back.
     *
     * @param lock what new versions get
     */
    public void setObjectLock(String bucket, ObjectLock lock) {
        translated(() -> buckets.setObjectLock(bucket, lock));
    }

    /** What a key shows now, a delete marker included; empty if nothing. */
    public Optional<KeyVersion> latest(EntryPath path) {
        return translated(() -> new VersionTree(committer.view()).latest(path));
    }

    /** One version of a key, or a delete marker. */
    public Optional<KeyVersion> find(EntryPath path, VersionId id) {
        return translated(() -> new VersionTree(committer.view()).version(path, id));
    }

    /** One page of a bucket's versions. */
    public VersionPage list(String bucket, VersionPage.Query query) {
        return translated(() -> {
            long root = new Tree(committer.view()).requireBucket(bucket).rootDirectory();
            return new VersionLister(committer.view(), bucket, query).list(root);
        });
    }

    /** Deletes a key or a version. */
    public Deleted delete(Delete delete) {
        return translated(() -> committer.commit(commit -> versions.delete(commit, delete)));
    }

    /**
     * Does several deletes, each as {@link #delete} does, in few commits. One that is refused keeps none of the others.
     *
     * @return the outcome of each, in order
     */
    public List<Outcome> deleteAll(List<Delete> deletes) {
        return translated(() -> new BatchDelete(committer, versions).run(deletes));
    }

    /**
     * Changes attributes of a version in place.
     *
     * @param id the version; empty for the current one
     * @param change runs on the committer's thread
     * @throws StorageException.NoSuchEntry if there is none, or it is a delete marker
     */
    public Entry changeAttributes(
            EntryPath path, Optional<VersionId> id, UnaryOperator<Attributes> change, WriteOptions options) {
        return translated(() -> committer.commit(commit -> versions.change(commit, path, id, change, options)));
    }

    /**
     * A change of what is said of a version.
     *
     * @param version the version; empty for the current one
     */
    record Change(
            EntryPath path, Optional<VersionId> version, UnaryOperator<Attributes> change, WriteOptions options) {}

    /** Does several changes, each as {@link #changeAttributes} does, in one commit; those that are refused are left out. */
    void changeAll(List<Change> changes) {
        translated(() -> committer.commit(commit -> {
            for (Change each : changes) {
                try {
                    versions.change(commit, each.path(), each.version(), each.change(), each.options());
                } catch (StorageException ignored) {
                    // A change checks everything before it stages anything; whoever wants it asks again later.
                }
            }
            return true;
        }));
    }

    /**
     * Locks a version for a time.
     *
     * @param wanted the retention; empty to remove it
     * @param bypass whether a retention of the mode {@code GOVERNANCE} can be shortened
     * @throws StorageException.VersionHeld if that is less than what holds now
     */
    public void retain(
            EntryPath path,
            Optional<VersionId> id,
            Optional<VersionLock.Retention> wanted,
            boolean bypass,
            WriteOptions options) {
        Instant now = clock.instant();
        changeAttributes(
                path,
                id,
                attributes -> VersionLock.of(attributes)
                        .retaining(wanted, path, now, bypass)
                        .in(attributes),
                options);
    }

    /** Puts a version under a legal hold, or ends that. */
    public void hold(EntryPath path, Optional<VersionId> id, boolean on, WriteOptions options) {
        changeAttributes(
                path, id, attributes -> VersionLock.of(attributes).holding(on).in(attributes), options);
    }

    /** A version to copy from. */
    static Entry source(TreeEdit edit, EntryPath path, Optional<VersionId> id) throws IOException {
        Optional<Entry> found = id.isEmpty()
                ? edit.find(path).filter(Entry::explicit)
                : new VersionTree(edit.commit())
                        .version(path, id.get())
                        .filter(version -> !version.marker())
                        .map(KeyVersion::entry);
        return found.orElseThrow(() -> new StorageException.NoSuchEntry(path));
    }
}
