package io.varve.storage.namespace;

import io.varve.storage.chunkstore.ChunkStore;
import io.varve.storage.commit.Commit;
import io.varve.storage.metadata.Family;
import io.varve.storage.namespace.PastRow.Cause;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Stages changes of the tree into one commit: rows, history, usage of every directory above, references on content. Every change
 * of NOW goes through here, which is what keeps the families in step.
 */
final class TreeEdit extends Tree {
    private static final byte[] NEXT_DIRECTORY = "next-directory".getBytes(StandardCharsets.US_ASCII);

    private final Commit commit;
    private final ChunkStore chunks;
    private final RetentionPolicy serverDefault;

    private final DueIndex due;

    /** The buckets met on the way to what is edited, by their roots. */
    private final Map<Long, BucketRow> buckets = new HashMap<>();

    /** @param serverDefault the retention of buckets without one of their own */
    TreeEdit(Commit commit, ChunkStore chunks, RetentionPolicy serverDefault) {
        super(commit);
        this.commit = commit;
        this.chunks = chunks;
        this.serverDefault = serverDefault;
        this.due = new DueIndex(commit);
    }

    @Override
    Optional<BucketRow> bucket(String name) throws IOException {
        Optional<BucketRow> bucket = super.bucket(name);
        bucket.ifPresent(row -> buckets.put(row.rootDirectory(), row));
        return bucket;
    }

    /** The bucket that a chain of directories was found through. */
    private BucketRow bucketOf(List<Long> chain) {
        BucketRow bucket = buckets.get(chain.getFirst());
        if (bucket == null) {
            throw new IllegalStateException("a chain that no bucket began");
        }
        return bucket;
    }

    /** Whose history a chain of directories writes. */
    private Filing filing(List<Long> chain) {
        BucketRow bucket = bucketOf(chain);
        return new Filing(bucket.scope(), bucket.retention(serverDefault));
    }

    /** The kept versions of a name in the last directory of a chain. */
    VersionEdit versions(List<Long> chain, byte[] name) {
        return new VersionEdit(commit, chunks, filing(chain), bucketOf(chain).versioning(), chain.getLast(), name);
    }

    Commit commit() {
        return commit;
    }

    long newDirectoryId() throws IOException {
        byte[] row = commit.get(Family.SYSTEM, NEXT_DIRECTORY);
        long id = row == null ? 1 : ByteBuffer.wrap(row).getLong();
        commit.put(
                Family.SYSTEM,
                NEXT_DIRECTORY,
                ByteBuffer.allocate(Long.BYTES).putLong(id + 1).array());
        return id;
    }

    /**
     * The chain of a directory that is to get a new entry; by {@code KEYS} rules missing directories are made.
     *
     * @throws StorageException.NoSuchParent by {@code FOLDERS} rules, if it does not exist
     */
    List<Long> chainForNew(EntryPath entry, WriteOptions.Tree rules) throws IOException {
        EntryPath parent = entry.parent();
        Optional<List<Long>> existing = chain(parent);
        if (existing.isPresent()) {
            return existing.get();
        }
        if (rules == WriteOptions.Tree.FOLDERS) {
            throw new StorageException.NoSuchParent(entry);
        }
        List<Long> chain = new ArrayList<>();
        chain.add(requireBucket(parent.bucket()).rootDirectory());
        for (String name : parent.segments()) {
            byte[] stored = NameKeys.directoryName(name);
            EntryRow row = row(chain.getLast(), stored);
            if (row == null) {
                row = EntryRow.implicitDirectory(commit.sequence(), idForNew(chain.getLast(), stored));
                commit.put(Family.NOW, NameKeys.now(chain.getLast(), stored), row.encode());
            }
            chain.add(row.directory());
        }
        return chain;
    }

    /** The id of a directory that is made: that of the one that vanished here, so that history under it goes on. */
    long idForNew(long parent, byte[] name) throws IOException {
        PastRow past = newestPast(parent, name);
        return past != null && past.isVanished() ? past.row().directory() : newDirectoryId();
    }

