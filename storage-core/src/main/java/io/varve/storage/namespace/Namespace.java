package io.varve.storage.namespace;

import static io.varve.storage.namespace.Translation.translated;

import io.varve.storage.chunkstore.ChunkStore;
import io.varve.storage.chunkstore.ContentHints;
import io.varve.storage.chunkstore.ContentReader;
import io.varve.storage.chunkstore.ContentWriter;
import io.varve.storage.chunkstore.ReadLease;
import io.varve.storage.chunkstore.StagedContent;
import io.varve.storage.commit.Committer;
import io.varve.storage.metadata.Cursor;
import io.varve.storage.metadata.Family;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;

/**
 * Buckets, directories, files and their history: the one tree behind every door.
 *
 * <p>Every change is one atomic commit: it is durable and visible when the method returns, or did
 * not happen when it throws. Preconditions, locks and space are checked in the same step. All
 * methods are thread-safe, may block for I/O, and throw {@link StorageException} only.
 */
public final class Namespace {

    /** The longest a lock lasts without being refreshed. */
    private static final long LOCK_SECONDS_MAX = 7L * 24 * 3600;

    private static final int LOCK_OWNER_BYTES_MAX = 4096;
    private static final int TIDY_STEP = 500;

    private final Committer committer;
    private final ChunkStore chunks;
    private final LockTable locks;
    private final TreeChanges changes;
    private final Uploads uploads;
    private final SpaceGuard space;
    private final Set<Long> directoriesBeingBuilt = ConcurrentHashMap.newKeySet();

    /**
     * Says whether there is room for what clients write. Deleting needs little, and is always let through.
     */
    @FunctionalInterface
    public interface SpaceGuard {
        /**
         * Called before each change that adds something, and while content arrives.
         *
         * @throws StorageException.NoSpace if the disk is as good as full
         */
        void requireSpace();
    }

    /**
     * Opens the namespace on a store that is recovered.
     *
     * @param keepsHistory whether versions stay readable after they were overwritten or deleted
     */
    public Namespace(
            Committer committer, ChunkStore chunks, InstantSource clock, boolean keepsHistory, SpaceGuard space)
            throws IOException {
        this.committer = committer;
        this.chunks = chunks;
        this.locks = new LockTable(committer.view(), clock);
        this.changes = new TreeChanges(chunks, locks, keepsHistory);
        this.uploads = new Uploads(committer, chunks, changes);
        this.space = space;
    }

    // ---- buckets

    /**
     * Makes a bucket.
     *
     * @throws StorageException.InvalidName if the name is not 3 to 63 lower-case letters, digits,
     *     dots and hyphens by S3's rules
     * @throws StorageException.BucketExists if there is one
     */
    public Bucket createBucket(String name, String owner) {
        BucketNames.requireLegal(name);
        requireSpace();
        return translated(() -> committer.commit(commit -> {
            TreeEdit edit = changes.edit(commit);
            Optional<BucketRow> present = edit.bucket(name);
            if (present.isPresent()) {
                throw new StorageException.BucketExists(name, present.get().owner());
            }
            BucketRow row = new BucketRow(edit.newDirectoryId(), commit.sequence(), owner, Attributes.NONE);
            commit.put(Family.BUCKETS, NameKeys.bucket(name), row.encode());
            return row.named(name);
        }));
    }

    /**
     * Removes an empty bucket (no current entry but explicit directories without files counts as content).
     *
     * @throws StorageException.NoSuchBucket if there is none
     * @throws StorageException.BucketNotEmpty if it holds an entry
     */
    public void deleteBucket(String name, WriteOptions options) {
        translated(() -> committer.commit(commit -> {
            TreeEdit edit = changes.edit(commit);
            BucketRow row = edit.requireBucket(name);
            locks.requireUnlocked(commit, EntryPath.root(name), LockTable.Touch.TREE, options);
            if (!edit.isEmpty(row.rootDirectory())) {
                throw new StorageException.BucketNotEmpty(name);
            }
            locks.endLocks(commit, EntryPath.root(name));
            uploads.endAll(commit, name);
            edit.forgetUsage(row.rootDirectory());
            commit.delete(Family.BUCKETS, NameKeys.bucket(name));
            return true;
        }));
    }

    public Optional<Bucket> findBucket(String name) {
        return translated(() -> tree().bucket(name).map(row -> row.named(name)));
    }

