package io.varve.storage.namespace;

import io.varve.storage.chunkstore.ChunkStore;
import io.varve.storage.chunkstore.Content;
import io.varve.storage.chunkstore.StagedContent;
import io.varve.storage.commit.Commit;
import io.varve.storage.metadata.Family;
import io.varve.storage.namespace.Entry.Kind;
import io.varve.storage.namespace.LockTable.Touch;
import io.varve.storage.namespace.PastRow.Cause;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** What each change of the tree means, as transactions: checks first, then one staged edit. Thread-safe. */
final class TreeChanges {
    private final ChunkStore chunks;
    private final LockTable locks;
    private volatile RetentionPolicy serverDefault;
    private final AtomicLong folderMoves = new AtomicLong();

    /** @param serverDefault the retention of buckets without one of their own */
    TreeChanges(ChunkStore chunks, LockTable locks, RetentionPolicy serverDefault) {
        this.chunks = chunks;
        this.locks = locks;
        this.serverDefault = serverDefault;
    }

    TreeEdit edit(Commit commit) {
        return new TreeEdit(commit, chunks, serverDefault);
    }

    /** To be called when the commit that brought all horizons in line with it is published, and before another: whoever writes history goes by both or neither. */
    void setServerDefault(RetentionPolicy policy) {
        serverDefault = policy;
    }

    RetentionPolicy serverDefault() {
        return serverDefault;
    }

    /** From here on a new bucket's history can be told. */
    void beginHistory(Commit commit, BucketRow bucket) throws IOException {
        if (commit.get(Family.SYSTEM, HorizonRow.key(bucket.scope())) == null) {
            new HorizonRow(0, 0, false, bucket.retention(serverDefault), List.of()).write(commit, bucket.scope());
        }
    }

    /** A folder came to another place, and with it files that were not written there. */
    void folderMoved() {
        folderMoves.incrementAndGet();
    }

    /** How often that happened since the store was opened. */
    long folderMoves() {
        return folderMoves.get();
    }

    LockTable locks() {
        return locks;
    }

    PutResult put(
            Commit commit,
            EntryPath path,
            Content content,
            PutRequest request,
            WriteOptions options,
            StagedContent staged)
            throws IOException {
        TreeEdit edit = edit(commit);
        Optional<Entry> current = edit.find(path);
        locks.requireUnlocked(commit, path, current.isPresent() ? Touch.CONTENT : Touch.MEMBERSHIP, options);
        options.precondition().check(current);
        requireOneKind(edit, path, options);
        List<Long> chain = edit.chainForNew(path, options.tree());
        byte[] name = NameKeys.name(path);
        EntryRow before = edit.row(chain.getLast(), name);
        EntryRow row = newRow(edit, commit, path, content, request, before, chain.getLast());
        staged.publishVersion(commit, before == null ? Content.EMPTY : before.content());
        return new PutResult(edit.put(path, chain, row).at(path), before == null);
    }

    /**
     * Copies one key's bytes and attributes to another by S3's rules: what a key's name ends with says what becomes of it, not what
     * was copied. The copy is as old as its commit, and there to stay.
     *
     * @param version the source's version; empty for the current one
     * @param replacement what the copy carries instead of the source's type and attributes
     */
    PutResult copyKey(
            Commit commit,
            EntryPath source,
            Optional<VersionId> version,
            EntryPath target,
            Optional<PutRequest> replacement,
            WriteOptions options)
            throws IOException {
        TreeEdit edit = edit(commit);
        Entry from = KeyVersions.source(edit, source, version);
        options.sourcePrecondition().check(Optional.of(from));
        if (target.isRoot()) {
            throw new StorageException.InvalidTarget("A bucket cannot be the target of a copy.");
        }
        Optional<Entry> current = edit.find(target);
        locks.requireUnlocked(commit, target, current.isPresent() ? Touch.CONTENT : Touch.MEMBERSHIP, options);
        options.precondition().check(current);
        PutRequest request = replacement.orElseGet(() -> PutRequest.ofType(from.contentType())
                .withAttributes(from.attributes().ofCopy()));
        if (request.etag().isEmpty() && !EntryRow.derivedTag(from.content()).equals(from.etag())) {
            request = request.withEtag(from.etag());
        }
        List<Long> chain = edit.chainForNew(target, options.tree());
        byte[] name = NameKeys.name(target);
        EntryRow before = edit.row(chain.getLast(), name);
        EntryRow row = newRow(edit, commit, target, from.content(), request, before, chain.getLast());
        chunks.retain(commit, row.content());
        return new PutResult(edit.put(target, chain, row).at(target), before == null);
    }

