package io.varve.storage.namespace;

import static io.varve.storage.namespace.Translation.translated;

import io.varve.storage.chunkstore.StagedContent;
import io.varve.storage.commit.Commit;
import io.varve.storage.commit.Committer;
import io.varve.storage.metadata.Cursor;
import io.varve.storage.metadata.Family;
import io.varve.storage.metadata.MetadataView;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.function.LongConsumer;

/**
 * Directory trees that are brought in file by file, and can be taken back as a whole.
 *
 * <p>Whatever an import writes carries its number, as the attribute {@link Attributes#IMPORT}, so that what it brought can be told from all else
 * without a list that could get lost: taking it back touches just the entries that still are as it left them, and each becomes what it was
 * before, by reference. What somebody wrote since then stays. The number is no part of the file: copies and restored files do not
 * have it. Each step is one commit, so an import that broke off anywhere can go on or be taken back. Thread-safe.
 */
public final class Imports {
    /** Imports that have ended and are remembered, so that they can be taken back. */
    private static final int ENDED_MAX = 100;

    private static final int PAGE_KEYS = 1000;
    private static final int LISTED_MAX = 1000;
    private static final int ID_LENGTH_MAX = 13;
    private static final byte[] PREFIX = "import\0".getBytes(StandardCharsets.US_ASCII);

    /** Behind the number: something was there before. */
    private static final String REPLACED = "+";

    private final Namespace namespace;
    private final Committer committer;
    private final TreeChanges changes;
    private final TreeTransfers transfers;
    private final Namespace.SpaceGuard space;

    Imports(
            Namespace namespace,
            Committer committer,
            TreeChanges changes,
            TreeTransfers transfers,
            Namespace.SpaceGuard space) {
        this.namespace = namespace;
        this.committer = committer;
        this.changes = changes;
        this.transfers = transfers;
        this.space = space;
    }

    /**
     * What taking an import back did.
     *
     * @param removed files and folders that it had brought and that are gone now
     * @param restored files that are what they were before
     * @param leftTotal how many could not be taken back
     * @param left the first of them, each with the reason
     */
    public record Rollback(long removed, long restored, long leftTotal, List<String> left) {}

    /**
     * Begins an import, or goes on with one from the same source to the same target that was not finished. Makes bucket and folder.
     *
     * @throws StorageException.InvalidName if the bucket's or the folder's name is not a legal one
     * @throws StorageException.KindConflict if the folder, or one above, is a file
     */
    public Import begin(String source, EntryPath target, String principal) {
        EntryPath folder = target.asDirectory();
        BucketNames.requireLegal(folder.bucket());
        PathRules.requireLegal(folder);
        // Noted before the first change, so that whatever it makes can be taken back.
        Import begun = translated(() -> committer.commit(commit -> {
            for (Import known : all(commit)) {
                if (known.state() == Import.State.OPEN
                        && known.source().equals(source)
                        && known.target().equals(folder)) {
                    return known;
                }
            }
            forgetOldest(commit);
            boolean makesBucket = new Tree(commit).bucket(folder.bucket()).isEmpty();
            Import row = new Import(
                    Long.toString(commit.sequence(), Character.MAX_RADIX),
                    source,
                    folder,
                    EntryRow.instant(commit.sequence()),
                    Import.State.OPEN,
                    makesBucket);
            write(commit, row);
            return row;
        }));
        if (namespace.findBucket(folder.bucket()).isEmpty()) {
            namespace.createBucket(folder.bucket(), principal);
        }
        requireNoFile(folder);
        makeFolder(begun, folder, Optional.empty(), WriteOptions.keys(principal));
        return begun;
    }

    /** By a bucket's rules a file and a folder may have one name; what comes from a file system wants one of them. */
    private void requireNoFile(EntryPath folder) {
        for (EntryPath above = folder; !above.isRoot(); above = above.parent()) {
            if (namespace.find(above.asFile()).isPresent()) {
                throw new StorageException.KindConflict("'" + above.asFile() + "' is a file.");
            }
        }
    }

    private static void forgetOldest(Commit commit) throws IOException {
        List<Import> ended = all(commit).stream()
                .filter(known -> known.state() == Import.State.FINISHED)
                .toList();
        for (int i = 0; i < ended.size() - ENDED_MAX + 1; i++) {
            commit.delete(Family.SYSTEM, key(ended.get(i).id()));
        }
    }

    /** All imports that are remembered, the oldest first. */
    public List<Import> list() {
        return translated(() -> all(committer.view()));
    }

