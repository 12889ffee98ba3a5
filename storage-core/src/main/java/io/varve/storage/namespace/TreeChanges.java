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
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** What each change of the tree means, as transactions: checks first, then one staged edit. Thread-safe. */
final class TreeChanges {
    private final ChunkStore chunks;
    private final LockTable locks;
    private final boolean keepsHistory;

    TreeChanges(ChunkStore chunks, LockTable locks, boolean keepsHistory) {
        this.chunks = chunks;
        this.locks = locks;
        this.keepsHistory = keepsHistory;
    }

    TreeEdit edit(Commit commit) {
        return new TreeEdit(commit, chunks, keepsHistory);
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
        edit.put(chain, name, row);
        return new PutResult(row.at(path), before == null);
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
        Attributes attributes = request.attributes();
        if (request.keepProperties() && before != null) {
            for (var property :
                    before.attributes().withPrefix(Attributes.PROPERTY).entrySet()) {
                attributes = attributes.with(Attributes.PROPERTY + property.getKey(), property.getValue());
            }
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
        edit.set(chain.getLast(), name, row);
        return row.at(path);
    }

    Optional<Entry> delete(Commit commit, EntryPath path, WriteOptions options) throws IOException {
        TreeEdit edit = edit(commit);
        Optional<Entry> current = edit.find(path);
        boolean tree = path.isDirectory() && options.tree() == WriteOptions.Tree.FOLDERS;
        locks.requireUnlocked(commit, path, tree ? Touch.TREE : Touch.MEMBERSHIP, options);
        options.precondition().check(current);
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
        } else if (tree) {
            locks.endLocks(commit, path);
            edit.removeDirectory(path, chain, row, Cause.DETACHED);
        } else if (row.explicit()) {
            edit.makeImplicit(path, chain, row);
        } else {
            return Optional.empty();
        }
        return current;
    }

    PutResult copyFile(
            Commit commit,
            EntryPath source,
            EntryPath target,
            Optional<PutRequest> replacement,
            boolean overwrite,
            WriteOptions options)
            throws IOException {
        TreeEdit edit = edit(commit);
        Entry from = edit.find(source).orElseThrow(() -> new StorageException.NoSuchEntry(source));
        options.sourcePrecondition().check(Optional.of(from));
        boolean created = clearTarget(edit, source, target, overwrite, options);
        List<Long> chain = edit.chainForNew(target, options.tree());
        byte[] name = NameKeys.name(target);
        EntryRow row = replacement
                .map(request -> new EntryRow(
                        Kind.FILE,
                        true,
                        commit.sequence(),
                        0,
                        request.modified(),
                        request.etag().or(() -> Optional.of(from.etag())),
                        request.contentType(),
                        request.attributes(),
                        from.content()))
                .orElseGet(() -> copyOf(from, commit.sequence()));
        chunks.retain(commit, from.content());
        edit.put(chain, name, row);
        return new PutResult(row.at(target), created);
    }