    private static EntryRow newRow(
            TreeEdit edit,
            Commit commit,
            EntryPath path,
            Content content,
            PutRequest request,
            @Nullable EntryRow before,
            long parent)
            throws IOException {
        long directory = 0;
        if (path.isDirectory()) {
            directory = before == null ? edit.idForNew(parent, NameKeys.name(path)) : before.directory();
        }
        Attributes attributes = TimeToLive.resolved(request.attributes(), commit.sequence());
        if (path.isDirectory() && attributes.get(Attributes.EXPIRES).isPresent()) {
            throw Ttl.noFile(path);
        }
        if (request.keepProperties() && before != null) {
            attributes = attributes.withAll(before.attributes().only(Attributes.PROPERTY));
        }
        return new EntryRow(
                path.isDirectory() ? Kind.DIRECTORY : Kind.FILE,
                true,
                commit.sequence(),
                directory,
                request.modified(),
                request.etag(),
                request.contentType(),
                attributes,
                content);
    }

    Entry makeDirectory(Commit commit, EntryPath path, Attributes attributes, WriteOptions options) throws IOException {
        TreeEdit edit = edit(commit);
        Optional<Entry> current = edit.find(path);
        locks.requireUnlocked(commit, path, current.isPresent() ? Touch.CONTENT : Touch.MEMBERSHIP, options);
        options.precondition().check(current);
        if (current.isPresent() && (current.get().explicit() || options.tree() == WriteOptions.Tree.FOLDERS)) {
            throw new StorageException.EntryExists(path);
        }
        requireOneKind(edit, path, options);
        List<Long> chain = edit.chainForNew(path, options.tree());
        byte[] name = NameKeys.name(path);
        long id = current.isPresent() ? current.get().directory() : edit.idForNew(chain.getLast(), name);
        EntryRow row = new EntryRow(
                Kind.DIRECTORY,
                true,
                commit.sequence(),
                id,
                Optional.empty(),
                Optional.empty(),
                "",
                attributes,
                Content.EMPTY);
        edit.put(path, chain, row);
        return row.at(path);
    }

    Optional<Entry> delete(Commit commit, EntryPath path, WriteOptions options) throws IOException {
        TreeEdit edit = edit(commit);
        Optional<Entry> current = edit.find(path);
        boolean tree = path.isDirectory() && options.tree() == WriteOptions.Tree.FOLDERS;
        locks.requireUnlocked(commit, path, tree ? Touch.TREE : Touch.MEMBERSHIP, options);
        options.precondition().check(current);
        if (current.isEmpty() && options.tree() == WriteOptions.Tree.KEYS) {
            markMissing(edit, path);
        }
        if (current.isEmpty() || path.isRoot()) {
            return Optional.empty();
        }
        List<Long> chain = edit.chain(path.parent()).orElseThrow();
        EntryRow row = edit.row(chain.getLast(), NameKeys.name(path));
        if (row == null) {
            return Optional.empty();
        }
        if (!path.isDirectory()) {
            locks.endLocks(commit, path);
            edit.removeFile(path, chain, row, Cause.ENDED);
            return current;
        }
        boolean versioned = edit.requireBucket(path.bucket()).versioning() != Versioning.NEVER;
        if (tree && !versioned) {
            locks.endLocks(commit, path);
            edit.removeDirectory(path, chain, row, Cause.DETACHED);
        } else if (row.explicit() || versioned) {
            edit.makeImplicit(path, chain, row);
        } else {
            return Optional.empty();
        }
        return current;
    }