    /** All buckets by name. */
    public List<Bucket> buckets() {
        return translated(() -> {
            List<Bucket> buckets = new ArrayList<>();
            try (Cursor cursor = committer.view().scan(Family.BUCKETS, new byte[0], null)) {
                while (cursor.next()) {
                    String name = new String(cursor.key(), StandardCharsets.UTF_8);
                    buckets.add(BucketRow.decode(cursor.value()).named(name));
                }
            }
            return buckets;
        });
    }

    // ---- looking

    /**
     * The entry at exactly this path: {@code "a"} is the file, {@code "a/"} the directory (also one
     * that only exists because something lies under it; see {@link Entry#explicit()}).
     *
     * @throws StorageException.NoSuchBucket if the bucket does not exist
     */
    public Optional<Entry> find(EntryPath path) {
        return translated(() -> tree().find(path));
    }

    /** The file at this path, or else the directory of that name: a file system client's view. */
    public Optional<Entry> resolve(EntryPath path) {
        return translated(() -> {
            Optional<Entry> exact = tree().find(path);
            return exact.isPresent() || path.isDirectory() ? exact : tree().find(path.asDirectory());
        });
    }

    /** One page of a bucket's keys in S3's order. */
    public ListPage list(String bucket, ListQuery query) {
        return translated(() -> new KeyLister(committer.view(), bucket, query)
                .list(tree().requireBucket(bucket).rootDirectory()));
    }

    /**
     * Streams the entries of one directory in order of their names, each from one index row. Must be closed.
     *
     * @throws StorageException.NoSuchEntry if the directory does not exist
     */
    public DirectoryStream children(EntryPath directory) {
        return translated(() -> new DirectoryStream(committer.view(), directory, idOf(directory)));
    }

    /** How much lies under a directory now, without walking it. */
    public Usage usage(EntryPath directory) {
        return translated(() -> tree().usage(idOf(directory)));
    }

    /**
     * The current and earlier versions of a file, newest first, as far as history holds them.
     *
     * @param limit the most to tell
     */
    public List<Entry> history(EntryPath file, int limit) {
        return translated(() -> {
            Optional<List<Long>> chain = tree().chain(file.parent());
            List<Entry> versions = new ArrayList<>();
            if (chain.isPresent() && limit > 0) {
                byte[] name = NameKeys.name(file);
                long directory = chain.get().getLast();
                tree().find(file).ifPresent(versions::add);
                try (Cursor cursor = committer.view().scanPrefix(Family.PAST, NameKeys.past(directory, name))) {
                    while (versions.size() < limit && cursor.next()) {
                        versions.add(PastRow.decode(cursor.value()).row().at(file));
                    }
                }
            }
            return versions;
        });
    }

    // ---- bytes

    /**
     * Says what an exception of a {@link ContentWriter} or {@link ContentReader} means. Only for those: what a client's connection
     * throws is no matter of the store.
     */
    public static StorageException explain(IOException failure) {
        return Translation.translate(failure);
    }

    /** Begins new content. It is asked for space again as it grows, so that no upload takes what deleting needs. */
    public ContentWriter write(ContentHints hints) {
        requireSpace();
        return chunks.write(hints, this::requireSpace);
    }

    /**
     * Opens a range of an entry's bytes.
     *
     * @param offset first byte, 0 to the entry's size
     * @param length how many bytes; the range must lie within the content
     */
    public ContentReader read(Entry entry, long offset, long length) {
        return translated(() -> {
            ReadLease lease = chunks.lease();
            try {
                if (!isStillThere(entry)) {
                    throw new StorageException.NoSuchEntry(entry.path());
                }
                return chunks.read(lease, entry.content(), offset, length);
            } catch (IOException | RuntimeException e) {
                lease.close();
                throw e;
            }
        });
    }

    // ---- changing

    /**
     * Publishes content under a name. On success the lease in {@code content} is spent.
     *
     * <p>A path that ends with a slash makes an explicit directory with that content (S3 only).
     */
    public PutResult put(EntryPath path, StagedContent content, PutRequest request, WriteOptions options) {
        TreeChanges.requireLegal(path);
        TreeChanges.requireSmall(request.attributes());
        return translated(() ->
                committer.commit(commit -> changes.put(commit, path, content.content(), request, options, content)));
    }

