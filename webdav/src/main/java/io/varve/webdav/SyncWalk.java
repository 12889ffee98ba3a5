package io.varve.webdav;

import io.varve.storage.access.AccessControl.Action;
import io.varve.storage.access.AccessControl.Principal;
import io.varve.storage.namespace.Entry;
import io.varve.storage.namespace.EntryPath;
import io.varve.storage.namespace.PastView;
import io.varve.storage.namespace.StorageException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.Iterator;
import java.util.Optional;

/**
 * What is otherwise in a folder now than it was at a moment: a walk through both in the order of keys, a folder before its members. Of a
 * folder that is gone what it held is not told by itself. One thread at a time.
 */
final class SyncWalk {
    private final Share share;
    private final Principal principal;
    private final Optional<PastView> past;
    private final boolean deep;
    private final byte[] after;
    private final Deque<Level> open = new ArrayDeque<>();

    /**
     * Something that is otherwise.
     *
     * @param path where
     * @param now what is there; empty if nothing is any more
     */
    record Difference(EntryPath path, Optional<Entry> now) {}

    /**
     * A walk.
     *
     * @param past the moment; empty for one before everything
     * @param deep all levels, else one
     * @param after tells only what has a key behind this
     */
    SyncWalk(Share share, Principal principal, Optional<PastView> past, EntryPath folder, boolean deep, String after) {
        this.share = share;
        this.principal = principal;
        this.past = past;
        this.deep = deep;
        this.after = bytes(after);
        open.push(new Level(then(folder), now(folder)));
    }

    /** The members of one folder, then and now, each with one read ahead. */
    private static final class Level {
        private final Iterator<Entry> then;
        private final Iterator<Entry> now;
        private Optional<Entry> had;
        private Optional<Entry> has;

        Level(Iterator<Entry> then, Iterator<Entry> now) {
            this.then = then;
            this.now = now;
            this.had = next(then);
            this.has = next(now);
        }

        private static Optional<Entry> next(Iterator<Entry> entries) {
            while (entries.hasNext()) {
                Entry entry = entries.next();
                if (FolderWalk.isShowable(entry.path().name())) {
                    return Optional.of(entry);
                }
            }
            return Optional.empty();
        }

        boolean isAtEnd() {
            return had.isEmpty() && has.isEmpty();
        }

        /** Below 0 if the next name was there then only, above 0 if it is there now only. */
        int order() {
            if (had.isEmpty() || has.isEmpty()) {
                return had.isEmpty() ? 1 : -1;
            }
            return Arrays.compareUnsigned(
                    bytes(had.get().path().key()), bytes(has.get().path().key()));
        }

        void advance(int order) {
            had = order <= 0 ? next(then) : had;
            has = order >= 0 ? next(now) : has;
        }
    }

    private static byte[] bytes(String key) {
        return key.getBytes(StandardCharsets.UTF_8);
    }

    private Iterator<Entry> then(EntryPath folder) {
        try {
            return past.<Iterator<Entry>>map(view -> view.children(folder)).orElse(Collections.emptyIterator());
        } catch (StorageException.NoSuchEntry | StorageException.NoSuchBucket e) {
            return Collections.emptyIterator();
        }
    }

    private Iterator<Entry> now(EntryPath folder) {
        try {
            return share.namespace().children(folder);
        } catch (StorageException.NoSuchEntry | StorageException.NoSuchBucket e) {
            return Collections.emptyIterator(); // Deleted since its row was read.
        }
    }

    /** The next difference, or empty at the end. */
    Optional<Difference> next() {
        while (!open.isEmpty()) {
            Level level = open.element();
            if (level.isAtEnd()) {
                open.pop();
                continue;
            }
            int order = level.order();
            Optional<Entry> had = order <= 0 ? level.had : Optional.empty();
            Optional<Entry> has = order >= 0 ? level.has : Optional.empty();
            level.advance(order);
            Optional<Difference> difference = compare(had, has);
            if (difference.isPresent()) {
                return difference;
            }
        }
        return Optional.empty();
    }

    private Optional<Difference> compare(Optional<Entry> had, Optional<Entry> has) {
        EntryPath path = has.or(() -> had).orElseThrow().path();
        boolean told = Arrays.compareUnsigned(bytes(path.key()), after) <= 0;
        boolean withMembers = !told || startsWith(after, bytes(path.key()));
        if (deep && path.isDirectory() && has.isPresent() && withMembers) {
            descend(path, had.isPresent());
        }
        boolean same = had.isPresent()
                && has.isPresent()
                && had.get().sequence() == has.get().sequence()
                && had.get().modified().equals(has.get().modified());
        return told || same ? Optional.empty() : Optional.of(new Difference(path, has));
    }

    private void descend(EntryPath folder, boolean wasThere) {
        if (open.size() >= FolderWalk.LEVELS_MAX) {
            throw new FolderWalk.TooDeep(folder);
        }
        if (share.allows(principal, Action.LIST, folder)) {
            open.push(new Level(wasThere ? then(folder) : Collections.emptyIterator(), now(folder)));
        }
    }

    private static boolean startsWith(byte[] bytes, byte[] prefix) {
        return bytes.length >= prefix.length && Arrays.equals(bytes, 0, prefix.length, prefix, 0, prefix.length);
    }
}
