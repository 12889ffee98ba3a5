package io.varve.storage.namespace;

import io.varve.storage.chunkstore.ChunkStore;
import io.varve.storage.commit.Commit;
import io.varve.storage.commit.Committer;
import io.varve.storage.metadata.MetadataView;
import io.varve.storage.namespace.Entry.Kind;
import io.varve.storage.namespace.LockTable.Touch;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.LongConsumer;

/**
 * What is done to folders in buckets with versioning. There each key keeps its own versions, so a folder is deleted, copied or moved
 * one key after the other, by reference and in bounded steps; who looks in between sees part of it done, as S3 clients would do it.
 * Thread-safe.
 */
final class KeyByKey {
    private static final int STEP_KEYS_MAX = 250;

    private final Committer committer;
    private final ChunkStore chunks;
    private final TreeChanges changes;
    private final TreeTransfers transfers;

    KeyByKey(Committer committer, ChunkStore chunks, TreeChanges changes, TreeTransfers transfers) {
        this.committer = committer;
        this.chunks = chunks;
        this.changes = changes;
        this.transfers = transfers;
    }

    /** Whether what lies at a path has to be treated so. */
    boolean concerns(EntryPath path) throws IOException {
        return new Tree(committer.view())
                .bucket(path.bucket())
                .filter(bucket -> bucket.versioning() != Versioning.NEVER)
                .isPresent();
    }

    /** Deletes a folder with all it holds: a delete marker for each key. Of a root only what it holds. */
    Optional<Entry> delete(EntryPath folder, WriteOptions options) throws IOException {
        Optional<Entry> current = new Tree(committer.view()).find(folder);
        options.precondition().check(current);
        if (current.isEmpty()) {
            return current;
        }
        WriteOptions each = byKeys(options);
        boolean more = true;
        while (more) {
            more = committer.commit(commit -> {
                changes.locks().requireUnlocked(commit, folder, Touch.TREE, options);
                List<Entry> keys = keysUnder(commit, folder);
                for (Entry key : keys) {
                    changes.delete(commit, key.path(), each);
                }
                boolean rest = keys.size() == STEP_KEYS_MAX;
                if (!rest) {
                    changes.locks().endLocks(commit, folder);
                }
                return rest;
            });
        }
        return current;
    }

    private static WriteOptions byKeys(WriteOptions options) {
        return WriteOptions.keys(options.principal()).holding(options.lockTokens());
    }

    private static List<Entry> keysUnder(MetadataView view, EntryPath folder) throws IOException {
        Optional<BucketRow> bucket = new Tree(view).bucket(folder.bucket());
        List<Entry> keys = new ArrayList<>();
        if (bucket.isPresent()) {
            ListQuery query = new ListQuery(folder.key(), "", "", STEP_KEYS_MAX);
            for (ListPage.Item item : new KeyLister(view, folder.bucket(), query)
                    .list(bucket.get().rootDirectory())
                    .items()) {
                if (item instanceof ListPage.Key key) {
                    keys.add(key.entry());
                }
            }
        }
        return keys;
    }

    /**
     * A directory whose rows are still to be copied.
     *
     * @param source its id
     * @param target what it becomes
     * @param after the stored name to go on behind
     */
    private record Task(long source, EntryPath target, String after) {}

    /**
     * Copies a folder into a bucket with versioning.
     *
     * @param tree what is copied from: the present, or a moment
     * @param present whether that is the present, so that the copy must not be part of its source
     * @param progress told the number of entries copied so far, now and then
     */
    PutResult copy(
            Function<MetadataView, Tree> tree,
            boolean present,
            EntryPath source,
            Placement place,
            boolean deep,
            LongConsumer progress)
            throws IOException {
        EntryPath target = place.target();
        if (present && source.contains(target)) {
            throw new StorageException.InvalidTarget("'" + source + "' cannot be copied into itself.");
        }
        Entry original =
                tree.apply(committer.view()).find(source).orElseThrow(() -> new StorageException.NoSuchEntry(source));
        place.options().sourcePrecondition().check(Optional.of(original));
        if (present && deep) {
            MetadataView now = committer.view();
            Quotas.requireRoom(
                    now, target, new Tree(now).usage(original.directory()).bytes());
        }
        boolean created = clear(present ? Optional.of(source) : Optional.empty(), place);
        if (!target.isRoot()) {
            committer.commit(commit -> makeFolder(commit, target, original));
        }
        Deque<Task> open = new ArrayDeque<>();
        if (deep) {
            open.push(new Task(original.directory(), target, ""));
        }
        long copied = 0;
        while (!open.isEmpty()) {
            Task task = open.pop();
            List<Task> next = committer.commit(commit -> {
                changes.locks().requireUnlocked(commit, target, Touch.TREE, place.options());
                Tree from = tree.apply(commit);
                // Of a moment that history let go of meanwhile, not all can be copied.
                from.requireBucket(source.bucket());
                return step(commit, from, task);
            });
            next.forEach(open::push);
            copied += STEP_KEYS_MAX;
            progress.accept(copied);
        }
        return new PutResult(found(target), created);
    }

