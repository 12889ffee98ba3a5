package io.varve.storage.namespace;

import io.varve.storage.chunkstore.ChunkStore;
import io.varve.storage.commit.Commit;
import io.varve.storage.metadata.Family;
import io.varve.storage.namespace.Entry.Kind;
import io.varve.storage.namespace.LockTable.Touch;
import io.varve.storage.namespace.PastRow.Cause;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** Copies, moves and restores within one commit, as transactions: checks first, then one staged edit. Thread-safe. */
final class TreeTransfers {
    private final ChunkStore chunks;
    private final TreeChanges changes;

    TreeTransfers(ChunkStore chunks, TreeChanges changes) {
        this.chunks = chunks;
        this.changes = changes;
    }

    PutResult copyFile(Commit commit, EntryPath source, Optional<PutRequest> replacement, Placement place)
            throws IOException {
        TreeEdit edit = changes.edit(commit);
        Entry from = edit.find(source).orElseThrow(() -> new StorageException.NoSuchEntry(source));
        place.options().sourcePrecondition().check(Optional.of(from));
        EntryRow row = replacement
                .map(request -> new EntryRow(
                        Kind.FILE,
                        true,
                        commit.sequence(),
                        0,
                        request.modified(),
                        request.etag().or(() -> Optional.of(from.etag())),
                        request.contentType(),
                        TimeToLive.resolved(request.attributes(), commit.sequence()),
                        from.content()))
                .orElseGet(() -> copyOf(from, commit.sequence()));
        return putCopy(edit, Optional.of(source), row, place);
    }

    /** Puts the content a file had at a moment under a name: a new version, whatever was there meanwhile stays in history. */
    PutResult restoreFile(Commit commit, PastTree past, EntryPath source, Placement place) throws IOException {
        Entry from = past.find(source).orElseThrow(() -> new StorageException.NoSuchEntry(source));
        return putCopy(changes.edit(commit), Optional.empty(), copyOf(from, commit.sequence()), place);
    }

    private PutResult putCopy(TreeEdit edit, Optional<EntryPath> source, EntryRow row, Placement place)
            throws IOException {
        boolean created = clearTarget(edit, source, place);
        List<Long> chain = edit.chainForNew(place.target(), place.parentRules());
        chunks.retain(edit.commit(), row.content());
        return new PutResult(edit.put(place.target(), chain, row).at(place.target()), created);
    }

    /** A copy by folder rules is a new file with the old modification time's bytes and attributes. It is there to stay. */
    private static EntryRow copyOf(Entry from, long sequence) {
        boolean derived = EntryRow.derivedTag(from.content()).equals(from.etag());
        return new EntryRow(
                from.kind(),
                true,
                sequence,
                0,
                Optional.of(from.modified()),
                derived ? Optional.empty() : Optional.of(from.etag()),
                from.contentType(),
                from.attributes().ofCopy(),
                from.content());
    }

    /** Moves a file, or a directory with all that hangs on its id. */
    PutResult move(Commit commit, EntryPath source, Placement place) throws IOException {
        if (source.equals(place.target())) {
            throw new StorageException.InvalidTarget("'" + source + "' cannot be moved onto itself.");
        }
        if (source.contains(place.target())) {
            throw new StorageException.InvalidTarget("'" + source + "' cannot be moved into itself.");
        }
        TreeEdit edit = changes.edit(commit);
        EntryRow row = requireRow(edit, source);
        changes.locks().requireUnlocked(commit, source, Touch.TREE, place.options());
        place.options().sourcePrecondition().check(Optional.of(row.at(source)));
        boolean created = clearTarget(edit, Optional.of(source), place);
        List<Long> targetChain = edit.chainForNew(place.target(), place.parentRules());
        EntryRow moved = row.withSequence(commit.sequence()).unlocked();
        chunks.retain(commit, row.content());
        changes.locks().endLocks(commit, source);
        // First to the new place: a folder above both, that only exists by what it holds, must not vanish in between.
        if (source.isDirectory()) {
            edit.attachDirectory(place.target(), targetChain, moved);
            commit.afterPublish(changes::folderMoved);
            linkHistories(edit, source.bucket(), place.target().bucket());
            edit.removeDirectory(source, edit.chain(source.parent()).orElseThrow(), row, Cause.MOVED);
        } else {
            moved = edit.put(place.target(), targetChain, moved);
            edit.removeFile(source, edit.chain(source.parent()).orElseThrow(), row, Cause.MOVED);
        }
        return new PutResult(moved.at(place.target()), created);
    }

    /** The id takes its versions along: the past of the one bucket then needs the history of the other. */
    private static void linkHistories(TreeEdit edit, String from, String to) throws IOException {
        long source = edit.requireBucket(from).scope();
        long target = edit.requireBucket(to).scope();
        if (source != target) {
            Commit commit = edit.commit();
            HorizonRow.read(commit, source).linked(target, commit.sequence()).write(commit, source);
        }
    }