    /**
     * Makes an explicit directory; one that existed only by its children becomes explicit.
     *
     * @throws StorageException.EntryExists if an explicit directory (or, by {@code FOLDERS} rules, any entry) is there
     * @throws StorageException.NoSuchParent by {@code FOLDERS} rules
     */
    public Entry makeDirectory(EntryPath path, Attributes attributes, WriteOptions options) {
        TreeChanges.requireLegal(path);
        TreeChanges.requireSmall(attributes);
        requireSpace();
        return translated(() ->
                committer.commit(commit -> changes.makeDirectory(commit, path.asDirectory(), attributes, options)));
    }

    /**
     * Removes an entry; a directory by {@code FOLDERS} rules with all it holds, by {@code KEYS} rules only its own marker.
     * What was removed stays in history.
     *
     * @return what was removed, or empty if nothing was there
     */
    public Optional<Entry> delete(EntryPath path, WriteOptions options) {
        return translated(() -> committer.commit(commit -> changes.delete(commit, path, options)));
    }

    /**
     * Copies a file, or a directory with all it holds, by reference.
     *
     * @param replacement for a file: what the copy carries instead of the source's type and
     *     attributes; empty: the same
     * @param overwrite whether something at the target may be replaced
     * @param deep for a directory: with what it holds, or only itself
     */
    public PutResult copy(
            EntryPath source,
            EntryPath target,
            Optional<PutRequest> replacement,
            boolean overwrite,
            boolean deep,
            WriteOptions options) {
        requireSpace();
        TreeChanges.requireLegal(target);
        replacement.ifPresent(request -> TreeChanges.requireSmall(request.attributes()));
        if (source.isDirectory()) {
            return translated(() -> new TreeCopy(committer, chunks, changes, directoriesBeingBuilt)
                    .copy(source, target.asDirectory(), overwrite, deep, options));
        }
        return translated(() ->
                committer.commit(commit -> changes.copyFile(commit, source, target, replacement, overwrite, options)));
    }

    /** Moves a file, or a directory with all it holds, in constant time; locks under it end. */
    public PutResult move(EntryPath source, EntryPath target, boolean overwrite, WriteOptions options) {
        TreeChanges.requireLegal(target);
        return translated(() -> committer.commit(commit -> source.isDirectory()
                ? changes.moveDirectory(commit, source, target.asDirectory(), overwrite, options)
                : changes.moveFile(commit, source, target, overwrite, options)));
    }

    /**
     * Changes the attributes, and the modification time if one is given, of the current version in place: no new version is made.
     * An implicit directory becomes explicit; of a bucket's root only dead properties can be changed.
     *
     * @param change from the attributes now to the new ones; runs on the committer's thread
     */
    public Entry changeAttributes(
            EntryPath path, UnaryOperator<Attributes> change, Optional<Instant> modified, WriteOptions options) {
        requireSpace();
        return translated(() -> committer.commit(commit -> changes.changeRow(
                commit,
                path,
                row -> {
                    EntryRow changed = row.withAttributes(change.apply(row.attributes()));
                    return modified.map(changed::withModified).orElse(changed);
                },
                options)));
    }

    // ---- multipart uploads

    public Upload createUpload(EntryPath path, PutRequest request, WriteOptions options) {
        requireSpace();
        return translated(() -> uploads.create(path, newId(), request, options));
    }

    public Upload upload(EntryPath path, String id) {
        return translated(() -> uploads.find(committer.view(), path, id));
    }

    /** Uploads under way in a bucket whose key begins with {@code prefix}, ordered by key, then by id. */
    public List<Upload> uploads(String bucket, String prefix) {
        return translated(() -> uploads.list(bucket, prefix));
    }

    /** Stores a part, replacing one of the same number. */
    public Part putPart(
            Upload upload,
            int number,
            StagedContent content,
            EntityTag etag,
            Attributes attributes,
            WriteOptions options) {
        return translated(() -> uploads.putPart(upload, number, content, etag, attributes));
    }

    /** Parts with numbers above {@code afterNumber}, ascending. */
    public List<Part> parts(Upload upload, int afterNumber, int limit) {
        return translated(() -> uploads.parts(committer.view(), upload.id(), afterNumber, limit));
    }

    /** A part named at completion. */
    public record PartReference(int number, EntityTag etag) {}