    /** In a bucket with versioning a delete of nothing is noted, too. */
    private static void markMissing(TreeEdit edit, EntryPath path) throws IOException {
        if (edit.requireBucket(path.bucket()).versioning() != Versioning.NEVER) {
            PathRules.requireLegal(path);
            edit.mark(path);
        }
    }

    Entry changeRow(Commit commit, EntryPath path, UnaryOperator<EntryRow> change, WriteOptions options)
            throws IOException {
        return changeVersion(
                commit,
                path,
                row -> {
                    EntryRow changed = change.apply(row);
                    return changed.withAttributes(changed.attributes().ofSameVersion(row.attributes()));
                },
                options);
    }

    /** As {@link #changeRow}, also what locks the version. */
    Entry changeVersion(Commit commit, EntryPath path, UnaryOperator<EntryRow> change, WriteOptions options)
            throws IOException {
        TreeEdit edit = edit(commit);
        Entry current = edit.find(path).orElseThrow(() -> new StorageException.NoSuchEntry(path));
        locks.requireUnlocked(commit, path, Touch.CONTENT, options);
        options.precondition().check(Optional.of(current));
        if (path.isRoot()) {
            return changeRoot(edit, path, change);
        }
        List<Long> chain = edit.chain(path.parent()).orElseThrow();
        // Properties are kept by name, so a directory that has some exists by name.
        EntryRow before = requireRow(edit, path);
        EntryRow changed = change.apply(before).madeExplicit();
        PathRules.requireSmall(changed.attributes());
        if (!before.explicit()) {
            return edit.put(path, chain, changed.withSequence(commit.sequence()))
                    .at(path);
        }
        edit.change(path, chain, before, changed);
        return changed.at(path);
    }

    /** A root has no row of its own: its dead properties are kept with the bucket, all else is fixed. */
    private static Entry changeRoot(TreeEdit edit, EntryPath root, UnaryOperator<EntryRow> change) throws IOException {
        BucketRow bucket = edit.requireBucket(root.bucket());
        Attributes changed = change.apply(Tree.rootRow(bucket)).attributes();
        PathRules.requireSmall(changed);
        Attributes settings = bucket.settings().except(Attributes.PROPERTY).withAll(changed.only(Attributes.PROPERTY));
        BucketRow row = bucket.withSettings(settings);
        edit.commit().put(Family.BUCKETS, NameKeys.bucket(root.bucket()), row.encode());
        return Tree.rootRow(row).at(root);
    }

    static EntryRow requireRow(Tree tree, EntryPath path) throws IOException {
        if (path.isRoot()) {
            throw new StorageException.InvalidTarget(
                    "'" + path.bucket() + "' is a bucket and cannot be moved or replaced.");
        }
        Optional<List<Long>> chain = tree.chain(path.parent());
        EntryRow row = chain.isEmpty() ? null : tree.row(chain.get().getLast(), NameKeys.name(path));
        if (row == null) {
            throw new StorageException.NoSuchEntry(path);
        }
        return row;
    }

    /** By folder rules a name is a file or a directory, and a file has nothing under it. */
    private static void requireOneKind(TreeEdit edit, EntryPath path, WriteOptions options) throws IOException {
        PathRules.requireLegal(path);
        if (options.tree() == WriteOptions.Tree.FOLDERS && !path.isRoot()) {
            EntryPath twin = path.isDirectory() ? path.asFile() : path.asDirectory();
            if (edit.find(twin).isPresent()) {
                throw new StorageException.KindConflict(
                        "'" + twin + "' is a " + (twin.isDirectory() ? "folder" : "file") + ".");
            }
        }
    }
}
