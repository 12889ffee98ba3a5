package io.varve.storage.namespace;

import io.varve.storage.metadata.Cursor;
import io.varve.storage.metadata.Family;
import io.varve.storage.metadata.MetadataView;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.NoSuchElementException;

/**
 * The entries of one directory as a stream over the index, ordered by name in bytes of UTF-8, where a directory counts as its
 * name with a slash. Reads some hundred rows at a time and holds nothing of the store in between, so a slow client costs nothing;
 * entries that change meanwhile may appear old or new. One thread at a time; closing is optional.
 */
public final class DirectoryStream implements Iterator<Entry>, AutoCloseable {
    private static final int ROWS_AHEAD = 256;

    private final MetadataView view;
    private final EntryPath directory;
    private final byte[] end;
    private byte[] from;
    private boolean exhausted;
    private final Deque<Entry> ahead = new ArrayDeque<>();

    DirectoryStream(MetadataView view, EntryPath directory, long id) {
        this.view = view;
        this.directory = directory;
        this.from = NameKeys.directory(id);
        this.end = NameKeys.directory(id + 1);
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
        return ahead.removeFirst();
    }

    @Override
    public void close() {
        exhausted = true;
        ahead.clear();
    }

    private void readAhead() throws IOException {
        try (Cursor cursor = view.scan(Family.NOW, from, end)) {
            while (cursor.next()) {
                byte[] key = cursor.key();
                if (ahead.size() == ROWS_AHEAD) {
                    from = key;
                    return;
                }
                EntryPath path = directory.child(NameKeys.nameOf(key));
                ahead.addLast(EntryRow.decode(cursor.value()).at(path));
            }
        }
        exhausted = true;
    }
}
