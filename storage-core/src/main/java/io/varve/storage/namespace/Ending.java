package io.varve.storage.namespace;

import io.varve.storage.chunkstore.ChunkStore;
import io.varve.storage.commit.Commit;
import io.varve.storage.metadata.Cursor;
import io.varve.storage.metadata.Family;
import io.varve.storage.namespace.PastRow.Cause;
import java.io.IOException;
import java.util.List;

/** What expiry does with versions in one commit, within a budget of rows. */
final class Ending {
    /** Rows that are only read cost a share of one that is written. */
    private static final int READS_PER_ROW = 64;

    private final Commit commit;
    private final ChunkStore chunks;
    private final DueIndex dueIndex;
    private int budget;
    private long versions;
    private long bytes;

    Ending(Commit commit, ChunkStore chunks, int budget) {
        this.commit = commit;
        this.chunks = chunks;
        this.dueIndex = new DueIndex(commit);
        this.budget = budget;
    }

    long versions() {
        return versions;
    }

    long bytes() {
        return bytes;
    }

    boolean isSpent() {
        return budget <= 0;
    }

    void touch() {
        budget--;
    }

    /** Ends a version. */
    void drop(byte[] endedKey, PastRow past) {
        release(past.row());
        commit.delete(Family.PAST, NameKeys.pastKeyOf(endedKey));
        commit.delete(Family.ENDED, endedKey);
        touch();
    }

    /** Whether it is a directory under whose id there is history. */
    boolean holdsHistory(EntryRow row) throws IOException {
        if (!row.isDirectory()) {
            return false;
        }
        try (Cursor cursor = commit.scanPrefix(Family.PAST, NameKeys.directory(row.directory()))) {
            return cursor.next();
        }
    }

    /**
     * Empties a directory that went with all it held. Its directories become deleted ones of their own, and it counts what is left in it.
     *
     * @param due where these are filed
     * @param apart whether each file becomes a version of its own, because more than the age may keep it; else it ends
     * @return false if that takes another step
     */
    boolean empty(PastRow past, Filing filing, long due, boolean apart) throws IOException {
        long directory = past.row().directory();
        int room = Math.max(1, budget);
        Tree tree = new Tree(commit);
        List<Tree.Child> children = tree.children(directory, "", room);
        long bytesGone = 0;
        long filesGone = 0;
        for (Tree.Child child : children) {
            if (TreeEdit.isCounted(child.row())) {
                bytesGone += child.row().content().length();
                filesGone++;
            }
            if (child.row().isDirectory()) {
                Usage below = tree.usage(child.row().directory());
                bytesGone += below.bytes();
                filesGone += below.files();
            }
            byte[] name = Rows.utf8(child.name());
            commit.delete(Family.NOW, NameKeys.now(directory, name));
            dueIndex.forget(directory, name, child.row());
            touch();
            if (child.row().isDirectory()) {
                file(directory, name, new PastRow(past.end(), Cause.DETACHED, child.row()), filing.scope(), due);
            } else if (apart) {
                PastRow version = new PastRow(past.end(), Cause.ENDED, child.row());
                file(directory, name, version, filing.scope(), filing.due(version));
            } else {
                release(child.row());
            }
        }
        boolean whole = children.size() < room;
        if (whole) {
            dueIndex.forgetPlace(directory);
            commit.delete(Family.USAGE, NameKeys.usage(directory, Tree.BYTES));
            commit.delete(Family.USAGE, NameKeys.usage(directory, Tree.FILES));
        } else if (filesGone > 0) {
            commit.add(Family.USAGE, NameKeys.usage(directory, Tree.BYTES), -bytesGone);
            commit.add(Family.USAGE, NameKeys.usage(directory, Tree.FILES), -filesGone);
        }
        return whole;
    }

    /** It counts as history since its folder was deleted. */
    private void file(long directory, byte[] name, PastRow past, long scope, long due) {
        byte[] key = NameKeys.past(directory, name, past.row().sequence());
        commit.put(Family.PAST, key, past.encode());
        commit.put(Family.ENDED, NameKeys.ended(scope, due, key), new byte[0]);
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

    /** Whether at most so many versions of the name, less one, are newer than this one. */
    boolean isAmongLast(byte[] pastKey, int last) throws IOException {
        byte[] prefix = NameKeys.pastPrefixOf(pastKey);
        int newer = 0;
        try (Cursor cursor = commit.scan(Family.PAST, prefix, pastKey)) {
            while (newer < last && cursor.next()) {
                newer += PastRow.decode(cursor.value()).isKept() ? 0 : 1;
            }
        }
        budget -= newer / READS_PER_ROW;
        return newer < last;
    }

    /** The version that just fell out of the last ones of a name is to be looked at again; tells whether there is one. */
    boolean unpark(byte[] pastKey, Filing filing) throws IOException {
        byte[] prefix = NameKeys.pastPrefixOf(pastKey);
        int last = filing.policy().last();
        byte[] key;
        PastRow past;
        try (Cursor cursor = commit.scan(Family.PAST, prefix, NameKeys.afterPast(prefix))) {
            int rank = -1;
            do {
                if (!cursor.next()) {
                    return false;
                }
                past = PastRow.decode(cursor.value());
                rank += past.isKept() ? 0 : 1;
            } while (rank < last);
            key = cursor.key();
        }
        budget -= last / READS_PER_ROW;
        byte[] parked = NameKeys.ended(filing.scope(), Filing.PARKED, key);
        if (commit.get(Family.ENDED, parked) == null) {
            return false;
        }
        commit.delete(Family.ENDED, parked);
        commit.put(Family.ENDED, NameKeys.ended(filing.scope(), past.end(), key), new byte[0]);
        touch();
        return true;
    }
}
