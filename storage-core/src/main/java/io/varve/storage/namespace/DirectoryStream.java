package io.varve.storage.namespace;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;

/**
 * The entries of one directory as a stream over the index, ordered by name in bytes of UTF-8, where a directory counts as its
 * name with a slash. Reads some rows at a time, up to {@value #ROWS_AHEAD_MAX}, and holds nothing of the store in between, so a slow client
 * costs nothing; entries of the present that change meanwhile may appear old or new. One thread at a time; closing is optional.
 */
public final class DirectoryStream implements Iterator<Entry>, AutoCloseable {
    private static final int ROWS_AHEAD_FIRST = 16;
    private static final int ROWS_AHEAD_MAX = 256;

    private final Tree tree;
    private final EntryPath directory;
    private final long id;
    private String after;
    private boolean exhausted;
    private int rowsAhead = ROWS_AHEAD_FIRST;
    private final Deque<Tree.Child> ahead = new ArrayDeque<>();

    /** @param after the stored name to begin behind; empty for the first */
    DirectoryStream(Tree tree, EntryPath directory, long id, String after) {
        this.tree = tree;
        this.directory = directory;
        this.id = id;
        this.after = after;
    }

    @Override
    public boolean hasNext() {
        if (ahead.isEmpty() && !exhausted) {
            Translation.translated(() -> {
                readAhead();
                return true;
            });
        }
        return !ahead.isEmpty();
    }

    @Override
    public Entry next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        Tree.Child child = ahead.removeFirst();
        after = child.name();
        return child.row().at(directory.child(child.name()));
    }

    /**
     * Gives up what was read ahead; it is read again when it is asked for. For who goes down into what a directory holds, so that not every
     * level above keeps rows: with as few read first and more only later, no more is read twice than was asked for in between.
     */
    public void pause() {
        exhausted = exhausted && ahead.isEmpty();
        ahead.clear();
        rowsAhead = ROWS_AHEAD_FIRST;
    }

    @Override
    public void close() {
        exhausted = true;
        ahead.clear();
    }

    private void readAhead() throws IOException {
        List<Tree.Child> children = tree.children(id, after, rowsAhead);
        ahead.addAll(children);
        exhausted = children.size() < rowsAhead;
        rowsAhead = Math.min(ROWS_AHEAD_MAX, 2 * rowsAhead);
    }
}