    /**
     * Publishes the joined parts under the upload's key: one commit, no byte is moved.
     *
     * @param request type, attributes, and the tag of the whole ({@code md5-N})
     * @param partBytesMin the least size of all parts but the last
     */
    public PutResult completeUpload(
            Upload upload, List<PartReference> parts, PutRequest request, long partBytesMin, WriteOptions options) {
        TreeChanges.requireSmall(request.attributes());
        return translated(() -> uploads.complete(upload, parts, request, partBytesMin, options));
    }

    public void abortUpload(Upload upload) {
        translated(() -> {
            uploads.abort(upload);
            return true;
        });
    }

    // ---- locks

    /**
     * Locks an entry. If nothing is there, an empty file is made and locked (RFC 4918 section 7.3).
     *
     * @throws StorageException.Locked if a lock on the path, above or (for an infinite one) below it conflicts
     */
    public Lock lock(EntryPath path, LockRequest request, WriteOptions options) {
        requireSpace();
        String token = "urn:uuid:" + UUID.randomUUID();
        return translated(
                () -> committer.commit(commit -> changes.lock(commit, path, bounded(request), token, options)));
    }

    /** Starts a lock's timeout anew. The token must be of a lock that covers the path and of the same principal. */
    public Lock refreshLock(EntryPath path, String token, long timeoutSeconds, WriteOptions options) {
        return translated(() -> committer.commit(
                commit -> changes.refreshLock(commit, path, token, boundedTimeout(timeoutSeconds), options)));
    }

    public void unlock(EntryPath path, String token, WriteOptions options) {
        translated(() -> committer.commit(commit -> {
            changes.unlock(commit, path, token, options);
            return true;
        }));
    }

    /** The locks that cover a path: its own and infinite ones above it. Expired ones are not told. */
    public List<Lock> locks(EntryPath path) {
        return translated(() -> locks.covering(committer.view(), path));
    }

    /** Tokens of all locks at or under a directory. */
    public Set<String> lockTokensUnder(EntryPath directory) {
        return translated(() -> {
            Set<String> tokens = new HashSet<>();
            locks.locksOn(committer.view(), directory).forEach(lock -> tokens.add(lock.token()));
            locks.locksUnder(committer.view(), directory).forEach(lock -> tokens.add(lock.token()));
            return tokens;
        });
    }

    // ---- upkeep

    /** What ends versions that retention no longer keeps. */
    public History history() {
        return new History(committer, chunks, directoriesBeingBuilt);
    }

    /** Takes away what ended uploads left and locks that ran out; finishes what a stop interrupted. */
    public void tidy() {
        translated(() -> {
            uploads.takeEndedAway();
            while (committer.commit(commit -> locks.removeExpired(commit, TIDY_STEP)) == TIDY_STEP) {
                // Until a step finds fewer than it may take.
            }
            return true;
        });
    }

    private Tree tree() {
        return new Tree(committer.view());
    }

    private void requireSpace() {
        space.requireSpace();
    }

    private long idOf(EntryPath directory) throws IOException {
        return tree().chain(directory.asDirectory())
                .orElseThrow(() -> new StorageException.NoSuchEntry(directory))
                .getLast();
    }

    /** Whether an entry found a moment ago still holds its content, as the current version or in history. */
    private boolean isStillThere(Entry entry) throws IOException {
        if (entry.content().children().isEmpty()) {
            return true;
        }
        Optional<List<Long>> chain = tree().chain(entry.path().parent());
        if (chain.isEmpty()) {
            return false;
        }
        long directory = chain.get().getLast();
        byte[] name = NameKeys.name(entry.path());
        EntryRow row = tree().row(directory, name);
        return (row != null && row.sequence() == entry.sequence())
                || committer.view().get(Family.PAST, NameKeys.past(directory, name, entry.sequence())) != null;
    }

    /** 128 random bits: an upload id is also what keeps strangers out of an upload. */
    private static String newId() {
        return UUID.randomUUID().toString().replace("-", "");
    }

    private static LockRequest bounded(LockRequest request) {
        if (Rows.utf8(request.owner()).length > LOCK_OWNER_BYTES_MAX) {
            throw new StorageException.AttributesTooLarge(
                    "A lock's owner takes at most " + LOCK_OWNER_BYTES_MAX + " bytes.");
        }
        return new LockRequest(
                request.owner(), request.exclusive(), request.infinite(), boundedTimeout(request.timeoutSeconds()));
    }

    private static long boundedTimeout(long seconds) {
        return Math.clamp(seconds, 1, LOCK_SECONDS_MAX);
    }
}
