package io.varve.storage.namespace;

import io.varve.storage.commit.Commit;
import io.varve.storage.commit.Committer;
import io.varve.storage.metadata.Cursor;
import io.varve.storage.metadata.Family;
import io.varve.storage.metadata.MetadataView;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Deletes files that are due, round by round, in small steps. Every deletion is decided again in the commit that makes it: only the
 * version that was due goes, never a newer one, and none that somebody has locked (it goes when the lock has ended).
 *
 * <p>Files with a time to live of their own are found by {@link DueIndex}, so a round costs what it deletes. What a rule for a prefix
 * covers is walked once, which also tells when the first of the files left will be due; until then the rule costs nothing, unless a folder was
 * moved in the meantime. That knowledge is not stored: after a restart each rule is walked anew. A round looks at a bounded number of
 * files and the next one goes on where it ended. One thread.
 */
public final class TtlSweep {
    /** Keys a step reads. */
    private static final int STEP_KEYS_MAX = 1000;

    /** Files one commit deletes; each is some ten rows. */
    private static final int COMMIT_FILES_MAX = 100;

    /** Files that a round looks at for rules: about a second of one processor. */
    private static final int ROUND_KEYS_MAX = 200_000;

    private static final WriteOptions AS_ANY_CLIENT = WriteOptions.keys("(time to live)");

    private final Committer committer;
    private final TreeChanges changes;
    private final InstantSource clock;

    /** When a rule is to be walked next. */
    private final Map<Watched, Long> nextDue = new HashMap<>();

    private final Deque<Walk> walks = new ArrayDeque<>();
    private long folderMoves;
    private long now;
    private byte[] from = DueIndex.first();
    private boolean ownFinished;
    private long keysLeft;

    /**
     * What a step did.
     *
     * @param files files that were deleted
     * @param bytes the sum of their lengths
     * @param finished whether the round is over
     */
    public record Step(long files, long bytes, boolean finished) {}

    /** A rule of a bucket as long as it has this root: another one may hold anything. */
    private record Watched(String bucket, long root, long scope, TtlRule rule) {}

    /** A file that is due. */
    private record Due(EntryPath path, long sequence) {}

    /** A rule on its way through the files it covers. */
    private static final class Walk {
        final Watched what;
        final long begun;
        String after = "";
        long next = RetentionPolicy.NEVER;

        Walk(Watched what, long begun) {
            this.what = what;
            this.begun = begun;
        }
    }

    /** What one commit deleted. */
    private static final class Tally {
        long files;
        long bytes;
        boolean lockedOut;
        boolean ruleGone;
    }

    TtlSweep(Committer committer, TreeChanges changes, InstantSource clock) {
        this.committer = committer;
        this.changes = changes;
        this.clock = clock;
        this.folderMoves = changes.folderMoves();
    }

    /**
     * Begins a round; the steps follow.
     *
     * @param unbounded whether the round is to do everything that is due, however much
     */
    public void begin(boolean unbounded) throws IOException {
        now = EntryRow.micros(clock.instant());
        from = DueIndex.first();
        ownFinished = false;
        keysLeft = unbounded ? Long.MAX_VALUE : ROUND_KEYS_MAX;
        long moves = changes.folderMoves();
        if (moves != folderMoves) {
            folderMoves = moves;
            nextDue.clear();
        }
        Set<Watched> watched = watched();
        nextDue.keySet().retainAll(watched);
        walks.removeIf(walk -> !watched.contains(walk.what));
        Set<Watched> underWay = walks.stream().map(walk -> walk.what).collect(Collectors.toSet());
        for (Watched rule : watched) {
            if (!underWay.contains(rule) && nextDue.getOrDefault(rule, 0L) <= now) {
                walks.add(new Walk(rule, now));
            }
        }
    }

    private Set<Watched> watched() throws IOException {
        MetadataView view = committer.view();
        Set<Long> scopes = Set.copyOf(DueIndex.scopesWithRules(view));
        Set<Watched> watched = new LinkedHashSet<>();
        if (scopes.isEmpty()) {
            return watched;
        }
        try (Cursor cursor = view.scan(Family.BUCKETS, new byte[0], null)) {
            while (cursor.next()) {
                BucketRow row = BucketRow.decode(cursor.value());
                if (scopes.contains(row.scope())) {
                    String name = new String(cursor.key(), StandardCharsets.UTF_8);
                    for (TtlRule rule : DueIndex.rules(view, row.scope())) {
                        watched.add(new Watched(name, row.rootDirectory(), row.scope(), rule));
                    }
                }
            }
        }
        return watched;
    }

