package io.varve.storage.namespace;

import io.varve.storage.chunkstore.Varint;
import io.varve.storage.commit.Commit;
import io.varve.storage.io.CorruptionException;
import io.varve.storage.metadata.Cursor;
import io.varve.storage.metadata.Family;
import io.varve.storage.metadata.MetadataView;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Write locks, kept in the LOCKS family under the path they stand on. A lock on a directory with infinite depth covers everything
 * under it; one with depth 0 covers the directory's own properties and its list of members. Expired locks count as gone and are
 * removed when somebody comes across them.
 *
 * <p>Thread-safe. {@link #present} is never less than the number of locks, so a store without locks, the usual one, pays one
 * comparison per change.
 */
final class LockTable {
    private final InstantSource clock;
    private final AtomicLong present = new AtomicLong();

    LockTable(MetadataView view, InstantSource clock) throws IOException {
        this.clock = clock;
        try (Cursor cursor = view.scan(Family.LOCKS, new byte[0], null)) {
            while (cursor.next()) {
                present.incrementAndGet();
            }
        }
    }

    /** How a change touches a path. */
    enum Touch {
        /** The bytes or properties of what is there. */
        CONTENT,
        /** It appears in or disappears from its directory. */
        MEMBERSHIP,
        /** Like membership, with all that is under it. */
        TREE
    }

    /**
     * Refuses a change that a lock forbids.
     *
     * @throws StorageException.Locked if a lock covers the path whose token the client did not submit
     */
    void requireUnlocked(MetadataView view, EntryPath path, Touch touch, WriteOptions options) throws IOException {
        if (present.get() == 0) {
            return;
        }
        requireHeld(locksOn(view, path), options);
        for (EntryPath above = path; !above.isRoot(); ) {
            above = above.parent();
            boolean parent = above.equals(path.parent());
            List<Lock> covering = locksOn(view, above).stream()
                    .filter(lock -> lock.infinite() || (parent && touch != Touch.CONTENT))
                    .toList();
            requireHeld(covering, options);
        }
        if (touch == Touch.TREE) {
            for (Lock lock : locksUnder(view, path)) {
                requireHeld(locksOn(view, lock.path()), options);
            }
        }
    }

    private static void requireHeld(List<Lock> locks, WriteOptions options) {
        boolean held = locks.isEmpty()
                || locks.stream()
                        .anyMatch(lock -> options.lockTokens().contains(lock.token())
                                && lock.principal().equals(options.principal()));
        if (!held) {
            throw new StorageException.Locked(locks.getFirst().path());
        }
    }

    /** Locks that cover a path: its own, and infinite ones above. */
    List<Lock> covering(MetadataView view, EntryPath path) throws IOException {
        if (present.get() == 0) {
            return List.of();
        }
        List<Lock> found = new ArrayList<>(locksOn(view, path));
        for (EntryPath above = path; !above.isRoot(); ) {
            above = above.parent();
            locksOn(view, above).stream().filter(Lock::infinite).forEach(found::add);
        }
        return found;
    }

    /** Locks on entries under a directory, without its own. */
    List<Lock> locksUnder(MetadataView view, EntryPath directory) throws IOException {
        return present.get() == 0 || !directory.isDirectory() ? List.of() : scan(view, Rows.utf8(pathKey(directory)));
    }

    List<Lock> locksOn(MetadataView view, EntryPath path) throws IOException {
        return present.get() == 0 ? List.of() : scan(view, Rows.utf8(pathKey(path) + "\0"));
    }

    private List<Lock> scan(MetadataView view, byte[] prefix) throws IOException {
        Instant now = clock.instant();
        List<Lock> found = new ArrayList<>();
        try (Cursor cursor = view.scanPrefix(Family.LOCKS, prefix)) {
            while (cursor.next()) {
                Lock lock = decode(cursor.value());
                if (lock.expires().isAfter(now)) {
                    found.add(lock);
                }
            }
        }
        return found;
    }

    /** Stages a lock, new or refreshed. */
    void put(Commit commit, Lock lock) throws IOException {
        byte[] key = key(lock);
        if (commit.get(Family.LOCKS, key) == null) {
            // Counted when staged, so that transactions of the same group see it; too many is harmless.
            present.incrementAndGet();
        }
        commit.put(Family.LOCKS, key, encode(lock));
    }

    void remove(Commit commit, Lock lock) {
        commit.delete(Family.LOCKS, key(lock));
        commit.afterPublish(present::decrementAndGet);
    }

    /** Ends all locks on an entry and under it: it goes away or moves (RFC 4918 section 7.6). */
    void endLocks(Commit commit, EntryPath path) throws IOException {
        if (present.get() == 0) {
            return;
        }
        Set<Lock> ending = new LinkedHashSet<>(locksOn(commit, path));
        ending.addAll(locksUnder(commit, path));
        ending.forEach(lock -> remove(commit, lock));
    }

    /** Locks that ran out, and are there still. Walks all locks until it has found so many. */
    List<Lock> expired(MetadataView view, int limit) throws IOException {
        List<Lock> expired = new ArrayList<>();
        try (Cursor cursor = view.scan(Family.LOCKS, new byte[0], null)) {
            while (expired.size() < limit && cursor.next()) {
                Lock lock = decode(cursor.value());
                if (!lock.expires().isAfter(clock.instant())) {
                    expired.add(lock);
                }
            }
        }
        return expired;
    }

    /** Stages the removal of locks that ran out, those of them that were not refreshed meanwhile. */
    void removeExpired(Commit commit, List<Lock> expired) throws IOException {
        for (Lock lock : expired) {
            byte[] row = commit.get(Family.LOCKS, key(lock));
            if (row != null && !decode(row).expires().isAfter(clock.instant())) {
                remove(commit, lock);
            }
        }
    }

    Instant now() {
        return clock.instant();
    }

    private static String pathKey(EntryPath path) {
        return path.bucket() + "/" + path.key();
    }

    private static byte[] key(Lock lock) {
        return Rows.utf8(pathKey(lock.path()) + "\0" + lock.token());
    }

    private static byte[] encode(Lock lock) {
        int textBytes = 3
                * (pathKey(lock.path()).length()
                        + lock.token().length()
                        + lock.principal().length()
                        + lock.owner().length());
        ByteBuffer row = ByteBuffer.allocate(textBytes + 5 * Varint.BYTES_MAX + Long.BYTES + 1);
        row.put((byte) ((lock.exclusive() ? 1 : 0) | (lock.infinite() ? 2 : 0)));
        row.putLong(EntryRow.micros(lock.expires()));
        Varint.write(row, lock.timeoutSeconds());
        Rows.writeText(row, Rows.utf8(pathKey(lock.path())));
        Rows.writeText(row, Rows.utf8(lock.token()));
        Rows.writeText(row, Rows.utf8(lock.principal()));
        Rows.writeText(row, Rows.utf8(lock.owner()));
        return Rows.trimmed(row);
    }

    static Lock decode(byte[] bytes) throws CorruptionException {
        ByteBuffer row = ByteBuffer.wrap(bytes);
        Rows.requireBytes(row, 1 + Long.BYTES);
        int flags = row.get();
        Instant expires = EntryRow.instant(row.getLong());
        long timeout = Varint.read(row);
        String path = Rows.readText(row);
        int slash = path.indexOf('/');
        if (slash <= 0) {
            throw new CorruptionException("A lock on an impossible path.");
        }
        return new Lock(
                new EntryPath(path.substring(0, slash), path.substring(slash + 1)),
                Rows.readText(row),
                Rows.readText(row),
                Rows.readText(row),
                (flags & 1) != 0,
                (flags & 2) != 0,
                timeout,
                expires);
    }
}