    /**
     * Sets a name's current row; what was there goes into history, or is released.
     *
     * @param chain the ids of the directory that holds it and of all above
     * @param row the new row; its content's reference is staged by the caller
     * @return the row as it is kept: in a bucket with versioning it gets an id
     */
    EntryRow put(EntryPath path, List<Long> chain, EntryRow row) throws IOException {
        guardQuota(path, chain);
        byte[] name = NameKeys.name(path);
        EntryRow before = row(chain.getLast(), name);
        if (before != null) {
            due.forget(chain.getLast(), name, before);
            count(chain, before, -1);
            retire(chain, name, before, Cause.ENDED);
        }
        VersionEdit versions = versions(chain, name);
        versions.endNullBefore(before);
        EntryRow kept = locked(chain, row.asVersion(versions.numbered()));
        show(path, chain, kept);
        return kept;
    }

    /** What comes into a bucket must leave it within its quota when the commit ends: a file that is moved within it is there twice. */
    private void guardQuota(EntryPath path, List<Long> chain) throws IOException {
        OptionalLong quota = bucketOf(chain).quotaBytes();
        if (quota.isPresent()) {
            Quotas.guard(commit, path.bucket(), chain.getFirst(), quota.getAsLong());
        }
    }

    /** A new version in a bucket with object lock has at least the bucket's retention, whichever door it comes through. */
    private EntryRow locked(List<Long> chain, EntryRow row) {
        VersionLock lock = VersionLock.of(row.attributes());
        Optional<VersionLock.Retention> given = bucketOf(chain)
                .objectLock()
                .filter(ignored -> lock.retention().isEmpty())
                .flatMap(rule -> rule.retention(EntryRow.instant(commit.sequence())));
        return given.isEmpty() ? row : row.withAttributes(new VersionLock(given, lock.hold()).in(row.attributes()));
    }

    /** Makes a row the current one of a name that has none. */
    private void show(EntryPath path, List<Long> chain, EntryRow row) throws IOException {
        set(chain.getLast(), NameKeys.name(path), row);
        due.file(path, chain, row);
        count(chain, row, 1);
    }

    /** Replaces a row by one that differs in attributes and times only; no version is made. */
    void change(EntryPath path, List<Long> chain, EntryRow before, EntryRow row) throws IOException {
        byte[] name = NameKeys.name(path);
        due.forget(chain.getLast(), name, before);
        set(chain.getLast(), name, row);
        due.file(path, chain, row);
    }

    /** Sets a row that is in no index. */
    void set(long directory, byte[] name, EntryRow row) {
        commit.put(Family.NOW, NameKeys.now(directory, name), row.encode());
    }

    /**
     * Removes a file's row, and the implicit directories that lose their last child with it. In a bucket with versioning a delete
     * marker takes its place.
     */
    void removeFile(EntryPath path, List<Long> chain, EntryRow row, Cause cause) throws IOException {
        byte[] name = NameKeys.name(path);
        hide(chain, name, row);
        retire(chain, name, row, cause);
        versions(chain, name).mark(row);
        vanish(path.parent(), chain);
    }

    /** Takes a name's current row away. */
    private void hide(List<Long> chain, byte[] name, EntryRow row) throws IOException {
        commit.delete(Family.NOW, NameKeys.now(chain.getLast(), name));
        due.forget(chain.getLast(), name, row);
        count(chain, row, -1);
    }

    /** Puts a delete marker at a key that holds nothing now. */
    void mark(EntryPath path) throws IOException {
        List<Long> chain = chainForNew(path, WriteOptions.Tree.KEYS);
        byte[] name = NameKeys.name(path);
        if (path.isDirectory()) {
            versions(chain, name).markFolder(null, idForNew(chain.getLast(), name));
        } else {
            versions(chain, name).mark(null);
        }
        vanish(path.parent(), chain);
    }