    /**
     * Publishes a directory that was built aside under its name.
     *
     * @param source what it was copied from, if that is of the present
     */
    PutResult attach(Commit commit, Optional<EntryPath> source, EntryRow row, Placement place) throws IOException {
        TreeEdit edit = changes.edit(commit);
        boolean created = clearTarget(edit, source, place);
        List<Long> chain = edit.chainForNew(place.target(), place.parentRules());
        chunks.retain(commit, row.content());
        EntryRow attached = row.withSequence(commit.sequence());
        edit.attachDirectory(place.target(), chain, attached);
        return new PutResult(attached.at(place.target()), created);
    }

    /**
     * Publishes a directory that was built aside as the root of a bucket, which is made if there is none.
     *
     * @param then the bucket's own past: one that was deleted comes back with its settings
     */
    PutResult attachRoot(Commit commit, long root, Optional<BucketRow> then, Placement place) throws IOException {
        TreeEdit edit = changes.edit(commit);
        EntryPath target = place.target();
        Optional<BucketRow> present = edit.bucket(target.bucket());
        changes.locks().requireUnlocked(commit, target, Touch.TREE, place.options());
        place.options()
                .precondition()
                .check(present.map(row -> Tree.rootRow(row).at(target)));
        if (present.isPresent() && !place.overwrite()) {
            throw new StorageException.EntryExists(target);
        }
        changes.locks().endLocks(commit, target);
        BucketRow row;
        if (present.isPresent()) {
            Usage before = edit.usage(present.get().rootDirectory());
            Quotas.requireWithin(
                    target.bucket(),
                    present.get().quotaBytes(),
                    before.bytes(),
                    edit.usage(root).bytes());
            NamespaceTotals.stageHistory(commit, before.bytes(), before.files());
            NamespaceTotals.stageCurrent(commit, -before.bytes(), -before.files());
            edit.retireRoot(target.bucket(), present.get(), Cause.DETACHED);
            row = present.get().withRoot(root, commit.sequence());
        } else {
            BucketNames.requireLegal(target.bucket());
            BucketRow made =
                    BucketRow.created(root, commit.sequence(), place.options().principal());
            row = then.map(past -> made.continuing(past)).orElse(made);
            changes.beginHistory(commit, row);
        }
        commit.put(Family.BUCKETS, NameKeys.bucket(target.bucket()), row.encode());
        return new PutResult(Tree.rootRow(row).at(target), present.isEmpty());
    }

    /**
     * Checks that a target may be written and, by folder rules, takes away what stands there under either kind.
     *
     * @return whether nothing was there
     */
    private boolean clearTarget(TreeEdit edit, Optional<EntryPath> source, Placement place) throws IOException {
        EntryPath target = place.target();
        WriteOptions options = place.options();
        if (target.isRoot()) {
            throw new StorageException.InvalidTarget("A bucket cannot be the target of a copy or move.");
        }
        PathRules.requireLegal(target);
        Commit commit = edit.commit();
        Optional<Entry> same = edit.find(target);
        EntryPath twin = target.isDirectory() ? target.asFile() : target.asDirectory();
        Optional<Entry> other = place.byFolders() ? edit.find(twin) : Optional.empty();
        boolean exists = same.isPresent() || other.isPresent();
        LockTable locks = changes.locks();
        locks.requireUnlocked(commit, target, exists ? Touch.TREE : Touch.MEMBERSHIP, options);
        if (other.isPresent()) {
            locks.requireUnlocked(commit, twin, Touch.TREE, options);
        }
        options.precondition().check(same.or(() -> other));
        if (exists && !place.overwrite()) {
            throw new StorageException.EntryExists(target);
        }
        Optional<Entry> folder = target.isDirectory() ? same : other;
        if (folder.isPresent() && source.filter(folder.get().path()::contains).isPresent()) {
            throw new StorageException.InvalidTarget(
                    "'" + folder.get().path() + "' holds '" + source.get() + "' and cannot be replaced by it.");
        }
        requireParents(edit, place);
        if (same.isPresent() && target.isDirectory()) {
            remove(edit, target);
        }
        if (other.isPresent()) {
            remove(edit, twin);
        }
        return !exists;
    }

    private static void requireParents(TreeEdit edit, Placement place) throws IOException {
        EntryPath target = place.target();
        if (place.requiresParent() && edit.chain(target.parent()).isEmpty()) {
            throw new StorageException.NoSuchParent(target);
        }
        if (place.makesParents() && place.byFolders()) {
            for (EntryPath above = target.parent(); !above.isRoot(); above = above.parent()) {
                if (edit.find(above.asFile()).isPresent()) {
                    throw new StorageException.KindConflict("'" + above.asFile() + "' is a file.");
                }
            }
        }
    }

    private void remove(TreeEdit edit, EntryPath path) throws IOException {
        List<Long> chain = edit.chain(path.parent()).orElseThrow();
        EntryRow row = requireRow(edit, path);
        changes.locks().endLocks(edit.commit(), path);
        if (path.isDirectory()) {
            edit.removeDirectory(path, chain, row, Cause.DETACHED);
        } else {
            edit.removeFile(path, chain, row, Cause.ENDED);
        }
    }

    private static EntryRow requireRow(Tree tree, EntryPath path) throws IOException {
        return TreeChanges.requireRow(tree, path);
    }
}