    private static List<Import> all(MetadataView view) throws IOException {
        List<Import> all = new ArrayList<>();
        try (Cursor cursor = view.scanPrefix(Family.SYSTEM, PREFIX)) {
            while (cursor.next()) {
                byte[] key = cursor.key();
                String id = new String(key, PREFIX.length, key.length - PREFIX.length, StandardCharsets.US_ASCII);
                all.add(Import.decode(id, cursor.value()));
            }
        }
        all.sort(Comparator.comparing(Import::started));
        return all;
    }

    /** An import by its number, as long as it is remembered. */
    public Optional<Import> find(String id) {
        return translated(() -> read(committer.view(), id));
    }

    private static Optional<Import> read(MetadataView view, String id) throws IOException {
        byte[] row = id.length() > ID_LENGTH_MAX ? null : view.get(Family.SYSTEM, key(id));
        return row == null ? Optional.empty() : Optional.of(Import.decode(id, row));
    }

    /**
     * Says that all was brought.
     *
     * @throws StorageException.Busy if it is being taken back
     */
    public Import finish(Import ended) {
        return translated(() -> committer.commit(commit -> {
            requireGoing(commit, ended);
            Import row = ended.in(Import.State.FINISHED);
            write(commit, row);
            return row;
        }));
    }

    /** Nothing may come behind the back of the one that takes it back. */
    private static void requireGoing(Commit commit, Import which) throws IOException {
        boolean going = read(commit, which.id())
                .filter(known -> known.state() != Import.State.RETURNING)
                .isPresent();
        if (!going) {
            throw new StorageException.Busy(
                    "Import " + which.id() + " is being taken back.", new CancellationException());
        }
    }

    /** The number of the import that left an entry as it is. */
    public static Optional<String> of(Entry entry) {
        return entry.attributes()
                .get(Attributes.IMPORT)
                .map(mark -> mark.endsWith(REPLACED) ? mark.substring(0, mark.length() - 1) : mark);
    }

    private static boolean isOf(Import which, Entry entry) {
        return of(entry).filter(which.id()::equals).isPresent();
    }

    /**
     * Stores a file for an import. One that is there and was not brought by it is replaced only if that is wanted.
     *
     * @param attributes kept with the file, for example its hash
     * @param overwrite whether a file that was there before may be replaced
     * @throws StorageException.EntryExists if a file is there that may not be replaced
     * @throws StorageException.Busy if the import is being taken back
     */
    public Entry put(
            Import which,
            EntryPath path,
            StagedContent content,
            Attributes attributes,
            Instant modified,
            boolean overwrite,
            WriteOptions options) {
        PathRules.requireLegal(path);
        return translated(() -> committer.commit(commit -> {
            requireGoing(commit, which);
            Optional<Entry> present = new Tree(commit).find(path);
            boolean own = present.filter(entry -> isOf(which, entry)).isPresent();
            if (present.isPresent() && !own && !overwrite) {
                throw new StorageException.EntryExists(path);
            }
            String mark = which.id();
            if (own) {
                mark = present.get().attributes().get(Attributes.IMPORT).orElse(mark);
            } else if (present.isPresent()) {
                mark += REPLACED;
            }
            PutRequest request = PutRequest.ofType("")
                    .withModified(modified)
                    .withAttributes(attributes.with(Attributes.IMPORT, mark))
                    .keepingProperties();
            return changes.put(commit, path, content.content(), request, options, content)
                    .entry();
        }));
    }

    /**
     * Makes a folder for an import; one that is there by name stays as it is.
     *
     * @throws StorageException.Busy if the import is being taken back
     */
    public void makeFolder(Import which, EntryPath folder, Optional<Instant> modified, WriteOptions options) {
        if (folder.isRoot()) {
            return;
        }
        PathRules.requireLegal(folder);
        space.requireSpace();
        translated(() -> committer.commit(commit -> {
            requireGoing(commit, which);
            Optional<Entry> present = new Tree(commit).find(folder);
            if (present.filter(Entry::explicit).isPresent()) {
                return false;
            }
            if (present.isEmpty()) {
                changes.makeDirectory(commit, folder, Attributes.NONE, options);
            }
            // One that existed by what it holds gets its name by this.
            changes.changeRow(
                    commit,
                    folder,
                    row -> {
                        EntryRow marked = row.withAttributes(row.attributes().with(Attributes.IMPORT, which.id()));
                        return modified.map(marked::withModified).orElse(marked);
                    },
                    options);
            return true;
        }));
    }

