package io.varve.webdav;

import io.varve.storage.access.AccessControl.Action;
import io.varve.storage.access.AccessControl.Principal;
import io.varve.storage.namespace.Bucket;
import io.varve.storage.namespace.DirectoryStream;
import io.varve.storage.namespace.Entry;
import io.varve.storage.namespace.EntryPath;
import io.varve.storage.namespace.StorageException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;

/**
 * The members of a folder, or all that lies under it, as a stream from the index: a folder before its
 * members. What the user may not list, and S3 keys that no file system can show, are passed over. One thread
 * at a time; must be closed.
 */
final class FolderWalk implements AutoCloseable {

    /** How deep a walk follows folders; only the last one holds what it read ahead. */
    static final int LEVELS_MAX = 256;

    /** A walk met folders nested deeper than it may follow. */
    static final class TooDeep extends RuntimeException {
        private static final long serialVersionUID = 1L;

        TooDeep(EntryPath at) {
            super("'" + at + "' lies deeper than " + LEVELS_MAX + " folders.");
        }
    }

    private final Share share;
    private final Principal principal;
    private final boolean deep;
    private final Iterator<Bucket> buckets;
    private final Deque<DirectoryStream> open = new ArrayDeque<>();
    private Optional<Entry> descendInto = Optional.empty();

    /**
     * A walk through what a folder holds; the folder itself is not told.
     *
     * @param deep all levels, else one
     */
    FolderWalk(Share share, Principal principal, Target folder, boolean deep) {
        this.share = share;
        this.principal = principal;
        this.deep = deep;
        this.buckets = (folder instanceof Target.Root ? share.namespace().buckets() : List.<Bucket>of()).iterator();
        folder.entry().ifPresent(entry -> open.push(share.namespace().children(entry.path())));
    }

    /** The next entry, or empty at the end. */
    Optional<Entry> next() {
        descend();
        while (true) {
            Optional<Entry> next = open.isEmpty() ? nextBucket() : nextChild();
            if (next.isPresent()) {
                if (deep && next.get().isDirectory()) {
                    descendInto = next;
                }
                return next;
            }
            if (open.isEmpty()) {
                return Optional.empty();
            }
            open.pop().close();
        }
    }

    private void descend() {
        if (descendInto.isPresent()) {
            EntryPath path = descendInto.get().path();
            descendInto = Optional.empty();
            if (open.size() >= LEVELS_MAX) {
                throw new TooDeep(path);
            }
            if (share.allows(principal, Action.LIST, path)) {
                if (!open.isEmpty()) {
                    open.element().pause();
                }
                try {
                    open.push(share.namespace().children(path));
                } catch (StorageException.NoSuchEntry | StorageException.NoSuchBucket e) {
                    return; // Deleted since its row was read: then it has no members either.
                }
            }
        }
    }

    private Optional<Entry> nextChild() {
        DirectoryStream children = open.element();
        while (children.hasNext()) {
            Entry child = children.next();
            if (isShowable(child.path().name())) {
                return Optional.of(child);
            }
        }
        return Optional.empty();
    }

    private Optional<Entry> nextBucket() {
        while (buckets.hasNext()) {
            EntryPath root = EntryPath.root(buckets.next().name());
            Optional<Entry> bucket = share.allows(principal, Action.LIST, root) ? find(root) : Optional.empty();
            if (bucket.isPresent()) {
                return bucket;
            }
        }
        return Optional.empty();
    }

    private Optional<Entry> find(EntryPath root) {
        try {
            return share.namespace().find(root);
        } catch (StorageException.NoSuchBucket e) {
            return Optional.empty(); // Deleted since the list was read.
        }
    }

    /** Whether a file system can show the name; S3 allows more. */
    static boolean isShowable(String name) {
        return !name.isEmpty() && !".".equals(name) && !"..".equals(name) && name.indexOf('\0') < 0;
    }

    @Override
    public void close() {
        open.forEach(DirectoryStream::close);
        open.clear();
    }
}
