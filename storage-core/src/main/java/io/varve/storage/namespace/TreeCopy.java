package io.varve.storage.namespace;

import io.varve.storage.chunkstore.ChunkStore;
import io.varve.storage.commit.Commit;
import io.varve.storage.commit.Committer;
import io.varve.storage.metadata.Cursor;
import io.varve.storage.metadata.Family;
import io.varve.storage.metadata.MetadataView;
import io.varve.storage.namespace.Entry.Kind;
import io.varve.storage.namespace.PastRow.Cause;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongConsumer;

/**
 * Copies a directory with all it holds, by reference: builds it aside in bounded steps and publishes it by one entry. The directory may
 * be one of the present, or of a moment: then this is a restore.
 *
 * <p>While it is built, the copy hangs on a deleted directory's history row under no name. If the server stops in between, that row
 * expires like any other and takes the half-built copy with it. Not thread-safe; one object per copy.
 */
final class TreeCopy {
    private static final int STEP_ROWS_MAX = 500;

    private final Committer committer;
    private final ChunkStore chunks;
    private final TreeChanges changes;
    private final TreeTransfers transfers;
    private final Set<Long> directoriesBeingBuilt;
    private final Optional<ReadablePast> past;
    private final LongConsumer progress;
    private final Deque<Task> open = new ArrayDeque<>();
    private long copied;

    /**
     * A directory whose rows are still to be copied.
     *
     * @param source its id
     * @param chain the ids of the copy's directories from its root to the one that is filled
     * @param after the stored name to go on behind
     */
    private record Task(long source, List<Long> chain, String after) {}

    /**
     * Prepares a copy.
     *
     * @param past the moment whose tree is copied; empty for the present
     * @param progress told the number of entries copied so far, now and then
     */
    TreeCopy(
            Committer committer,
            ChunkStore chunks,
            TreeChanges changes,
            Set<Long> directoriesBeingBuilt,
            Optional<ReadablePast> past,
            LongConsumer progress) {
        this.committer = committer;
        this.chunks = chunks;
        this.changes = changes;
        this.transfers = new TreeTransfers(chunks, changes);
        this.directoriesBeingBuilt = directoriesBeingBuilt;
        this.past = past;
        this.progress = progress;
    }

    PutResult copy(EntryPath source, Placement place, boolean deep) throws IOException {
        if (past.isEmpty() && source.contains(place.target())) {
            throw new StorageException.InvalidTarget("'" + source + "' cannot be copied into itself.");
        }
        Entry original =
                tree(committer.view()).find(source).orElseThrow(() -> new StorageException.NoSuchEntry(source));
        place.options().sourcePrecondition().check(Optional.of(original));
        if (past.isEmpty() && deep) {
            MetadataView now = committer.view();
            Quotas.requireRoom(
                    now,
                    place.target(),
                    new Tree(now).usage(original.directory()).bytes());
        }
        if (!place.target().isRoot()) {
            refuseEarly(new Tree(committer.view()), place);
        }
        long root = committer.commit(commit -> begin(commit));
        try {
            if (deep) {
                build(original.directory(), root);
            }
            return committer.commit(commit -> publish(commit, original, root, place));
        } finally {
            directoriesBeingBuilt.remove(root);
        }
    }

    private Tree tree(MetadataView view) {
        return past.<Tree>map(moment -> moment.over(view)).orElseGet(() -> new Tree(view));
    }

    /** What would be refused at the end is refused before the work. */
    private static void refuseEarly(Tree tree, Placement place) throws IOException {
        EntryPath target = place.target();
        if (!place.overwrite()
                && (tree.find(target).isPresent() || tree.find(target.asFile()).isPresent())) {
            throw new StorageException.EntryExists(target);
        }
        if (place.requiresParent() && tree.chain(target.parent()).isEmpty()) {
            throw new StorageException.NoSuchParent(target);
        }
    }

    private long begin(Commit commit) throws IOException {
        long root = changes.edit(commit).newDirectoryId();
        // Before the row is there: expiry must not meet it unprotected.
        directoriesBeingBuilt.add(root);
        EntryRow row = EntryRow.implicitDirectory(commit.sequence(), root);
        Filing.NOWHERE.write(commit, NameKeys.NOWHERE, limboName(root), row, commit.sequence(), Cause.DETACHED);
        return root;
    }

    private void build(long source, long root) throws IOException {
        open.push(new Task(source, List.of(root), ""));
        while (!open.isEmpty()) {
            Task task = open.pop();
            committer.commit(commit -> step(commit, task)).forEach(open::push);
            progress.accept(copied);
        }
    }

    /** Copies some entries of a directory; gives what is left to do, deeper directories last, so that they come first. */
    private List<Task> step(Commit commit, Task task) throws IOException {
        TreeEdit edit = changes.edit(commit);
        List<Task> next = new ArrayList<>();
        long target = task.chain.getLast();
        List<Tree.Child> children = tree(commit).children(task.source, task.after, STEP_ROWS_MAX);
        if (children.size() == STEP_ROWS_MAX) {
            next.add(new Task(task.source, task.chain, children.getLast().name()));
        }
        for (Tree.Child child : children) {
            EntryRow row = child.row();
            EntryRow copy = row.withSequence(commit.sequence()).ofCopy();
            if (row.isDirectory()) {
                long id = edit.newDirectoryId();
                copy = copy.withDirectory(id);
                List<Long> chain = new ArrayList<>(task.chain);
                chain.add(id);
                next.add(new Task(row.directory(), chain, ""));
            }
            edit.set(target, Rows.utf8(child.name()), copy);
            if (TreeEdit.isCounted(copy)) {
                chunks.retain(commit, copy.content());
                edit.countBuilt(task.chain, copy);
            }
        }
        copied += children.size();
        return next;
    }

    private PutResult publish(Commit commit, Entry original, long root, Placement place) throws IOException {
        EntryPath source = original.path();
        // Of a moment that history let go of meanwhile, not all may have been copied.
        BucketRow then = tree(commit).requireBucket(source.bucket());
        try (Cursor cursor = commit.scanPrefix(Family.PAST, NameKeys.past(NameKeys.NOWHERE, limboName(root)))) {
            while (cursor.next()) {
                PastRow row = PastRow.decode(cursor.value());
                commit.delete(
                        Family.ENDED, NameKeys.ended(Filing.NOWHERE.scope(), Filing.NOWHERE.due(row), cursor.key()));
                commit.delete(Family.PAST, cursor.key());
            }
        }
        Usage usage = changes.edit(commit).usage(root);
        NamespaceTotals.stageHistory(commit, -usage.bytes(), -usage.files());
        NamespaceTotals.stageCurrent(commit, usage.bytes(), usage.files());
        if (place.target().isRoot()) {
            boolean same = place.target().bucket().equals(source.bucket());
            return transfers.attachRoot(commit, root, same ? Optional.of(then) : Optional.empty(), place);
        }
        return transfers.attach(
                commit,
                past.isPresent() ? Optional.empty() : Optional.of(source),
                rowOf(original, commit.sequence(), root),
                place);
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
                original.attributes().ofCopy(),
                original.content());
    }

    private static byte[] limboName(long root) {
        return NameKeys.directoryName(Long.toHexString(root));
    }
}