    /**
     * Deletes the current version of a key itself: retention alone keeps it, and the one before it is the current one again.
     *
     * @param chain the ids of the directory that holds it and of all above
     * @param row the current row
     */
    void removeVersion(EntryPath path, List<Long> chain, EntryRow row) throws IOException {
        byte[] name = NameKeys.name(path);
        hide(chain, name, row);
        VersionEdit versions = versions(chain, name);
        versions.release(row, Cause.ENDED);
        bringBack(path, chain, versions, row.directory());
    }

    /** Deletes a kept version or a delete marker of a key; under a marker that was the last word the version before comes back. */
    void removeVersion(EntryPath path, List<Long> chain, PastRow past) throws IOException {
        byte[] name = NameKeys.name(path);
        VersionEdit versions = versions(chain, name);
        versions.end(past);
        EntryRow now = row(chain.getLast(), name);
        if (past.cause() == Cause.MARKER && (now == null || !now.explicit())) {
            if (now != null) {
                versions.release(now, Cause.ENDED);
            }
            bringBack(path, chain, versions, now == null ? past.row().directory() : now.directory());
        }
    }

    /**
     * The newest kept version becomes the current one, if that is no marker; else the name holds nothing.
     *
     * @param directory of a folder its id, which stays
     */
    private void bringBack(EntryPath path, List<Long> chain, VersionEdit versions, long directory) throws IOException {
        Optional<PastRow> newest = versions.newest();
        if (newest.isPresent() && newest.get().cause() != Cause.MARKER) {
            EntryRow again = newest.get().row().broughtBack(commit.sequence()).inDirectory(directory);
            chunks.retain(commit, again.content());
            versions.end(newest.get());
            List<Long> made = chainForNew(path, WriteOptions.Tree.KEYS);
            show(path, made, again);
        } else if (path.isDirectory()) {
            leaveImplicit(path, chain, directory);
        } else {
            vanish(path.parent(), chain);
        }
    }

    /** Removes a directory's row with all that hangs on its id, in one step however much that is. */
    void removeDirectory(EntryPath path, List<Long> chain, EntryRow row, Cause cause) throws IOException {
        if (bucketOf(chain).versioning() != Versioning.NEVER) {
            throw new StorageException.InvalidTarget("'" + path + "' holds versions, which are deleted one by one.");
        }
        byte[] name = NameKeys.name(path);
        commit.delete(Family.NOW, NameKeys.now(chain.getLast(), name));
        Usage usage = usage(row.directory());
        countMoved(chain, usage, -1);
        if (cause == Cause.DETACHED) {
            NamespaceTotals.stageHistory(commit, usage.bytes(), usage.files());
            NamespaceTotals.stageCurrent(commit, -usage.bytes(), -usage.files());
        }
        count(chain, row, -1);
        // Even without history: what hangs on the id is purged in steps by whoever expires this row.
        filing(chain).write(commit, chain.getLast(), name, row, commit.sequence(), cause);
        vanish(path.parent(), chain);
    }

    /** Puts a directory's row where a moved, copied or new one belongs. */
    void attachDirectory(EntryPath path, List<Long> chain, EntryRow row) throws IOException {
        guardQuota(path, chain);
        set(chain.getLast(), NameKeys.name(path), row);
        due.moved(path, chain, row.directory());
        count(chain, row, 1);
        countMoved(chain, usage(row.directory()), 1);
    }

    /**
     * Takes a directory's name away but not what it holds: it stays as an implicit one, or vanishes. In a bucket with versioning a
     * delete marker is put, too.
     */
    void makeImplicit(EntryPath path, List<Long> chain, EntryRow row) throws IOException {
        byte[] name = NameKeys.name(path);
        count(chain, row, -1);
        retire(chain, name, row, Cause.ENDED);
        versions(chain, name).markFolder(row, row.directory());
        leaveImplicit(path, chain, row.directory());
    }