    /** A copy by folder rules is a new file with the old modification time's bytes and attributes. */
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
                from.attributes(),
                from.content());
    }

    PutResult moveFile(Commit commit, EntryPath source, EntryPath target, boolean overwrite, WriteOptions options)
            throws IOException {
        if (source.equals(target)) {
            throw new StorageException.InvalidTarget("'" + source + "' cannot be moved onto itself.");
        }
        TreeEdit edit = edit(commit);
        EntryRow row = requireRow(edit, source);
        locks.requireUnlocked(commit, source, Touch.TREE, options);
        options.sourcePrecondition().check(Optional.of(row.at(source)));
        boolean created = clearTarget(edit, source, target, overwrite, options);
        List<Long> targetChain = edit.chainForNew(target, options.tree());
        EntryRow moved = row.withSequence(commit.sequence());
        chunks.retain(commit, row.content());
        edit.put(targetChain, NameKeys.name(target), moved);
        locks.endLocks(commit, source);
        // Looked up again: making the target's parents may have changed the chain.
        edit.removeFile(source, edit.chain(source.parent()).orElseThrow(), row, Cause.MOVED);
        return new PutResult(moved.at(target), created);
    }

    PutResult moveDirectory(Commit commit, EntryPath source, EntryPath target, boolean overwrite, WriteOptions options)
            throws IOException {
        if (source.contains(target)) {
            throw new StorageException.InvalidTarget("'" + source + "' cannot be moved into itself.");
        }
        TreeEdit edit = edit(commit);
        EntryRow row = requireRow(edit, source);
        locks.requireUnlocked(commit, source, Touch.TREE, options);
        options.sourcePrecondition().check(Optional.of(row.at(source)));
        boolean created = clearTarget(edit, source, target, overwrite, options);
        List<Long> targetChain = edit.chainForNew(target, options.tree());
        EntryRow moved = row.withSequence(commit.sequence());
        chunks.retain(commit, row.content());
        locks.endLocks(commit, source);
        edit.removeDirectory(source, edit.chain(source.parent()).orElseThrow(), row, Cause.MOVED);
        edit.attachDirectory(targetChain, NameKeys.name(target), moved);
        return new PutResult(moved.at(target), created);
    }

    /** Publishes a directory that was built aside under its name. */
    PutResult attach(
            Commit commit, EntryPath source, EntryPath target, EntryRow row, boolean overwrite, WriteOptions options)
            throws IOException {
        TreeEdit edit = edit(commit);
        boolean created = clearTarget(edit, source, target, overwrite, options);
        List<Long> chain = edit.chainForNew(target, options.tree());
        chunks.retain(commit, row.content());
        EntryRow attached = row.withSequence(commit.sequence());
        edit.attachDirectory(chain, NameKeys.name(target), attached);
        return new PutResult(attached.at(target), created);
    }

    /**
     * Checks that a target may be written and, by folder rules, takes away what stands there under either kind.
     *
     * @return whether nothing was there
     */
    private boolean clearTarget(
            TreeEdit edit, EntryPath source, EntryPath target, boolean overwrite, WriteOptions options)
            throws IOException {
        if (target.isRoot()) {
            throw new StorageException.InvalidTarget("A bucket cannot be the target of a copy or move.");
        }
        requireLegal(target);
        Commit commit = edit.commit();
        Optional<Entry> same = edit.find(target);
        boolean folders = options.tree() == WriteOptions.Tree.FOLDERS;
        EntryPath twin = target.isDirectory() ? target.asFile() : target.asDirectory();
        Optional<Entry> other = folders ? edit.find(twin) : Optional.empty();
        boolean exists = same.isPresent() || other.isPresent();
        locks.requireUnlocked(commit, target, exists ? Touch.TREE : Touch.MEMBERSHIP, options);
        if (other.isPresent()) {
            locks.requireUnlocked(commit, twin, Touch.TREE, options);
        }
        options.precondition().check(same.or(() -> other));
        if (exists && !overwrite) {
            throw new StorageException.EntryExists(target);
        }
        if (target.isDirectory() && target.contains(source) && exists) {
            throw new StorageException.InvalidTarget(
                    "'" + target + "' holds '" + source + "' and cannot be replaced by it.");
        }
        if (folders && edit.chain(target.parent()).isEmpty()) {
            throw new StorageException.NoSuchParent(target);
        }
        if (same.isPresent() && target.isDirectory()) {
            remove(edit, target);
        }
        if (other.isPresent()) {
            remove(edit, twin);
        }
        return !exists;
    }

    private void remove(TreeEdit edit, EntryPath path) throws IOException {
        List<Long> chain = edit.chain(path.parent()).orElseThrow();
        EntryRow row = requireRow(edit, path);
        locks.endLocks(edit.commit(), path);
        if (path.isDirectory()) {
            edit.removeDirectory(path, chain, row, Cause.DETACHED);
        } else {
            edit.removeFile(path, chain, row, Cause.ENDED);
        }
    }

    Entry changeRow(Commit commit, EntryPath path, UnaryOperator<EntryRow> change, WriteOptions options)
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
        EntryRow changed = change.apply(requireRow(edit, path)).madeExplicit();
        requireSmall(changed.attributes());
        edit.set(chain.getLast(), NameKeys.name(path), changed);
        return changed.at(path);
    }

    /** A root has no row of its own: its dead properties are kept with the bucket, all else is fixed. */
    private static Entry changeRoot(TreeEdit edit, EntryPath root, UnaryOperator<EntryRow> change) throws IOException {
        BucketRow bucket = edit.requireBucket(root.bucket());
        Attributes changed = change.apply(Tree.rootRow(bucket)).attributes();
        requireSmall(changed);
        Attributes settings = bucket.settings();
        for (String name : settings.withPrefix(Attributes.PROPERTY).keySet()) {
            settings = settings.without(Attributes.PROPERTY + name);
        }
        for (var property : changed.withPrefix(Attributes.PROPERTY).entrySet()) {
            settings = settings.with(Attributes.PROPERTY + property.getKey(), property.getValue());
        }
        BucketRow row = new BucketRow(bucket.rootDirectory(), bucket.created(), bucket.owner(), settings);
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
        requireLegal(path);
        if (options.tree() == WriteOptions.Tree.FOLDERS && !path.isRoot()) {
            EntryPath twin = path.isDirectory() ? path.asFile() : path.asDirectory();
            if (edit.find(twin).isPresent()) {
                throw new StorageException.KindConflict(
                        "'" + twin + "' is a " + (twin.isDirectory() ? "folder" : "file") + ".");
            }
        }
    }

    /**
     * Checks what no key may be.
     *
     * @throws StorageException.InvalidName if the key is too long or holds a character that no key may
     */
    static void requireLegal(EntryPath path) {
        if (path.key().indexOf('\0') >= 0) {
            throw new StorageException.InvalidName("A name must not contain the character NUL.");
        }
        if (Rows.utf8(path.key()).length > EntryPath.KEY_BYTES_MAX) {
            throw new StorageException.InvalidName(
                    "The path is longer than " + EntryPath.KEY_BYTES_MAX + " bytes: shorten it.");
        }
        for (int i = 0; i < path.key().length(); i++) {
            char c = path.key().charAt(i);
            if (Character.isHighSurrogate(c)
                    && i + 1 < path.key().length()
                    && Character.isLowSurrogate(path.key().charAt(i + 1))) {
                i++;
            } else if (Character.isSurrogate(c)) {
                throw new StorageException.InvalidName("A name must be valid Unicode.");
            }
        }
        for (String segment : path.segments()) {
            if (Rows.utf8(segment).length > EntryPath.NAME_BYTES_MAX) {
                throw new StorageException.InvalidName(
                        "A name is longer than " + EntryPath.NAME_BYTES_MAX + " bytes: shorten it.");
            }
        }
    }

    static void requireSmall(Attributes attributes) {
        long bytes = 0;
        for (var attribute : attributes.values().entrySet()) {
            bytes += Rows.utf8(attribute.getKey()).length + Rows.utf8(attribute.getValue()).length;
        }
        if (bytes > Attributes.BYTES_MAX) {
            throw new StorageException.AttributesTooLarge("Metadata and properties of an entry take " + bytes
                    + " bytes; at most " + Attributes.BYTES_MAX + " are allowed.");
        }
    }

    /** The lock a request asks for, where nothing stands in its way; a name that is free becomes an empty file. */
    Lock lock(Commit commit, EntryPath path, LockRequest request, String token, WriteOptions options)
            throws IOException {
        TreeEdit edit = edit(commit);
        EntryPath place = path;
        if (edit.find(place).isEmpty()) {
            EntryPath twin = path.isRoot() || path.isDirectory() ? path : path.asDirectory();
            place = edit.find(twin).isPresent() ? twin : path;
        }
        Optional<Entry> current = edit.find(place);
        options.precondition().check(current);
        requireNoConflict(commit, place, request);
        if (current.isEmpty()) {
            EntryPath file = place.isDirectory() ? place.asFile() : place;
            locks.requireUnlocked(commit, file, Touch.MEMBERSHIP, options);
            requireLegal(file);
            List<Long> chain = edit.chainForNew(file, options.tree());
            edit.put(chain, NameKeys.name(file), emptyFile(commit.sequence()));
            place = file;
        }
        Lock lock = new Lock(
                place,
                token,
                options.principal(),
                request.owner(),
                request.exclusive(),
                request.infinite() && place.isDirectory(),
                request.timeoutSeconds(),
                locks.now().plusSeconds(request.timeoutSeconds()));
        locks.put(commit, lock);
        return lock;
    }

    private static EntryRow emptyFile(long sequence) {
        return new EntryRow(
                Kind.FILE,
                true,
                sequence,
                0,
                Optional.<Instant>empty(),
                Optional.empty(),
                "",
                Attributes.NONE,
                Content.EMPTY);
    }

    private void requireNoConflict(Commit commit, EntryPath place, LockRequest request) throws IOException {
        List<Lock> others = new ArrayList<>(locks.covering(commit, place));
        if (request.infinite()) {
            others.addAll(locks.locksUnder(commit, place));
        }
        for (Lock other : others) {
            if (request.exclusive() || other.exclusive()) {
                throw new StorageException.Locked(other.path());
            }
        }
    }

    Lock refreshLock(Commit commit, EntryPath path, String token, long timeoutSeconds, WriteOptions options)
            throws IOException {
        Lock lock = requireLock(commit, path, token, options);
        Lock refreshed = new Lock(
                lock.path(),
                lock.token(),
                lock.principal(),
                lock.owner(),
                lock.exclusive(),
                lock.infinite(),
                timeoutSeconds,
                locks.now().plusSeconds(timeoutSeconds));
        locks.put(commit, refreshed);
        return refreshed;
    }

    void unlock(Commit commit, EntryPath path, String token, WriteOptions options) throws IOException {
        locks.remove(commit, requireLock(commit, path, token, options));
    }

    private Lock requireLock(Commit commit, EntryPath path, String token, WriteOptions options) throws IOException {
        List<Lock> covering = new ArrayList<>(locks.covering(commit, path));
        if (!path.isDirectory()) {
            covering.addAll(locks.covering(commit, path.asDirectory()));
        }
        Lock lock = covering.stream()
                .filter(l -> l.token().equals(token))
                .findFirst()
                .orElseThrow(() -> new StorageException.NoSuchLock("No lock with that token covers '" + path + "'."));
        if (!lock.principal().equals(options.principal())) {
            throw new StorageException.Locked(lock.path());
        }
        return lock;
    }
}
