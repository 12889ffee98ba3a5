package io.varve.storage.namespace;

import io.varve.storage.io.CorruptionException;
import io.varve.storage.metadata.Cursor;
import io.varve.storage.metadata.Family;
import io.varve.storage.metadata.MetadataView;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The tree as it was at a moment. A name's row then is the current one if it is old enough, else the history row whose validity holds
 * the moment; ids of directories outlive their names, so the rest is the same walk as through the present.
 *
 * <p>Current rows are read before history: a row that ends in between is met in one of them or in both, never in neither. A listing
 * costs a few rows for each name that the directory had then or later.
 */
class PastTree extends Tree {
    /** So many rows of no interest are read over; then a new scan begins behind them. */
    private static final int SKIPPED_MAX = 16;

    private final long moment;

    /** @param moment a commit sequence: the tree is as that commit left it */
    PastTree(MetadataView view, long moment) {
        super(view);
        this.moment = moment;
    }

    long moment() {
        return moment;
    }

    @Override
    Optional<BucketRow> bucket(String name) throws IOException {
        Optional<BucketRow> current = super.bucket(name);
        if (current.isPresent() && current.get().since() <= moment) {
            return current;
        }
        PastRow former = past(NameKeys.NOWHERE, NameKeys.formerBucket(name));
        return former == null ? Optional.empty() : Optional.of(BucketRow.former(former));
    }

    @Override
    @Nullable
    EntryRow row(long directory, byte[] name) throws IOException {
        EntryRow current = super.row(directory, name);
        if (current != null && current.sequence() <= moment) {
            return current;
        }
        PastRow past = past(directory, name);
        return past == null ? null : past.row();
    }

    /** The history row of a name that was valid at the moment, or null. */
    private @Nullable PastRow past(long directory, byte[] name) throws IOException {
        byte[] prefix = NameKeys.past(directory, name);
        try (Cursor cursor =
                view().scan(Family.PAST, NameKeys.past(directory, name, moment), NameKeys.afterPast(prefix))) {
            if (!cursor.next()) {
                return null;
            }
            PastRow past = PastRow.decode(cursor.value());
            return past.end() > moment ? past : null;
        }
    }

    @Override
    List<Child> children(long directory, String after, int limit) throws IOException {
        SortedMap<byte[], EntryRow> found = new TreeMap<>(Arrays::compareUnsigned);
        byte[] last = current(directory, after, limit, found);
        byte[] lastPast = history(directory, after, last, limit, found);
        // Beyond the first place where one of the two was cut off, the other alone does not tell all.
        byte[] bound = earlier(last, lastPast);
        List<Child> children = new ArrayList<>();
        for (var entry : found.entrySet()) {
            boolean known = bound == null || Arrays.compareUnsigned(entry.getKey(), bound) <= 0;
            if (known && children.size() < limit) {
                children.add(new Child(NameKeys.text(entry.getKey()), entry.getValue()));
            }
        }
        return children;
    }

    private static byte @Nullable [] earlier(byte @Nullable [] one, byte @Nullable [] other) {
        if (one == null || other == null) {
            return one == null ? other : one;
        }
        return Arrays.compareUnsigned(one, other) <= 0 ? one : other;
    }

    /** Collects current rows that are old enough; gives the last one's name if there may be more. */
    private byte @Nullable [] current(long directory, String after, int limit, SortedMap<byte[], EntryRow> found)
            throws IOException {
        try (Cursor cursor =
                view().scan(Family.NOW, NameKeys.behind(directory, after), NameKeys.directory(directory + 1))) {
            while (cursor.next()) {
                EntryRow row = EntryRow.decode(cursor.value());
                if (row.sequence() <= moment) {
                    byte[] name = NameKeys.nameBytesOf(cursor.key());
                    found.put(name, row);
                    if (found.size() == limit) {
                        return name;
                    }
                }
            }
        }
        return null;
    }

    /** Collects history rows of the moment up to a name; gives the last one's name if there may be more. */
    private byte @Nullable [] history(
            long directory, String after, byte @Nullable [] upTo, int limit, SortedMap<byte[], EntryRow> found)
            throws IOException {
        byte[] end =
                upTo == null ? NameKeys.directory(directory + 1) : NameKeys.afterPast(NameKeys.past(directory, upTo));
        byte[] from = after.isEmpty()
                ? NameKeys.directory(directory)
                : NameKeys.afterPast(NameKeys.past(directory, Rows.utf8(after)));
        Pass pass = new Pass(limit, found);
        while (from != null && pass.last == null) {
            from = pass.run(from, end);
        }
        return pass.last;
    }

    /** Scans that together go over a directory's history once. */
    private final class Pass {
        private final int limit;
        private final SortedMap<byte[], EntryRow> found;
        private int taken;
        private byte @Nullable [] last;

        Pass(int limit, SortedMap<byte[], EntryRow> found) {
            this.limit = limit;
            this.found = found;
        }

        /** Scans until the end, or until many rows in a row are of no use; gives the key to go on with. */
        byte @Nullable [] run(byte[] from, byte[] end) throws IOException {
            byte @Nullable [] decided = null;
            int skipped = 0;
            try (Cursor cursor = view().scan(Family.PAST, from, end)) {
                while (cursor.next()) {
                    byte[] key = cursor.key();
                    byte[] prefix = NameKeys.pastPrefixOf(key);
                    boolean older = Arrays.equals(prefix, decided);
                    if (older || NameKeys.sequenceOf(key) > moment) {
                        if (++skipped > SKIPPED_MAX) {
                            return older ? NameKeys.afterPast(prefix) : NameKeys.atMoment(prefix, moment);
                        }
                        continue;
                    }
                    skipped = 0;
                    decided = prefix;
                    take(key, cursor.value());
                    if (last != null) {
                        return null;
                    }
                }
            }
            return null;
        }

        private void take(byte[] key, byte[] value) throws CorruptionException {
            PastRow past = PastRow.decode(value);
            if (past.end() > moment) {
                byte[] name = Rows.utf8(NameKeys.pastNameOf(key));
                found.putIfAbsent(name, past.row());
                if (++taken == limit) {
                    last = name;
                }
            }
        }
    }
}
