package io.varve.storage.namespace;

import io.varve.storage.chunkstore.ChunkStore;
import io.varve.storage.commit.Commit;
import io.varve.storage.commit.Committer;
import io.varve.storage.metadata.Cursor;
import io.varve.storage.metadata.Family;
import io.varve.storage.namespace.PastRow.Cause;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * Ends what retention no longer keeps. Versions are found by the commit that ended them, oldest first, so the cost follows what
 * expires. A deleted directory is purged in steps: its files are released, its directories become deleted directories of their
 * own. One expiry at a time.
 */
public final class History {
    private final Committer committer;
    private final ChunkStore chunks;
    private final Set<Long> directoriesBeingBuilt;

    History(Committer committer, ChunkStore chunks, Set<Long> directoriesBeingBuilt) {
        this.committer = committer;
        this.chunks = chunks;
        this.directoriesBeingBuilt = directoriesBeingBuilt;
    }

    /**
     * What a step did.
     *
     * @param versions versions that ended
     * @param bytes the sum of their lengths
     * @param finished whether nothing more is due
     */
    public record Step(long versions, long bytes, boolean finished) {}

    /**
     * Ends up to so many versions that stopped being current at a commit or before.
     *
     * @param cutoff a commit sequence: microseconds since the epoch
     * @param limit 1 to a few thousand; bounds the commit
     */
    public Step expire(long cutoff, int limit) throws IOException {
        return committer.commit(commit -> {
            Expiry expiry = new Expiry(commit, limit);
            List<byte[]> due = new ArrayList<>();
            boolean finished = true;
            try (Cursor cursor = commit.scan(Family.ENDED, new byte[0], null)) {
                while (cursor.next() && NameKeys.endOf(cursor.key()) <= cutoff) {
                    if (due.size() == limit) {
                        finished = false;
                        break;
                    }
                    due.add(cursor.key());
                }
            }
            for (byte[] key : due) {
                expiry.expire(key);
            }
            return new Step(expiry.versions, expiry.bytes, finished && !expiry.more);
        });
    }

    /** One step's work in one commit. */
    private final class Expiry {
        private final Commit commit;
        private int budget;
        private long versions;
        private long bytes;
        private boolean more;

        Expiry(Commit commit, int budget) {
            this.commit = commit;
            this.budget = budget;
        }

        void expire(byte[] endedKey) throws IOException {
            if (budget <= 0) {
                more = true;
                return;
            }
            byte[] pastKey = NameKeys.pastKeyOf(endedKey);
            byte[] value = commit.get(Family.PAST, pastKey);
            if (value != null) {
                PastRow past = PastRow.decode(value);
                if (past.cause() == Cause.DETACHED && past.row().isDirectory()) {
                    long directory = past.row().directory();
                    if (directoriesBeingBuilt.contains(directory)) {
                        return;
                    }
                    if (!purge(directory, past.end())) {
                        more = true;
                        return;
                    }
                }
                release(past.row());
                commit.delete(Family.PAST, pastKey);
            }
            commit.delete(Family.ENDED, endedKey);
            budget--;
        }

        /** Empties a directory that has no name any more; false if that takes another step. */
        private boolean purge(long directory, long end) throws IOException {
            List<byte[]> keys = new ArrayList<>();
            boolean whole = true;
            try (Cursor cursor = commit.scanPrefix(Family.NOW, NameKeys.directory(directory))) {
                while (cursor.next()) {
                    if (keys.size() >= budget) {
                        whole = false;
                        break;
                    }
                    keys.add(cursor.key());
                }
            }
            for (byte[] key : keys) {
                EntryRow row = EntryRow.decode(Objects.requireNonNull(commit.get(Family.NOW, key)));
                commit.delete(Family.NOW, key);
                budget--;
                if (row.isDirectory()) {
                    byte[] past = NameKeys.past(directory, NameKeys.nameBytesOf(key), row.sequence());
                    commit.put(Family.PAST, past, new PastRow(end, Cause.DETACHED, row).encode());
                    commit.put(Family.ENDED, NameKeys.ended(end, past), new byte[0]);
                    more = true;
                } else {
                    release(row);
                }
            }
            if (whole) {
                commit.delete(Family.USAGE, NameKeys.usage(directory, Tree.BYTES));
                commit.delete(Family.USAGE, NameKeys.usage(directory, Tree.FILES));
            }
            return whole;
        }

        private void release(EntryRow row) {
            if (TreeEdit.isCounted(row)) {
                chunks.release(commit, row.content());
                long length = row.content().length();
                NamespaceTotals.stageHistory(commit, -length, -1);
                versions++;
                bytes += length;
            }
        }
    }
}
