package io.varve.storage.namespace;

import io.varve.storage.metadata.Cursor;
import io.varve.storage.metadata.Family;
import io.varve.storage.metadata.MetadataView;
import io.varve.storage.namespace.PastRow.Cause;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The tree as it is now, with the versions that buckets with versioning keep. A directory that vanished when its last key was deleted
 * is still there, since versions of its keys hang on its id.
 */
final class VersionTree extends Tree {
    VersionTree(MetadataView view) {
        super(view);
    }

    @Override
    Optional<List<Long>> chain(EntryPath directory) throws IOException {
        List<Long> chain = new ArrayList<>();
        chain.add(requireBucket(directory.bucket()).rootDirectory());
        for (String name : directory.segments()) {
            Optional<Long> id = directory(chain.getLast(), NameKeys.directoryName(name));
            if (id.isEmpty()) {
                return Optional.empty();
            }
            chain.add(id.get());
        }
        return Optional.of(chain);
    }

    private Optional<Long> directory(long parent, byte[] name) throws IOException {
        EntryRow row = row(parent, name);
        if (row != null) {
            return Optional.of(row.directory());
        }
        PastRow past = newestPast(parent, name);
        return past != null && past.isVanished() ? Optional.of(past.row().directory()) : Optional.empty();
    }

    /** What the key shows now, a delete marker included; empty if there is neither. */
    Optional<KeyVersion> latest(EntryPath path) throws IOException {
        Optional<List<Long>> chain = chain(path.parent());
        if (chain.isEmpty()) {
            return Optional.empty();
        }
        EntryRow row = keyRow(chain.get().getLast(), NameKeys.name(path));
        if (row != null) {
            return Optional.of(new KeyVersion(row.at(path), false, true));
        }
        PastRow kept = newestKept(chain.get().getLast(), NameKeys.name(path));
        return Optional.ofNullable(kept).map(past -> version(path, past, true));
    }

    /** One version of a key. */
    Optional<KeyVersion> version(EntryPath path, VersionId id) throws IOException {
        Optional<List<Long>> chain = chain(path.parent());
        if (chain.isEmpty()) {
            return Optional.empty();
        }
        byte[] name = NameKeys.name(path);
        EntryRow row = keyRow(chain.get().getLast(), name);
        if (row != null && row.version() == id.number()) {
            return Optional.of(new KeyVersion(row.at(path), false, true));
        }
        PastRow newest = newestKept(chain.get().getLast(), name);
        PastRow found = kept(chain.get().getLast(), name, past -> past.row().version() == id.number());
        if (newest == null || found == null) {
            return Optional.empty();
        }
        boolean latest = row == null && newest.row().sequence() == found.row().sequence();
        return Optional.of(version(path, found, latest));
    }

    /** The current row of a name, or null; a folder that is only there for what lies under it has no key of its own. */
    @Nullable
    EntryRow keyRow(long directory, byte[] name) throws IOException {
        EntryRow row = row(directory, name);
        return row == null || !row.explicit() ? null : row;
    }

    static KeyVersion version(EntryPath path, PastRow past, boolean latest) {
        return new KeyVersion(past.row().at(path), past.cause() == Cause.MARKER, latest);
    }

    /** The newest version of a name that is kept beside the current one, or null. */
    @Nullable
    PastRow newestKept(long directory, byte[] name) throws IOException {
        return kept(directory, name, past -> true);
    }

    /** The newest kept version of a name that fits, or null. */
    @Nullable
    PastRow kept(long directory, byte[] name, Predicate<PastRow> wanted) throws IOException {
        try (Cursor cursor = view().scanPrefix(Family.PAST, NameKeys.past(directory, name))) {
            while (cursor.next()) {
                PastRow past = PastRow.decode(cursor.value());
                if (past.isKept() && wanted.test(past)) {
                    return past;
                }
            }
        }
        return null;
    }

    /** How many versions and markers a bucket keeps beside the current ones. */
    static long keptCount(MetadataView view, long scope) throws IOException {
        return view.counter(Family.USAGE, NameKeys.kept(scope));
    }
}