    /** Does a part of the round: at most some hundred deletions. */
    public Step step() throws IOException {
        Tally tally;
        if (!ownFinished) {
            tally = own();
        } else {
            Walk walk = walks.peek();
            tally = walk == null ? new Tally() : walk(walk);
        }
        return new Step(tally.files, tally.bytes, ownFinished && (walks.isEmpty() || keysLeft <= 0));
    }

    // ---- times to live of files

    private Tally own() throws IOException {
        List<byte[]> keys = new ArrayList<>();
        try (Cursor cursor = committer.view().scan(Family.DUE, from, DueIndex.behind(now))) {
            while (keys.size() < COMMIT_FILES_MAX && cursor.next()) {
                keys.add(cursor.key());
            }
        }
        ownFinished = keys.size() < COMMIT_FILES_MAX;
        if (keys.isEmpty()) {
            return new Tally();
        }
        from = Arrays.copyOf(keys.getLast(), keys.getLast().length + 1);
        return committer.commit(commit -> {
            Tally tally = new Tally();
            for (byte[] key : keys) {
                own(commit, key, tally);
            }
            return tally;
        });
    }

    private void own(Commit commit, byte[] key, Tally tally) throws IOException {
        byte[] nowKey = DueIndex.nowKeyOf(key);
        byte[] value = commit.get(Family.NOW, nowKey);
        @Nullable EntryRow row = value == null ? null : EntryRow.decode(value);
        DueIndex.@Nullable Place place = row == null || row.due() != DueIndex.dueOf(key)
                ? null
                : DueIndex.locate(commit, NameKeys.directoryOf(nowKey)).orElse(null);
        if (row == null || place == null) {
            // It is not current any more: a directory above it was deleted.
            commit.delete(Family.DUE, key);
            return;
        }
        String name = NameKeys.text(NameKeys.nameBytesOf(nowKey));
        delete(commit, new Due(place.path().child(name), row.sequence()), tally);
    }

    // ---- rules for prefixes

    private Tally walk(Walk walk) throws IOException {
        ListPage page = page(walk);
        List<Due> due = new ArrayList<>();
        for (ListPage.Item item : page.items()) {
            if (item instanceof ListPage.Key key && !key.entry().isDirectory()) {
                long when = walk.what.rule.due(key.entry().sequence());
                if (when <= now) {
                    due.add(new Due(key.entry().path(), key.entry().sequence()));
                } else {
                    walk.next = Math.min(walk.next, when);
                }
            }
        }
        Tally all = new Tally();
        for (int i = 0; i < due.size() && !all.ruleGone; i += COMMIT_FILES_MAX) {
            List<Due> some = due.subList(i, Math.min(due.size(), i + COMMIT_FILES_MAX));
            Tally tally = committer.commit(commit -> delete(commit, walk.what, some));
            all.files += tally.files;
            all.bytes += tally.bytes;
            all.ruleGone = tally.ruleGone;
            walk.next = tally.lockedOut ? now : walk.next;
        }
        keysLeft -= page.items().size();
        walk.after = page.next();
        if (!page.truncated() || all.ruleGone) {
            walks.remove(walk);
            // What is written from here on is due later.
            nextDue.put(walk.what, Math.min(walk.next, walk.what.rule.due(walk.begun)));
        }
        return all;
    }

    private ListPage page(Walk walk) throws IOException {
        ListQuery query = new ListQuery(walk.what.rule.prefix(), "", walk.after, STEP_KEYS_MAX);
        return new KeyLister(committer.view(), walk.what.bucket, query).list(walk.what.root);
    }

    private Tally delete(Commit commit, Watched what, List<Due> some) throws IOException {
        Tally tally = new Tally();
        byte[] rule = commit.get(Family.DUE, DueIndex.ruleKey(what.scope, what.rule.prefix()));
        boolean holds = Arrays.equals(rule, what.rule.encode())
                && new Tree(commit)
                        .bucket(what.bucket)
                        .filter(row -> row.rootDirectory() == what.root)
                        .isPresent();
        if (!holds) {
            tally.ruleGone = true;
            return tally;
        }
        for (Due file : some) {
            delete(commit, file, tally);
        }
        return tally;
    }

    // ---- deleting

    /** Deletes a file if it is still the version that was due. What is refused has staged nothing. */
    private void delete(Commit commit, Due file, Tally tally) throws IOException {
        try {
            WriteOptions options = AS_ANY_CLIENT.when(current -> {
                if (current.isEmpty() || current.get().sequence() != file.sequence) {
                    throw new StorageException.PreconditionFailed("It was written anew.");
                }
            });
            changes.delete(commit, file.path, options).ifPresent(entry -> {
                tally.files++;
                tally.bytes += entry.size();
            });
        } catch (StorageException.Locked e) {
            tally.lockedOut = true;
        } catch (StorageException.PreconditionFailed e) {
            // The newer version has a time of its own.
        }
    }
}
