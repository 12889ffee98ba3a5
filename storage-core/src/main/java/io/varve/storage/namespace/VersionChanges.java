package io.varve.storage.namespace;

import io.varve.storage.commit.Commit;
import io.varve.storage.namespace.KeyVersions.Deleted;
import io.varve.storage.namespace.LockTable.Touch;
import java.io.IOException;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** What S3 does with versions of keys, as transactions: checks first, then staged edits. Thread-safe. */
final class VersionChanges {
    private final TreeChanges changes;
    private final InstantSource clock;

    VersionChanges(TreeChanges changes, InstantSource clock) {
        this.changes = changes;
        this.clock = clock;
    }

    /** Deletes a key, which makes a delete marker where there is versioning, or one of its versions. */
    Deleted delete(Commit commit, KeyVersions.Delete delete) throws IOException {
        EntryPath path = delete.path();
        Versioning versioning = new Tree(commit).requireBucket(path.bucket()).versioning();
        boolean plain = versioning == Versioning.NEVER || path.isRoot();
        if (delete.version().isPresent() && !plain) {
            return deleteVersion(commit, delete, delete.version().get());
        }
        if (delete.version().isEmpty() || delete.version().get().equals(VersionId.NULL)) {
            changes.delete(commit, path, delete.options());
        }
        if (plain) {
            return new Deleted(delete.version(), false);
        }
        long number = versioning == Versioning.ENABLED ? commit.sequence() : VersionId.NULL.number();
        return new Deleted(Optional.of(new VersionId(number)), true);
    }

    private Deleted deleteVersion(Commit commit, KeyVersions.Delete delete, VersionId id) throws IOException {
        EntryPath path = delete.path();
        TreeEdit edit = changes.edit(commit);
        edit.requireBucket(path.bucket());
        changes.locks().requireUnlocked(commit, path, Touch.MEMBERSHIP, delete.options());
        VersionTree tree = new VersionTree(commit);
        Optional<KeyVersion> found = tree.version(path, id);
        delete.options().precondition().check(found.map(KeyVersion::entry));
        if (found.isEmpty()) {
            return new Deleted(Optional.of(id), false);
        }
        VersionLock.of(found.get().entry().attributes()).requireFree(path, clock.instant(), delete.bypass());
        List<Long> chain = tree.chain(path.parent()).orElseThrow();
        EntryRow row = tree.keyRow(chain.getLast(), NameKeys.name(path));
        if (row != null && row.version() == id.number()) {
            changes.locks().endLocks(commit, path);
            edit.removeVersion(path, chain, row);
        } else {
            edit.removeVersion(path, chain, kept(tree, path, chain, id));
        }
        return new Deleted(Optional.of(id), found.get().marker());
    }

    private static PastRow kept(VersionTree tree, EntryPath path, List<Long> chain, VersionId id) throws IOException {
        PastRow past =
                tree.kept(chain.getLast(), NameKeys.name(path), row -> row.row().version() == id.number());
        if (past == null) {
            throw new StorageException.NoSuchEntry(path);
        }
        return past;
    }

    /**
     * Changes what is said of a version in place.
     *
     * @param id the version; empty for the current one
     * @param change from the attributes now to the new ones
     * @throws StorageException.NoSuchEntry if there is no such version, or it is a delete marker
     */
    Entry change(
            Commit commit,
            EntryPath path,
            Optional<VersionId> id,
            UnaryOperator<Attributes> change,
            WriteOptions options)
            throws IOException {
        UnaryOperator<EntryRow> ofRow = row -> row.withAttributes(change.apply(row.attributes()));
        TreeEdit edit = changes.edit(commit);
        Optional<Entry> current = edit.find(path).filter(Entry::explicit);
        if (current.isPresent() && (id.isEmpty() || current.get().version().equals(id.get()))) {
            return changes.changeVersion(commit, path, ofRow, options);
        }
        VersionTree tree = new VersionTree(commit);
        List<Long> chain = tree.chain(path.parent()).orElseThrow(() -> new StorageException.NoSuchEntry(path));
        PastRow past = kept(tree, path, chain, id.orElseThrow(() -> new StorageException.NoSuchEntry(path)));
        if (past.cause() == PastRow.Cause.MARKER) {
            throw new StorageException.NoSuchEntry(path);
        }
        EntryRow changed = ofRow.apply(past.row());
        PathRules.requireSmall(changed.attributes());
        edit.versions(chain, NameKeys.name(path)).change(past, changed);
        return changed.at(path);
    }
}
