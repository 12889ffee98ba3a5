package io.varve.storage.namespace;

import io.varve.storage.metadata.Cursor;
import io.varve.storage.metadata.Family;
import io.varve.storage.metadata.MetadataView;
import io.varve.storage.namespace.PastRow.Cause;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a path led to, newest first: each stay of an entry at it, from the commit that brought it there to the one that took it away.
 * A folder above may have been moved, deleted and made again; a stay lies within a stay of each of them, so the same walk is made on
 * every level, and costs what it tells. It agrees with {@link PastTree}: that finds an entry at a moment if and only if one of its
 * stays holds the moment. One thread.
 */
final class Lives {
    private static final int ROWS_AHEAD = 64;
    private static final EntryRow NOWHERE = EntryRow.implicitDirectory(0, NameKeys.NOWHERE);

    private final MetadataView view;
    private final Optional<Lives> above;
    private final byte[] name;
    private final long before;
    private @Nullable Stay parent;
    private boolean begun;

    /** Where to go on under {@code parent}: rows written before this. */
    private long next;

    /** Whether the current row of the name is still to be looked at. */
    private boolean currentAhead;

    private final Deque<PastRow> ahead = new ArrayDeque<>();

    /**
     * An entry at the path for a while.
     *
     * @param row the entry
     * @param from the commit that brought it here
     * @param to the commit that took it away; {@link RetentionPolicy#NEVER} if it is still here
     * @param cause why it ended; of no meaning while it is here
     */
    record Stay(EntryRow row, long from, long to, Cause cause) {
        boolean isOpen() {
            return to == RetentionPolicy.NEVER;
        }
    }

    private Lives(MetadataView view, Optional<Lives> above, byte[] name, long before) {
        this.view = view;
        this.above = above;
        this.name = name;
        this.before = before;
    }

    /** The stays at a path that began before a commit. */
    static Lives of(MetadataView view, EntryPath path, long before) {
        Lives lives = new Lives(view, Optional.empty(), NameKeys.bucket(path.bucket()), before);
        var segments = path.segments();
        for (int i = 0; i < segments.size(); i++) {
            boolean directory = i < segments.size() - 1 || path.isDirectory();
            String segment = segments.get(i);
            lives = new Lives(
                    view,
                    Optional.of(lives),
                    directory ? NameKeys.directoryName(segment) : NameKeys.fileName(segment),
                    before);
        }
        return lives;
    }

    /** The next older stay; empty at the end. */
    Optional<Stay> next() throws IOException {
        while (true) {
            Stay within = parent;
            if (within == null) {
                within = nextParent();
                if (within == null) {
                    return Optional.empty();
                }
            }
            PastRow row = nextRow(within);
            if (row != null && row.end() > within.from()) {
                return Optional.of(stay(within, row));
            }
            parent = null;
            ahead.clear();
        }
    }

    private @Nullable Stay nextParent() throws IOException {
        if (above.isPresent()) {
            parent = above.get().next().orElse(null);
        } else {
            // A bucket's roots hang on nothing: one stay from the beginning without end, told once.
            parent = begun ? null : new Stay(NOWHERE, 0, RetentionPolicy.NEVER, Cause.ENDED);
            begun = true;
        }
        Stay found = parent;
        if (found != null) {
            next = Math.min(found.to(), before);
            currentAhead = true;
        }
        return found;
    }

    private static Stay stay(Stay within, PastRow row) {
        long from = Math.max(within.from(), row.row().sequence());
        return row.end() <= within.to()
                ? new Stay(row.row(), from, row.end(), row.cause())
                : new Stay(row.row(), from, within.to(), within.cause());
    }

    /** The next older row of the name in a directory, the current one as if it ended never; null if there is none. */
    private @Nullable PastRow nextRow(Stay within) throws IOException {
        if (currentAhead) {
            currentAhead = false;
            EntryRow current = current(within.row().directory());
            if (current != null && current.sequence() < next) {
                next = current.sequence();
                return new PastRow(RetentionPolicy.NEVER, Cause.ENDED, current);
            }
        }
        if (ahead.isEmpty()) {
            readAhead(within.row().directory());
        }
        PastRow row = ahead.poll();
        if (row != null) {
            next = row.row().sequence();
        }
        return row;
    }

    private @Nullable EntryRow current(long directory) throws IOException {
        if (above.isPresent()) {
            byte[] row = view.get(Family.NOW, NameKeys.now(directory, name));
            return row == null ? null : EntryRow.decode(row);
        }
        byte[] row = view.get(Family.BUCKETS, name);
        return row == null ? null : BucketRow.decode(row).ended(0, Cause.ENDED).row();
    }

    private void readAhead(long directory) throws IOException {
        byte[] stored = above.isPresent() ? name : NameKeys.formerBucket(NameKeys.text(name));
        byte[] from = NameKeys.past(directory, stored, next - 1);
        try (Cursor cursor = view.scan(Family.PAST, from, NameKeys.afterPast(NameKeys.past(directory, stored)))) {
            while (ahead.size() < ROWS_AHEAD && cursor.next()) {
                ahead.add(PastRow.decode(cursor.value()));
            }
        }
    }
}