    private List<Task> step(Commit commit, Tree from, Task task) throws IOException {
        List<Task> next = new ArrayList<>();
        List<Tree.Child> children = from.children(task.source, task.after, STEP_KEYS_MAX);
        if (children.size() == STEP_KEYS_MAX) {
            next.add(new Task(task.source, task.target, children.getLast().name()));
        }
        for (Tree.Child child : children) {
            EntryPath path = task.target.child(child.name());
            EntryRow row = child.row();
            if (row.isDirectory()) {
                next.add(new Task(row.directory(), path, ""));
                if (row.explicit()) {
                    makeFolder(commit, path, row.at(path));
                }
            } else {
                TreeEdit edit = changes.edit(commit);
                EntryRow copy = row.withSequence(commit.sequence()).ofCopy();
                chunks.retain(commit, copy.content());
                edit.put(path, edit.chainForNew(path, WriteOptions.Tree.KEYS), copy);
            }
        }
        return next;
    }

    private Entry makeFolder(Commit commit, EntryPath path, Entry original) throws IOException {
        TreeEdit edit = changes.edit(commit);
        List<Long> chain = edit.chainForNew(path, WriteOptions.Tree.KEYS);
        EntryRow before = edit.row(chain.getLast(), NameKeys.name(path));
        long id = before == null ? edit.idForNew(chain.getLast(), NameKeys.name(path)) : before.directory();
        EntryRow row = new EntryRow(
                Kind.DIRECTORY,
                true,
                commit.sequence(),
                id,
                Optional.of(original.modified()),
                Optional.empty(),
                original.contentType(),
                original.attributes().ofCopy(),
                original.content());
        chunks.retain(commit, row.content());
        return edit.put(path, chain, row).at(path);
    }

    /** Moves a folder out of or into a bucket with versioning. */
    PutResult move(EntryPath source, Placement place) throws IOException {
        EntryPath target = place.target();
        if (source.equals(target)) {
            throw new StorageException.InvalidTarget("'" + source + "' cannot be moved onto itself.");
        }
        if (source.contains(target)) {
            throw new StorageException.InvalidTarget("'" + source + "' cannot be moved into itself.");
        }
        TreeChanges.requireRow(new Tree(committer.view()), source);
        Entry original = found(source);
        committer.commit(commit -> {
            changes.locks().requireUnlocked(commit, source, Touch.TREE, place.options());
            return true;
        });
        place.options().sourcePrecondition().check(Optional.of(original));
        boolean created = clear(Optional.of(source), place);
        committer.commit(commit -> makeFolder(commit, target, original));
        WriteOptions each = byKeys(place.options());
        boolean more = true;
        while (more) {
            more = committer.commit(commit -> {
                changes.locks().requireUnlocked(commit, source, Touch.TREE, place.options());
                changes.locks().requireUnlocked(commit, target, Touch.TREE, place.options());
                List<Entry> keys = keysUnder(commit, source);
                for (Entry key : keys) {
                    moveKey(commit, key, source, target, each);
                }
                boolean rest = keys.size() == STEP_KEYS_MAX;
                if (!rest) {
                    changes.locks().endLocks(commit, source);
                }
                return rest;
            });
        }
        return new PutResult(found(target), created);
    }

    private void moveKey(Commit commit, Entry key, EntryPath source, EntryPath target, WriteOptions options)
            throws IOException {
        String below = key.path().key().substring(source.key().length());
        EntryPath to = new EntryPath(target.bucket(), target.key() + below);
        if (!key.isDirectory()) {
            transfers.move(commit, key.path(), new Placement(to, true, true, options));
            return;
        }
        if (!below.isEmpty()) {
            makeFolder(commit, to, key);
        }
        changes.delete(commit, key.path(), options);
    }

    /** Takes away what stands at the target; tells whether nothing did. */
    private boolean clear(Optional<EntryPath> source, Placement place) throws IOException {
        EntryPath target = place.target();
        Tree now = new Tree(committer.view());
        now.requireBucket(target.bucket());
        if (target.isRoot()) {
            if (!place.overwrite()) {
                throw new StorageException.EntryExists(target);
            }
            delete(target, place.options());
            return false;
        }
        PathRules.requireLegal(target);
        Optional<Entry> same = now.find(target);
        Optional<Entry> other = place.byFolders() ? now.find(target.asFile()) : Optional.empty();
        place.options().precondition().check(same.or(() -> other));
        if (place.requiresParent() && now.chain(target.parent()).isEmpty()) {
            throw new StorageException.NoSuchParent(target);
        }
        boolean exists = same.isPresent() || other.isPresent();
        if (exists && !place.overwrite()) {
            throw new StorageException.EntryExists(target);
        }
        if (exists && source.isPresent() && target.contains(source.get())) {
            throw new StorageException.InvalidTarget(
                    "'" + target + "' holds '" + source.get() + "' and cannot be replaced by it.");
        }
        WriteOptions each = byKeys(place.options());
        if (same.isPresent()) {
            delete(target, each);
        }
        if (other.isPresent()) {
            committer.commit(commit -> changes.delete(commit, target.asFile(), each));
        }
        return !exists;
    }

    private Entry found(EntryPath path) throws IOException {
        return new Tree(committer.view()).find(path).orElseThrow(() -> new StorageException.NoSuchEntry(path));
    }
}
