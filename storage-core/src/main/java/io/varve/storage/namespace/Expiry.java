package io.varve.storage.namespace;

import io.varve.storage.chunkstore.ChunkStore;
import io.varve.storage.commit.Commit;
import io.varve.storage.commit.Committer;
import io.varve.storage.metadata.Cursor;
import io.varve.storage.metadata.Family;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/**
 * One run over what is due: ends the versions that nothing keeps any more, and files those anew that something else keeps longer.
 *
 * <p>Versions are filed by bucket and by the moment when they are to be looked at, so a run costs what it ends, not what there is. Only
 * a change of the policy makes it look at all versions of the bucket, once. Every step is one bounded commit; a run that is
 * interrupted loses nothing, the next one finds what is left. One thread.
 */
public final class Expiry {
    /** Keys a step reads ahead. */
    private static final int STEP_KEYS_MAX = 1000;

    /** A directory that only waits for what it holds is looked at again so much later: a day. */
    private static final long SECOND_LOOK_MICROS = 24L * 3600 * 1_000_000;

    private final Committer committer;
    private final ChunkStore chunks;
    private final Set<Long> directoriesBeingBuilt;
    private final long now;
    private final boolean everything;

    /** Where the pass goes on; empty at its beginning. */
    private byte[] from = new byte[0];

    /** The policy under which the pass entered the bucket it stands in. */
    private RetentionPolicy enteredUnder = RetentionPolicy.NONE;

    private boolean changedInPass;

    /**
     * What a step did.
     *
     * @param versions versions that ended
     * @param bytes the sum of their lengths
     * @param finished whether the run is over
     */
    public record Step(long versions, long bytes, boolean finished) {}

    Expiry(Committer committer, ChunkStore chunks, Set<Long> directoriesBeingBuilt, long now, boolean everything) {
        this.committer = committer;
        this.chunks = chunks;
        this.directoriesBeingBuilt = directoriesBeingBuilt;
        this.now = now;
        this.everything = everything;
    }

    /**
     * Does a part of the work.
     *
     * @param limit about how many rows it may touch; bounds the commit
     */
    public Step step(int limit) throws IOException {
        Work work = committer.commit(commit -> {
            Work part = new Work(commit, limit);
            part.run(from);
            return part;
        });
        from = work.next;
        enteredUnder = work.enteredUnder;
        changedInPass |= work.changed;
        boolean finished = false;
        if (from.length == 0) {
            // What was taken apart or passed over for something that went then is met in another pass.
            finished = !changedInPass;
            changedInPass = false;
        }
        return new Step(work.ending.versions(), work.ending.bytes(), finished);
    }

    /** One step's work in one commit. Nothing of it outlives the commit if that fails and is tried again. */
    private final class Work {
        private final Commit commit;
        private final Ending ending;
        private byte[] next = new byte[0];
        private RetentionPolicy enteredUnder = Expiry.this.enteredUnder;
        private boolean changed;

        /** The bucket whose versions are looked at. */
        private long scope;

        private HorizonRow horizon = HorizonRow.OF_NOBODY;

        Work(Commit commit, int limit) {
            this.commit = commit;
            this.ending = new Ending(commit, chunks, limit);
        }

        void run(byte[] begin) throws IOException {
            byte[] at = begin;
            while (enter(at)) {
                List<byte[]> keys = keys(at);
                for (byte[] key : keys) {
                    if (ending.isSpent() || !look(key)) {
                        next = key;
                        leave(false);
                        return;
                    }
                }
                boolean whole = keys.size() < STEP_KEYS_MAX;
                leave(whole);
                if (!whole) {
                    next = Arrays.copyOf(keys.getLast(), keys.getLast().length + 1);
                    return;
                }
                at = NameKeys.directory(scope + 1);
            }
        }

        /** Enters the bucket at or behind a place; false if there is none. */
        private boolean enter(byte[] at) throws IOException {
            try (Cursor cursor = commit.scan(Family.ENDED, at, null)) {
                if (!cursor.next()) {
                    return false;
                }
                scope = NameKeys.scopeOf(cursor.key());
            }
            horizon = scope == Filing.NOWHERE.scope() ? HorizonRow.OF_NOBODY : HorizonRow.read(commit, scope);
            boolean goesOn = at.length > Long.BYTES && NameKeys.scopeOf(at) == scope;
            enteredUnder = goesOn ? enteredUnder : horizon.applied();
            return true;
        }

