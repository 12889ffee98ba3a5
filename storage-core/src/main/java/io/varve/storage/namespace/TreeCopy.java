package io.varve.storage.namespace;

import io.varve.storage.chunkstore.ChunkStore;
import io.varve.storage.commit.Commit;
import io.varve.storage.commit.Committer;
import io.varve.storage.metadata.Cursor;
import io.varve.storage.metadata.Family;
import io.varve.storage.namespace.Entry.Kind;
import io.varve.storage.namespace.PastRow.Cause;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Copies a directory with all it holds, by reference: builds it aside in bounded steps and publishes it by one entry.
 *
 * <p>While it is built, the copy hangs on a deleted directory's history row under no name. If the server stops in between, that row
 * expires like any other and takes the half-built copy with it. Not thread-safe; one object per copy.
 */
final class TreeCopy {
    /** The id that no directory has: parent of what is built aside. */
    private static final long NOWHERE = 0;

    private static final int STEP_ROWS_MAX = 500;

    private final Committer committer;
    private final ChunkStore chunks;
    private final TreeChanges changes;
    private final Set<Long> directoriesBeingBuilt;
    private final Deque<Task> open = new ArrayDeque<>();

    /** A directory whose rows are still to be copied. */
    private static final class Task {
        private final long source;

        /** The ids of the copy's directories from its root to the one that is filled. */
        private final List<Long> chain;

        /** The NOW key to go on with. */
        private final byte[] from;

        Task(long source, List<Long> chain, byte[] from) {
            this.source = source;
            this.chain = chain;
            this.from = from;
        }
    }

    TreeCopy(Committer committer, ChunkStore chunks, TreeChanges changes, Set<Long> directoriesBeingBuilt) {
        this.committer = committer;
        this.chunks = chunks;
        this.changes = changes;
        this.directoriesBeingBuilt = directoriesBeingBuilt;
    }

    PutResult copy(EntryPath source, EntryPath target, boolean overwrite, boolean deep, WriteOptions options)
            throws IOException {
        if (source.contains(target)) {
            throw new StorageException.InvalidTarget("'" + source + "' cannot be copied into itself.");
        }
        Tree tree = new Tree(committer.view());
        Entry original = tree.find(source).orElseThrow(() -> new StorageException.NoSuchEntry(source));
        options.sourcePrecondition().check(Optional.of(original));
        refuseEarly(tree, target, overwrite, options);
        long root = committer.commit(commit -> begin(commit, original));
        try {
            if (deep) {
                open.push(new Task(original.directory(), List.of(root), NameKeys.directory(original.directory())));
                while (!open.isEmpty()) {
                    Task task = open.pop();
                    List<Task> next = committer.commit(commit -> step(commit, task));
                    next.forEach(open::push);
                }
            }
            return committer.commit(commit -> publish(commit, source, target, original, root, overwrite, options));
        } finally {
            directoriesBeingBuilt.remove(root);
        }
    }

    /** What would be refused at the end is refused before the work. */
    private static void refuseEarly(Tree tree, EntryPath target, boolean overwrite, WriteOptions options)
            throws IOException {
        if (!overwrite
                && (tree.find(target).isPresent() || tree.find(target.asFile()).isPresent())) {
            throw new StorageException.EntryExists(target);
        }
        if (options.tree() == WriteOptions.Tree.FOLDERS
                && tree.chain(target.parent()).isEmpty()) {
            throw new StorageException.NoSuchParent(target);
        }
    }

    private long begin(Commit commit, Entry original) throws IOException {
        long root = changes.edit(commit).newDirectoryId();
        // Before the row is there: expiry must not meet it unprotected.
        directoriesBeingBuilt.add(root);
        EntryRow row = rowOf(original, commit.sequence(), root);
        byte[] key = limboKey(root, commit.sequence());
        commit.put(Family.PAST, key, new PastRow(commit.sequence(), Cause.DETACHED, withoutContent(row)).encode());
        commit.put(Family.ENDED, NameKeys.ended(commit.sequence(), key), new byte[0]);
        return root;
    }

    private List<Task> step(Commit commit, Task task) throws IOException {
        TreeEdit edit = changes.edit(commit);
        List<Task> next = new ArrayList<>();
        long target = task.chain.getLast();
        int rows = 0;
        try (Cursor cursor = commit.scan(Family.NOW, task.from, NameKeys.directory(task.source + 1))) {
            while (cursor.next()) {
                byte[] key = cursor.key();
                if (rows++ == STEP_ROWS_MAX) {
                    next.add(new Task(task.source, task.chain, key));
                    break;
                }
                byte[] name = NameKeys.nameBytesOf(key);
                EntryRow row = EntryRow.decode(cursor.value());
                EntryRow copy = row.withSequence(commit.sequence());
                if (row.isDirectory()) {
                    long id = edit.newDirectoryId();
                    copy = copy.withDirectory(id);
                    List<Long> chain = new ArrayList<>(task.chain);
                    chain.add(id);
                    next.add(new Task(row.directory(), chain, NameKeys.directory(row.directory())));
                }
                edit.set(target, name, copy);
                if (TreeEdit.isCounted(copy)) {
                    chunks.retain(commit, copy.content());
                    edit.countBuilt(task.chain, copy);
                }
            }
        }
        return next;
    }

    private PutResult publish(
            Commit commit,
            EntryPath source,
            EntryPath target,
            Entry original,
            long root,
            boolean overwrite,
            WriteOptions options)
            throws IOException {
        try (Cursor cursor = commit.scanPrefix(Family.PAST, NameKeys.past(NOWHERE, limboName(root)))) {
            while (cursor.next()) {
                PastRow past = PastRow.decode(cursor.value());
                commit.delete(Family.ENDED, NameKeys.ended(past.end(), cursor.key()));
                commit.delete(Family.PAST, cursor.key());
            }
        }
        Usage usage = changes.edit(commit).usage(root);
        NamespaceTotals.stageHistory(commit, -usage.bytes(), -usage.files());
        NamespaceTotals.stageCurrent(commit, usage.bytes(), usage.files());
        return changes.attach(commit, source, target, rowOf(original, commit.sequence(), root), overwrite, options);
    }

    private static EntryRow rowOf(Entry original, long sequence, long directory) {
        return new EntryRow(
                Kind.DIRECTORY,
                true,
                sequence,
                directory,
                Optional.of(original.modified()),
                Optional.empty(),
                original.contentType(),
                original.attributes(),
                original.content());
    }

    private static EntryRow withoutContent(EntryRow row) {
        return EntryRow.implicitDirectory(row.sequence(), row.directory());
    }

    private static byte[] limboName(long root) {
        return NameKeys.directoryName(Long.toHexString(root));
    }

    private static byte[] limboKey(long root, long sequence) {
        return NameKeys.past(NOWHERE, limboName(root), sequence);
    }
}
