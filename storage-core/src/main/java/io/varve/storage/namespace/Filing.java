package io.varve.storage.namespace;

import io.varve.storage.commit.Commit;
import io.varve.storage.metadata.Family;
import io.varve.storage.namespace.PastRow.Cause;

/**
 * How a bucket's history is filed: each version under the moment when expiry is to look at it, which mostly is when it may go.
 *
 * @param scope the bucket's number for this
 * @param policy what it keeps
 */
record Filing(long scope, RetentionPolicy policy) {
    /** Under this moment lies what goes only when newer versions come. */
    static final long PARKED = RetentionPolicy.NEVER - 1;

    /** What belongs to no bucket: nobody can read it, so nothing keeps it. */
    static final Filing NOWHERE = new Filing(NameKeys.NOWHERE, RetentionPolicy.NONE);

    /** Puts an entry that is no longer current into history. */
    void write(Commit commit, long directory, byte[] name, EntryRow row, long end, Cause cause) {
        write(commit, directory, name, new PastRow(end, cause, row));
    }

    void write(Commit commit, long directory, byte[] name, PastRow past) {
        EntryRow row = past.row();
        if (past.isKept()) {
            commit.add(Family.USAGE, NameKeys.kept(scope), 1);
        }
        if (TreeEdit.isCounted(row)) {
            NamespaceTotals.stageHistory(commit, row.content().length(), 1);
        }
        file(commit, directory, name, past);
    }

    private void file(Commit commit, long directory, byte[] name, PastRow past) {
        byte[] key = NameKeys.past(directory, name, past.row().sequence());
        commit.put(Family.PAST, key, past.encode());
        commit.put(Family.ENDED, NameKeys.ended(scope, due(past), key), new byte[0]);
    }

    /** Takes back what was written of an entry without content. */
    void forget(Commit commit, long directory, byte[] name, PastRow past) {
        byte[] key = NameKeys.past(directory, name, past.row().sequence());
        if (past.isKept()) {
            commit.add(Family.USAGE, NameKeys.kept(scope), -1);
        }
        commit.delete(Family.PAST, key);
        commit.delete(Family.ENDED, NameKeys.ended(scope, due(past), key));
    }

    /** Leaves a kept version to retention; false if that keeps nothing, so that its content is to be released. */
    boolean release(Commit commit, long directory, byte[] name, PastRow past) {
        byte[] key = NameKeys.past(directory, name, past.row().sequence());
        commit.add(Family.USAGE, NameKeys.kept(scope), -1);
        commit.delete(Family.PAST, key);
        commit.delete(Family.ENDED, NameKeys.ended(scope, RetentionPolicy.NEVER, key));
        boolean history = past.cause() != Cause.MARKER && !policy.isNone();
        if (history) {
            file(commit, directory, name, past.released());
        } else if (TreeEdit.isCounted(past.row())) {
            NamespaceTotals.stageHistory(commit, -past.row().content().length(), -1);
        }
        return history;
    }

    /** When expiry is to look at a version for the first time. */
    long due(PastRow past) {
        if (past.isKept()) {
            return RetentionPolicy.NEVER;
        }
        if (policy.isCounting()) {
            // At once: it may be the one that makes an older version superfluous.
            return past.end();
        }
        if (past.isDetachedDirectory()) {
            // What it holds has begun at different times, so it is taken apart before moments are looked at.
            return policy.agedOut(past.end());
        }
        return keptUntil(past);
    }

    long keptUntil(PastRow past) {
        return policy.keptUntil(past.row().sequence(), past.end());
    }
}
