package io.varve.storage.namespace;

import static io.varve.storage.namespace.Translation.translated;

import io.varve.storage.chunkstore.ChunkStore;
import io.varve.storage.chunkstore.ContentReader;
import io.varve.storage.chunkstore.ReadLease;
import io.varve.storage.metadata.Cursor;
import io.varve.storage.metadata.Family;
import io.varve.storage.metadata.MetadataView;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * All buckets as they were at one moment: what was committed by then, under the names it had then. Read-only.
 *
 * <p>Properties and modification times that were changed without a new content show as they were changed last. Thread-safe; all methods may
 * block for I/O and throw {@link StorageException} only, {@link StorageException.OutOfHistory} where retention has dropped part of
 * what is asked for.
 */
public final class PastView {
    private final MetadataView view;
    private final ChunkStore chunks;
    private final ReadablePast tree;

    PastView(MetadataView view, ChunkStore chunks, ReadablePast tree) {
        this.view = view;
        this.chunks = chunks;
        this.tree = tree;
    }

    /** The moment. */
    public Instant moment() {
        return EntryRow.instant(tree.moment());
    }

    /** The buckets there were, by name, without those whose history does not reach back so far. */
    public List<Bucket> buckets() {
        return translated(() -> {
            List<Bucket> buckets = new ArrayList<>();
            for (String name : names()) {
                try {
                    tree.bucket(name).ifPresent(row -> buckets.add(row.named(name)));
                } catch (StorageException.OutOfHistory e) {
                    // Then it is not shown among those that can be.
                }
            }
            return buckets;
        });
    }

    /** The names of all buckets that are or were. */
    private SortedSet<String> names() throws IOException {
        SortedSet<String> names = new TreeSet<>();
        try (Cursor cursor = view.scan(Family.BUCKETS, new byte[0], null)) {
            while (cursor.next()) {
                names.add(new String(cursor.key(), StandardCharsets.UTF_8));
            }
        }
        try (Cursor cursor = FormerBuckets.scan(view)) {
            while (cursor.next()) {
                names.add(FormerBuckets.nameOf(cursor.key()));
            }
        }
        return names;
    }

    /** The entry that was at exactly this path; see {@link Namespace#find}. */
    public Optional<Entry> find(EntryPath path) {
        return translated(() -> tree.find(path));
    }

    /** The file that was at this path, or else the directory of that name. */
    public Optional<Entry> resolve(EntryPath path) {
        return translated(() -> {
            Optional<Entry> exact = tree.find(path);
            return exact.isPresent() || path.isDirectory() ? exact : tree.find(path.asDirectory());
        });
    }

    /** Streams the entries that a directory had; see {@link Namespace#children}. */
    public DirectoryStream children(EntryPath directory) {
        return children(directory, "");
    }

    /**
     * Streams the entries that a directory had, from one on.
     *
     * @param after the name to begin behind, a directory's with its slash; empty for the first
     */
    public DirectoryStream children(EntryPath directory, String after) {
        return translated(() -> new DirectoryStream(
                tree,
                directory,
                tree.chain(directory.asDirectory())
                        .orElseThrow(() -> new StorageException.NoSuchEntry(directory))
                        .getLast(),
                after));
    }

    /** Opens a range of the bytes of an entry found here; see {@link Namespace#read}. */
    public ContentReader read(Entry entry, long offset, long length) {
        return translated(() -> open(chunks, tree, entry, offset, length));
    }

    /** Opens all bytes of an entry found here as they lie on the disk; see {@link Namespace#readFromDisk}. */
    public ContentReader readFromDisk(Entry entry) {
        return translated(() -> open(chunks, tree, entry, lease -> chunks.readFromDisk(lease, entry.content())));
    }

    static ContentReader open(ChunkStore chunks, PastTree tree, Entry entry, long offset, long length)
            throws IOException {
        requireOpen(entry);
        return open(chunks, tree, entry, lease -> chunks.read(lease, entry.content(), offset, length));
    }

    private static ContentReader open(
            ChunkStore chunks, PastTree tree, Entry entry, Function<ReadLease, ContentReader> how) throws IOException {
        ReadLease lease = chunks.lease();
        try {
            Optional<Entry> still = entry.size() == 0 ? Optional.of(entry) : tree.find(entry.path());
            if (still.isEmpty() || still.get().sequence() != entry.sequence()) {
                throw new StorageException.NoSuchEntry(entry.path());
            }
            return how.apply(lease);
        } catch (IOException | RuntimeException e) {
            lease.close();
            throw e;
        }
    }

    /** Noise is given to nobody. */
    static void requireOpen(Entry entry) {
        if (entry.attributes().get(Attributes.SEALED).isPresent()) {
            throw new StorageException.Sealed(entry.path());
        }
    }

    ReadablePast tree() {
        return tree;
    }
}