    /** What must hold in the commit: that nobody came in between. */
    private static Precondition stillIs(Entry seen) {
        return current -> {
            if (current.filter(entry -> entry.sequence() == seen.sequence()).isEmpty()) {
                throw new StorageException.PreconditionFailed("Somebody else changed it at the same time.");
            }
        };
    }

    /**
     * Takes an import back: what it brought goes, what it replaced comes back from history. From here on it brings nothing more. What was
     * changed since stays and is no trouble; what cannot be taken back is told. Can be run again.
     *
     * @param progress told how many entries were looked at so far, now and then
     */
    public Rollback rollback(Import which, WriteOptions options, LongConsumer progress) {
        translated(() -> committer.commit(commit -> {
            write(commit, which.in(Import.State.RETURNING));
            return true;
        }));
        Tally tally = new Tally();
        long looked = 0;
        String after = "";
        ListPage page;
        String bucket = which.target().bucket();
        if (namespace.findBucket(bucket).isPresent()) {
            do {
                page = namespace.list(bucket, new ListQuery(which.target().key(), "", after, PAGE_KEYS));
                for (ListPage.Item item : page.items()) {
                    if (item instanceof ListPage.Key key && isOf(which, key.entry())) {
                        takeBack(which, key.entry(), options, tally);
                    }
                }
                looked += page.items().size();
                progress.accept(looked);
                after = page.next();
            } while (page.truncated());
        }
        if (tally.leftTotal == 0) {
            forget(which);
        }
        return new Rollback(tally.removed, tally.restored, tally.leftTotal, List.copyOf(tally.left));
    }

    private static final class Tally {
        final List<String> left = new ArrayList<>();
        long removed;
        long restored;
        long leftTotal;

        void leave(Entry entry, String why) {
            leftTotal++;
            if (left.size() < LISTED_MAX) {
                left.add(entry.path() + ": " + why);
            }
        }
    }

    private void takeBack(Import which, Entry entry, WriteOptions options, Tally tally) {
        WriteOptions asItIs = options.when(stillIs(entry));
        boolean replaced = entry.attributes().get(Attributes.IMPORT).orElse("").endsWith(REPLACED);
        try {
            if (!replaced) {
                namespace.delete(entry.path(), asItIs);
                tally.removed++;
                return;
            }
            Optional<Version> before = before(which, entry);
            if (before.isEmpty()) {
                tally.leave(entry, "what it replaced is no longer in history");
            } else {
                bringBack(before.get(), entry.path(), asItIs, options);
                tally.restored++;
            }
        } catch (StorageException.Locked | StorageException.NoSuchEntry e) {
            tally.leave(entry, String.valueOf(e.getMessage()));
        } catch (StorageException.PreconditionFailed e) {
            // Somebody wrote it anew just now, so it is not the import's any more.
        }
    }

    /**
     * A restored file is as good as new, but this one is to be what it was: with its own time to live, and still part of the import that
     * may have brought it.
     */
    private void bringBack(Version version, EntryPath path, WriteOptions asItIs, WriteOptions options) {
        space.requireSpace();
        translated(() -> committer.commit(commit -> {
            PastTree then = new PastTree(commit, EntryRow.micros(version.from()));
            transfers.restoreFile(commit, then, path, new Placement(path, true, false, asItIs));
            return changes.changeRow(
                    commit, path, row -> row.withAttributes(version.entry().attributes()), options);
        }));
    }

    /** The version that stood there before the import came. */
    private Optional<Version> before(Import which, Entry entry) {
        Instant from = entry.written();
        for (Version version : namespace.versions(entry.path(), from, PAGE_KEYS)) {
            if (version.to().filter(from::equals).isEmpty()) {
                return Optional.empty();
            }
            if (!isOf(which, version.entry())) {
                return Optional.of(version);
            }
            from = version.from();
        }
        return Optional.empty();
    }

    private void forget(Import which) {
        String bucket = which.target().bucket();
        if (which.madeBucket() && namespace.findBucket(bucket).isPresent()) {
            try {
                namespace.deleteBucket(bucket, WriteOptions.keys(""));
            } catch (StorageException.BucketNotEmpty | StorageException.Locked e) {
                // Others keep something there.
            }
        }
        translated(() -> committer.commit(commit -> {
            commit.delete(Family.SYSTEM, key(which.id()));
            return true;
        }));
    }

    private static void write(Commit commit, Import row) {
        commit.put(Family.SYSTEM, key(row.id()), row.encode());
    }

    private static byte[] key(String id) {
        byte[] text = Rows.utf8(id);
        return ByteBuffer.allocate(PREFIX.length + text.length)
                .put(PREFIX)
                .put(text)
                .array();
    }
}