        /** What is to be looked at, read ahead of all changes. */
        private List<byte[]> keys(byte[] at) throws IOException {
            boolean goesOn = at.length > Long.BYTES && NameKeys.scopeOf(at) == scope;
            byte[] end = dueMax() == RetentionPolicy.NEVER
                    ? NameKeys.directory(scope + 1)
                    : NameKeys.ended(scope, dueMax() + 1, new byte[0]);
            List<byte[]> keys = new ArrayList<>();
            try (Cursor cursor = commit.scan(Family.ENDED, goesOn ? at : NameKeys.directory(scope), end)) {
                while (keys.size() < STEP_KEYS_MAX && cursor.next()) {
                    keys.add(cursor.key());
                }
            }
            return keys;
        }

        private long dueMax() {
            if (horizon.pending()) {
                return RetentionPolicy.NEVER;
            }
            return everything ? Filing.PARKED - 1 : now;
        }

        /** @param whole whether all that is due was looked at */
        private void leave(boolean whole) throws IOException {
            if (scope == Filing.NOWHERE.scope()) {
                return;
            }
            HorizonRow last = whole && horizon.applied().equals(enteredUnder) ? horizon.filed() : horizon;
            if (whole && last.applied().isNone() && isNobodysAndEmpty()) {
                commit.delete(Family.SYSTEM, HorizonRow.key(scope));
                DueIndex.forgetRules(commit, scope);
            } else if (!last.equals(HorizonRow.read(commit, scope))) {
                last.write(commit, scope);
            }
        }

        private boolean isNobodysAndEmpty() throws IOException {
            try (Cursor cursor = commit.scanPrefix(Family.ENDED, NameKeys.directory(scope))) {
                return !cursor.next() && !Retention.owners(commit).containsKey(scope);
            }
        }

        /** Looks at a version; false if there is more to do with it in the next step. */
        private boolean look(byte[] key) throws IOException {
            byte[] pastKey = NameKeys.pastKeyOf(key);
            byte[] value = commit.get(Family.PAST, pastKey);
            if (value == null) {
                commit.delete(Family.ENDED, key);
                ending.touch();
                return true;
            }
            Filing filing = new Filing(scope, horizon.applied());
            PastRow past = PastRow.decode(value);
            long due = NameKeys.dueOf(key);
            if (due > now && !(everything && due < Filing.PARKED)) {
                // Only met because the policy changed.
                refile(key, filing.due(past));
                return true;
            }
            return past.isDetachedDirectory() ? lookInto(key, past, filing) : decide(key, past, filing);
        }

        private boolean lookInto(byte[] key, PastRow past, Filing filing) throws IOException {
            RetentionPolicy policy = filing.policy();
            if (directoriesBeingBuilt.contains(past.row().directory())) {
                ending.touch();
                return true;
            }
            boolean byForce = policy.agedOut(past.end()) > now;
            if (byForce && (!everything || policy.forever())) {
                refile(key, policy.agedOut(past.end()));
                return true;
            }
            boolean apart = policy.isCounting() || (policy.isThinning() && !everything);
            if (!apart) {
                // Before the first of its files goes.
                horizon = horizon.dropped(past.end(), everything && filing.keptUntil(past) > now);
            }
            changed |= !new Tree(commit).isEmpty(past.row().directory());
            return ending.empty(past, filing, NameKeys.dueOf(key), apart) && decide(key, past, filing);
        }

        private boolean decide(byte[] key, PastRow past, Filing filing) throws IOException {
            RetentionPolicy policy = filing.policy();
            byte[] pastKey = NameKeys.pastKeyOf(key);
            if (policy.isCounting()) {
                changed |= ending.unpark(pastKey, filing);
            }
            if (past.isKept()) {
                refile(key, RetentionPolicy.NEVER);
                return true;
            }
            long until = filing.keptUntil(past);
            boolean byForce = until > now;
            if (byForce && (!everything || policy.forever())) {
                refile(key, until);
            } else if ((policy.isCounting() || VersionTree.keptCount(commit, scope) > 0)
                    && ending.holdsHistory(past.row())) {
                refile(key, now + SECOND_LOOK_MICROS);
            } else if (policy.isCounting() && !past.row().isDirectory() && ending.isAmongLast(pastKey, policy.last())) {
                refile(key, Filing.PARKED);
            } else {
                ending.drop(key, past);
                horizon = horizon.dropped(past.end(), byForce);
                changed = true;
            }
            return true;
        }

        private void refile(byte[] key, long due) {
            if (due != NameKeys.dueOf(key)) {
                commit.delete(Family.ENDED, key);
                commit.put(Family.ENDED, NameKeys.ended(scope, due, NameKeys.pastKeyOf(key)), new byte[0]);
                // It may be due by now, and lie behind.
                changed |= due <= now;
            }
            ending.touch();
        }
    }
}
