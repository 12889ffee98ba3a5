package io.varve.storage.namespace;

import io.varve.storage.chunkstore.Content;
import io.varve.storage.metadata.Cursor;
import io.varve.storage.metadata.Family;
import io.varve.storage.metadata.MetadataView;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Finds buckets, directories and entries in a view of the metadata, as they are now. As thread-safe as its view. */
class Tree {
    static final char BYTES = 'b';
    static final char FILES = 'f';

    private final MetadataView view;

    /**
     * An entry of a directory.
     *
     * @param name its stored name: a directory's with its slash
     */
    record Child(String name, EntryRow row) {}

    Tree(MetadataView view) {
        this.view = view;
    }

    Optional<BucketRow> bucket(String name) throws IOException {
        byte[] row = view.get(Family.BUCKETS, NameKeys.bucket(name));
        return row == null ? Optional.empty() : Optional.of(BucketRow.decode(row));
    }

    BucketRow requireBucket(String name) throws IOException {
        return bucket(name).orElseThrow(() -> new StorageException.NoSuchBucket(name));
    }

    /**
     * The ids of a directory and of all above it, the bucket's root first; empty if it does not exist.
     *
     * @throws StorageException.NoSuchBucket if the bucket does not exist
     */
    Optional<List<Long>> chain(EntryPath directory) throws IOException {
        List<Long> chain = new ArrayList<>();
        chain.add(requireBucket(directory.bucket()).rootDirectory());
        for (String name : directory.segments()) {
            EntryRow row = row(chain.getLast(), NameKeys.directoryName(name));
            if (row == null) {
                return Optional.empty();
            }
            chain.add(row.directory());
        }
        return Optional.of(chain);
    }

    /** The current row of a name, or null. */
    @Nullable
    EntryRow row(long directory, byte[] name) throws IOException {
        byte[] row = view.get(Family.NOW, NameKeys.now(directory, name));
        return row == null ? null : EntryRow.decode(row);
    }

    /** The entry at exactly this path; a root is a directory that always exists with its bucket. */
    Optional<Entry> find(EntryPath path) throws IOException {
        if (path.isRoot()) {
            BucketRow bucket = requireBucket(path.bucket());
            return Optional.of(rootRow(bucket).at(path));
        }
        Optional<List<Long>> chain = chain(path.parent());
        if (chain.isEmpty()) {
            return Optional.empty();
        }
        return Optional.ofNullable(row(chain.get().getLast(), NameKeys.name(path)))
                .map(row -> row.at(path));
    }

    /** The file at this path, or else the directory of that name. */
    Optional<Entry> resolve(EntryPath path) throws IOException {
        if (path.isDirectory()) {
            return find(path);
        }
        Optional<List<Long>> chain = chain(path.parent());
        if (chain.isEmpty()) {
            return Optional.empty();
        }
        long parent = chain.get().getLast();
        EntryRow file = row(parent, NameKeys.name(path));
        if (file != null) {
            return Optional.of(file.at(path));
        }
        EntryPath directory = path.asDirectory();
        return Optional.ofNullable(row(parent, NameKeys.name(directory))).map(row -> row.at(directory));
    }

    static EntryRow rootRow(BucketRow bucket) {
        return new EntryRow(
                Entry.Kind.DIRECTORY,
                true,
                bucket.created(),
                bucket.rootDirectory(),
                Optional.empty(),
                Optional.empty(),
                "",
                bucket.settings().only(Attributes.PROPERTY),
                Content.EMPTY);
    }

    /**
     * The first entries of a directory behind a name, in order of their names.
     *
     * @param after a stored name; empty for the beginning
     * @param limit the most to tell; fewer are all there are
     */
    List<Child> children(long directory, String after, int limit) throws IOException {
        List<Child> children = new ArrayList<>();
        try (Cursor cursor =
                view.scan(Family.NOW, NameKeys.behind(directory, after), NameKeys.directory(directory + 1))) {
            while (children.size() < limit && cursor.next()) {
                children.add(new Child(NameKeys.nameOf(cursor.key()), EntryRow.decode(cursor.value())));
            }
        }
        return children;
    }

    boolean isEmpty(long directory) throws IOException {
        try (Cursor cursor = view.scanPrefix(Family.NOW, NameKeys.directory(directory))) {
            return !cursor.next();
        }
    }

    Usage usage(long directory) throws IOException {
        return new Usage(
                view.counter(Family.USAGE, NameKeys.usage(directory, BYTES)),
                view.counter(Family.USAGE, NameKeys.usage(directory, FILES)));
    }

    /** The newest history row of a name, or null. */
    @Nullable
    PastRow newestPast(long directory, byte[] name) throws IOException {
        try (Cursor cursor = view.scanPrefix(Family.PAST, NameKeys.past(directory, name))) {
            return cursor.next() ? PastRow.decode(cursor.value()) : null;
        }
    }

    MetadataView view() {
        return view;
    }
}
