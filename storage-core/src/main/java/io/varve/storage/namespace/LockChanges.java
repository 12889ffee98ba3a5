package io.varve.storage.namespace;

import io.varve.storage.chunkstore.Content;
import io.varve.storage.commit.Commit;
import io.varve.storage.commit.Committer;
import io.varve.storage.namespace.Entry.Kind;
import io.varve.storage.namespace.LockTable.Touch;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/** Taking, refreshing and giving back locks, each one commit. Thread-safe. */
final class LockChanges {
    /** The longest a lock lasts without being refreshed. */
    private static final long LOCK_SECONDS_MAX = 7L * 24 * 3600;

    private static final int LOCK_OWNER_BYTES_MAX = 4096;
    private static final int TIDY_STEP = 500;

    private final Committer committer;
    private final LockTable locks;
    private final TreeChanges changes;

    LockChanges(Committer committer, LockTable locks, TreeChanges changes) {
        this.committer = committer;
        this.locks = locks;
        this.changes = changes;
    }

    Lock lock(EntryPath path, LockRequest request, WriteOptions options) throws IOException {
        LockRequest bounded = bounded(request);
        String token = "urn:uuid:" + UUID.randomUUID();
        return committer.commit(commit -> lock(commit, path, bounded, token, options));
    }

    Lock refresh(EntryPath path, String token, long timeoutSeconds, WriteOptions options) throws IOException {
        return committer.commit(commit -> refreshLock(commit, path, token, boundedTimeout(timeoutSeconds), options));
    }

    boolean unlock(EntryPath path, String token, WriteOptions options) throws IOException {
        return committer.commit(commit -> {
            locks.remove(commit, requireLock(commit, path, token, options));
            return true;
        });
    }

    List<Lock> covering(EntryPath path) throws IOException {
        return locks.covering(committer.view(), path);
    }

    Set<String> tokensUnder(EntryPath directory) throws IOException {
        Set<String> tokens = new HashSet<>();
        locks.locksOn(committer.view(), directory).forEach(lock -> tokens.add(lock.token()));
        locks.locksUnder(committer.view(), directory).forEach(lock -> tokens.add(lock.token()));
        return tokens;
    }

    /** Takes away locks that ran out, in bounded steps. They are looked for beside the commits, which none is made for in vain. */
    void removeExpired() throws IOException {
        List<Lock> expired = locks.expired(committer.view(), TIDY_STEP);
        while (!expired.isEmpty()) {
            List<Lock> some = expired;
            committer.commit(commit -> {
                locks.removeExpired(commit, some);
                return true;
            });
            expired = locks.expired(committer.view(), TIDY_STEP);
        }
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

    /** The lock a request asks for, where nothing stands in its way; a name that is free becomes an empty file. */
    private Lock lock(Commit commit, EntryPath path, LockRequest request, String token, WriteOptions options)
            throws IOException {
        TreeEdit edit = changes.edit(commit);
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
            PathRules.requireLegal(file);
            List<Long> chain = edit.chainForNew(file, options.tree());
            edit.put(file, chain, emptyFile(commit.sequence()));
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

    private Lock refreshLock(Commit commit, EntryPath path, String token, long timeoutSeconds, WriteOptions options)
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
