package io.varve.storage.namespace;

import io.varve.storage.metadata.Cursor;
import io.varve.storage.metadata.Family;
import io.varve.storage.metadata.MetadataView;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Finds what a directory held that was deleted and can be brought back. */
final class Deleted {
    private Deleted() {}

    /**
     * The last version of each name that was deleted and is not there again, in order of the names. Costs a look-up for each name with
     * history.
     *
     * @param directory the id of a directory that is there now
     * @param after the stored name to begin behind; empty for the first
     */
    static List<Version> list(MetadataView view, EntryPath path, long directory, String after, int limit)
            throws IOException {
        Tree now = new Tree(view);
        byte[] end = NameKeys.directory(directory + 1);
        byte[] from = after.isEmpty()
                ? NameKeys.directory(directory)
                : NameKeys.afterPast(NameKeys.past(directory, Rows.utf8(after)));
        List<Version> deleted = new ArrayList<>();
        while (deleted.size() < limit) {
            Optional<byte[]> key = first(view, from, end);
            if (key.isEmpty()) {
                break;
            }
            from = NameKeys.afterPast(NameKeys.pastPrefixOf(key.get()));
            String name = NameKeys.pastNameOf(key.get());
            if (now.row(directory, Rows.utf8(name)) == null) {
                Versions.list(view, path.child(name), RetentionPolicy.NEVER, 1).stream()
                        .filter(version -> version.fate() == Version.Fate.DELETED)
                        .forEach(deleted::add);
            }
        }
        return deleted;
    }

    private static Optional<byte[]> first(MetadataView view, byte[] from, byte[] end) throws IOException {
        try (Cursor cursor = view.scan(Family.PAST, from, end)) {
            return cursor.next() ? Optional.of(cursor.key()) : Optional.empty();
        }
    }
}
