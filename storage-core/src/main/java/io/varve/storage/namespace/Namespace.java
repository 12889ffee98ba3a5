package io.varve.storage.namespace;

import static io.varve.storage.namespace.Translation.translated;

import io.varve.storage.chunkstore.ChunkStore;
import io.varve.storage.chunkstore.ContentHints;
import io.varve.storage.chunkstore.ContentReader;
import io.varve.storage.chunkstore.ContentSplice;
import io.varve.storage.chunkstore.ContentWriter;
import io.varve.storage.chunkstore.StagedContent;
import io.varve.storage.commit.Committer;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.Set;
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

    private final Committer committer;
    private final ChunkStore chunks;
    private final InstantSource clock;
    private final TreeChanges changes;
    private final TreeTransfers transfers;
    private final KeyByKey keyByKey;
    private final EntryContent content;
    private final Uploads uploads;
    private final Buckets buckets;
    private final DecodedBuckets decodedBuckets = new DecodedBuckets();
    private final LockChanges locks;
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
     * @param retention how long versions stay readable in buckets that have no rule of their own
     */
    public Namespace(
            Committer committer, ChunkStore chunks, InstantSource clock, RetentionPolicy retention, SpaceGuard space)
            throws IOException {
        this.committer = committer;
        this.chunks = chunks;
        this.clock = clock;
        this.changes = new TreeChanges(chunks, new LockTable(committer.view(), clock), retention);
        this.transfers = new TreeTransfers(chunks, changes);
        this.keyByKey = new KeyByKey(committer, chunks, changes, transfers);
        this.content = new EntryContent(chunks, committer.view(), space);
        this.uploads = new Uploads(committer, chunks, changes);
        UploadIndex.fill(committer);
        this.buckets = new Buckets(committer, changes, uploads);
        this.locks = new LockChanges(committer, changes.locks(), changes);
        this.space = space;
        retention().refresh();
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
        return createBucket(name, owner, Attributes.NONE, Optional.empty());
    }

    /**
     * Makes a bucket that has settings from its first moment on.
     *
     * @param settings what the door that makes it keeps with it
     * @param lock whether versions can be locked, which takes versioning; empty for not yet
     */
    public Bucket createBucket(String name, String owner, Attributes settings, Optional<ObjectLock> lock) {
        BucketNames.requireLegal(name);
        requireSpace();
        return translated(() -> buckets.create(name, owner, settings, lock));
    }

    /**
     * Removes an empty bucket (no current entry but explicit directories without files counts as content).
     *
     * @throws StorageException.NoSuchBucket if there is none
     * @throws StorageException.BucketNotEmpty if it holds an entry
     */
    public void deleteBucket(String name, WriteOptions options) {
        translated(() -> buckets.delete(name, options));
    }

    public Optional<Bucket> findBucket(String name) {
        return translated(() -> decodedBuckets.find(committer.view(), name));
    }

    /** All buckets by name. */
    public List<Bucket> buckets() {
        return translated(buckets::list);
    }

    /**
     * Changes what the doors keep with a bucket.
     *
     * @param change from the settings now to the new ones; runs on the committer's thread
     * @throws StorageException.NoSuchBucket if there is none
     * @throws StorageException.AttributesTooLarge if all names and values take more than {@link Attributes#SETTINGS_BYTES_MAX}
     */
    public void changeBucketSettings(String name, UnaryOperator<Attributes> change) {
        requireSpace();
        translated(() -> buckets.changeSettings(name, change));
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
        return translated(() -> tree().resolve(path));
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
        return children(directory, "");
    }

    /**
     * Streams the entries of one directory, from one on.
     *
     * @param after the name to begin behind, a directory's with its slash; empty for the first
     */
    public DirectoryStream children(EntryPath directory, String after) {
        return translated(() -> new DirectoryStream(tree(), directory, idOf(directory), after));
    }

    /** How much lies under a directory now, without walking it. */
    public Usage usage(EntryPath directory) {
        return translated(() -> tree().usage(idOf(directory)));
    }

    // ---- the past

    /**
     * All buckets as they were at a moment.
     *
     * @throws StorageException.OutOfHistory if the moment is still to come
     */
    public PastView at(Instant moment) {
        // The commits' clock never goes back, so it may be ahead of the wall's.
        if (moment.isAfter(clock.instant()) && EntryRow.microsOf(moment) > committer.publishedSequence()) {
            throw new StorageException.OutOfHistory("The moment " + moment + " is still to come.");
        }
        return new PastView(
                committer.view(), chunks, new ReadablePast(committer.view(), EntryRow.microsOf(moment), clock));
    }

    /**
     * The versions of a path, newest first, as far as history holds them; each file or directory that stood there.
     *
     * @param before only versions that came before; {@link Instant#MAX} for all
     * @param limit the most to tell
     */
    public List<Version> versions(EntryPath path, Instant before, int limit) {
        return translated(() -> Versions.list(committer.view(), path, EntryRow.microsOf(before), limit));
    }

    /** The version that came to a path at a moment. */
    public Optional<Version> version(EntryPath path, Instant from) {
        return versions(path, from.plus(1, ChronoUnit.MICROS), 1).stream()
                .filter(version -> version.from().equals(from))
                .findFirst();
    }

    /**
     * What a directory held that was deleted and is not there again: the last version of each name, in order of the names.
     *
     * @param after the name to begin behind, a directory's with its slash; empty for the first
     * @param limit the most to tell; fewer are all there are
     * @throws StorageException.NoSuchEntry if the directory does not exist
     */
    public List<Version> deleted(EntryPath directory, String after, int limit) {
        return translated(() -> Deleted.list(committer.view(), directory, idOf(directory), after, limit));
    }

    /** The moment of the last change of anything: {@link #at} it everything is as it is now, as long as nothing else changes. */
    public Instant lastChange() {
        return EntryRow.instant(committer.publishedSequence());
    }

    /** Opens a range of a version's bytes, also of one that stands outside of what can be shown as a whole. */
    public ContentReader read(Version version, long offset, long length) {
        PastTree then = new PastTree(committer.view(), EntryRow.micros(version.from()));
        return translated(() -> PastView.open(chunks, then, version.entry(), offset, length));
    }

    /** What brings the past back. */
    public Restores restores() {
        return new Restores(committer, chunks, changes, transfers, keyByKey, directoriesBeingBuilt, space);
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
        return content.write(hints);
    }

    /**
     * Begins content that is an entry's with new bytes from an offset on; the rest is taken by reference. To be put where the entry is
     * with the condition that it still is.
     *
     * @param offset the first byte that is replaced or added, 0 to the entry's size
     * @throws StorageException.Sealed if a client has the key of the content
     */
    public ContentSplice splice(Entry entry, long offset) {
        return content.splice(entry, offset);
    }

    /**
     * Opens a range of an entry's bytes.
     *
     * @param offset first byte, 0 to the entry's size
     * @param length how many bytes; the range must lie within the content
     * @throws StorageException.Sealed if a client has the key of the content
     */
    public ContentReader read(Entry entry, long offset, long length) {
        PastView.requireOpen(entry);
        return readSealed(entry, offset, length);
    }

    /** As {@link #read(Entry, long, long)}, for who can open what is sealed. */
    public ContentReader readSealed(Entry entry, long offset, long length) {
        return content.read(entry, offset, length);
    }

    /** Opens all of an entry's bytes as they lie on the disk, whatever is in memory: slow, and for comparing. */
    public ContentReader readFromDisk(Entry entry) {
        return content.readFromDisk(entry);
    }

    // ---- changing

    /**
     * Publishes content under a name. On success the lease in {@code content} is spent.
     *
     * <p>A path that ends with a slash makes an explicit directory with that content (S3 only).
     */
    public PutResult put(EntryPath path, StagedContent content, PutRequest request, WriteOptions options) {
        PathRules.requireLegal(path);
        PathRules.requireSmall(request.attributes());
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
        PathRules.requireLegal(path);
        PathRules.requireSmall(attributes);
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
        boolean folder = path.isDirectory() && !path.isRoot() && options.tree() == WriteOptions.Tree.FOLDERS;
        return translated(() -> folder && keyByKey.concerns(path)
                ? keyByKey.delete(path, options)
                : committer.commit(commit -> changes.delete(commit, path, options)));
    }

    /** What buckets may hold. */
    public Quotas quotas() {
        return new Quotas(committer, buckets);
    }

    /** Versions of keys, in buckets with versioning. */
    public KeyVersions keyVersions() {
        return new KeyVersions(committer, changes, buckets, clock);
    }

    /**
     * Copies one key to another by S3's rules, by reference.
     *
     * @param version the source's version; empty for the current one
     * @param replacement what the copy carries instead of the source's type and attributes; empty: the same
     */
    public PutResult copyKey(
            EntryPath source,
            Optional<VersionId> version,
            EntryPath target,
            Optional<PutRequest> replacement,
            WriteOptions options) {
        requireSpace();
        PathRules.requireLegal(target);
        replacement.ifPresent(request -> PathRules.requireSmall(request.attributes()));
        return translated(() ->
                committer.commit(commit -> changes.copyKey(commit, source, version, target, replacement, options)));
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
        PathRules.requireLegal(target);
        replacement.ifPresent(request -> PathRules.requireSmall(request.attributes()));
        Placement place =
                new Placement(source.isDirectory() ? target.asDirectory() : target, overwrite, false, options);
        return translated(() -> {
            if (!source.isDirectory()) {
                return committer.commit(commit -> transfers.copyFile(commit, source, replacement, place));
            }
            return keyByKey.concerns(target)
                    ? keyByKey.copy(Tree::new, true, source, place, deep, ignored -> {})
                    : new TreeCopy(committer, chunks, changes, directoriesBeingBuilt, Optional.empty(), ignored -> {})
                            .copy(source, place, deep);
        });
    }

    /**
     * Moves a file, or a directory with all it holds, in constant time, and in buckets with versioning key by key; locks under it
     * end.
     */
    public PutResult move(EntryPath source, EntryPath target, boolean overwrite, WriteOptions options) {
        PathRules.requireLegal(target);
        Placement place =
                new Placement(source.isDirectory() ? target.asDirectory() : target, overwrite, false, options);
        return translated(() -> source.isDirectory() && (keyByKey.concerns(source) || keyByKey.concerns(target))
                ? keyByKey.move(source, place)
                : committer.commit(commit -> transfers.move(commit, source, place)));
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

    // ---- uploads in parts

    /** Uploads that have a name and no target before their end. */
    public NamedUploads namedUploads() {
        return new NamedUploads(committer, chunks, uploads, space);
    }

    /** Uploads of keys. */
    public KeyUploads keyUploads() {
        return new KeyUploads(committer, chunks, clock, uploads, space);
    }

    // ---- locks

    /**
     * Locks an entry. If nothing is there, an empty file is made and locked (RFC 4918 section 7.3).
     *
     * @throws StorageException.Locked if a lock on the path, above or (for an infinite one) below it conflicts
     */
    public Lock lock(EntryPath path, LockRequest request, WriteOptions options) {
        requireSpace();
        return translated(() -> locks.lock(path, request, options));
    }

    /** Starts a lock's timeout anew. The token must be of a lock that covers the path and of the same principal. */
    public Lock refreshLock(EntryPath path, String token, long timeoutSeconds, WriteOptions options) {
        return translated(() -> locks.refresh(path, token, timeoutSeconds, options));
    }

    public void unlock(EntryPath path, String token, WriteOptions options) {
        translated(() -> locks.unlock(path, token, options));
    }

    /** The locks that cover a path: its own and infinite ones above it. Expired ones are not told. */
    public List<Lock> locks(EntryPath path) {
        return translated(() -> locks.covering(path));
    }

    /** Tokens of all locks at or under a directory. */
    public Set<String> lockTokensUnder(EntryPath directory) {
        return translated(() -> locks.tokensUnder(directory));
    }

    // ---- upkeep

    /** What ends versions that retention no longer keeps. */
    public Retention retention() {
        return new Retention(committer, chunks, clock, changes, directoriesBeingBuilt);
    }

    /** Directory trees that are brought in file by file. */
    public Imports imports() {
        return new Imports(this, committer, changes, transfers, space);
    }

    /** Files by what their content hashes to. */
    public KnownContents knownContents() {
        return new KnownContents(committer, changes, transfers, space);
    }

    /** Files that go by themselves. */
    public Ttl ttl() {
        return new Ttl(committer, changes, clock);
    }

    /**
     * What does as lifecycle rules say.
     *
     * @param day the length of a day in them
     */
    public LifecycleSweep lifecycle(Duration day) {
        return new LifecycleSweep(committer, keyVersions(), uploads, buckets, clock, day);
    }

    /** Takes away what ended uploads left and locks that ran out; finishes what a stop interrupted. */
    public void tidy() {
        translated(() -> {
            uploads.ended().takeAway();
            locks.removeExpired();
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
}