    /** Leaves an implicit directory where something lies under it. */
    private void leaveImplicit(EntryPath path, List<Long> chain, long directory) throws IOException {
        set(chain.getLast(), NameKeys.name(path), EntryRow.implicitDirectory(commit.sequence(), directory));
        List<Long> own = new ArrayList<>(chain);
        own.add(directory);
        vanish(path, own);
    }

    /** Removes implicit directories without children, from this one upwards. */
    void vanish(EntryPath directory, List<Long> chain) throws IOException {
        EntryPath path = directory;
        for (int depth = chain.size() - 1; depth > 0 && isEmpty(chain.get(depth)); depth--) {
            byte[] name = NameKeys.name(path);
            EntryRow row = row(chain.get(depth - 1), name);
            if (row == null || row.explicit()) {
                return;
            }
            commit.delete(Family.NOW, NameKeys.now(chain.get(depth - 1), name));
            forgetUsage(row.directory());
            Filing filing = filing(chain);
            boolean marked = versions(chain.subList(0, depth), name).endsWithMarker(row);
            // Kept versions are found through the directories they were in.
            if (!marked && (!filing.policy().isNone() || bucketOf(chain).versioning() != Versioning.NEVER)) {
                filing.write(commit, chain.get(depth - 1), name, row, commit.sequence(), Cause.VANISHED);
            }
            path = path.parent();
        }
    }

    /** An id without children has counters of zero, which need no rows, and no file that is to be found by it. */
    void forgetUsage(long directory) throws IOException {
        due.forgetPlace(directory);
        commit.delete(Family.USAGE, NameKeys.usage(directory, BYTES));
        commit.delete(Family.USAGE, NameKeys.usage(directory, FILES));
    }

    /** A version stops being current: versioning or history keeps it, or its content loses a reference. */
    private void retire(List<Long> chain, byte[] name, EntryRow row, Cause cause) throws IOException {
        VersionEdit versions = versions(chain, name);
        if (versions.keeps(row)) {
            versions.keep(row, cause == Cause.MOVED ? Cause.KEPT_MOVED : Cause.KEPT);
        } else {
            versions.release(row, cause);
        }
    }

    /** A bucket loses its root: by its end, or to another one. */
    void retireRoot(String name, BucketRow bucket, Cause cause) {
        RetentionPolicy policy = bucket.retention(serverDefault);
        if (cause == Cause.DETACHED || !policy.isNone()) {
            new Filing(bucket.scope(), policy)
                    .write(
                            commit,
                            NameKeys.NOWHERE,
                            NameKeys.formerBucket(name),
                            bucket.ended(commit.sequence(), cause));
        }
    }

    /** An entry appears in or disappears from a directory and all above it. */
    private void count(List<Long> chain, EntryRow row, int sign) {
        if (isCounted(row)) {
            long bytes = row.content().length();
            countMoved(chain, new Usage(bytes, 1), sign);
            NamespaceTotals.stageCurrent(commit, sign * bytes, sign);
        }
    }

    /** Counts an entry of a tree that is built aside: in its directories, and as history until it gets its name. */
    void countBuilt(List<Long> chain, EntryRow row) {
        long bytes = row.content().length();
        countMoved(chain, new Usage(bytes, 1), 1);
        NamespaceTotals.stageHistory(commit, bytes, 1);
    }

    /** Directories count only if somebody gave them content, which S3 allows. */
    static boolean isCounted(EntryRow row) {
        return !row.isDirectory() || !row.content().children().isEmpty();
    }

    private void countMoved(List<Long> chain, Usage usage, int sign) {
        if (usage.bytes() == 0 && usage.files() == 0) {
            return;
        }
        for (long id : chain) {
            commit.add(Family.USAGE, NameKeys.usage(id, BYTES), sign * usage.bytes());
            commit.add(Family.USAGE, NameKeys.usage(id, FILES), sign * usage.files());
        }
    }
}
