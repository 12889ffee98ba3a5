package io.varve.storage.namespace;

import io.varve.storage.commit.Commit;
import io.varve.storage.metadata.Cursor;
import io.varve.storage.metadata.Family;
import io.varve.storage.metadata.MetadataView;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The family DUE: which files go by themselves, ordered by when, which files have a content that is known by its hash, and what is needed to
 * find them.
 *
 * <p>Four kinds of rows. A file with a time to live of its own is filed under the moment when it is due, by the key of its row in NOW.
 * Nothing else leads from a directory's id up to its name, so the directories above such a file have rows that tell where they are;
 * they are written with the file, follow when a directory moves, and go with the directory. The third kind are the buckets' rules for
 * prefixes, the fourth is that of {@link KnownContents}, and needs the same directories.
 *
 * <p>A row here is a hint that is checked where it is used: what it names may be history by now, with a directory that was deleted
 * above it. All changes are staged in one commit.
 */
final class DueIndex {
    private static final byte PLACE = 0;
    private static final byte DUE = 1;
    private static final byte RULE = 2;
    private static final int DUE_HEAD_BYTES = 1 + Long.BYTES;

    private final Commit commit;

    DueIndex(Commit commit) {
        this.commit = commit;
    }

    /**
     * A directory that exists now.
     *
     * @param path its path
     * @param chain the ids of the directories from the bucket's root to it
     */
    record Place(EntryPath path, List<Long> chain) {}

    // ---- keys

    static byte[] dueKey(long due, long directory, byte[] name) {
        return ByteBuffer.allocate(DUE_HEAD_BYTES + Long.BYTES + name.length)
                .put(DUE)
                .putLong(due)
                .putLong(directory)
                .put(name)
                .array();
    }

    static byte[] placeKey(long directory) {
        return ByteBuffer.allocate(1 + Long.BYTES).put(PLACE).putLong(directory).array();
    }

    static byte[] ruleKey(long scope, String prefix) {
        byte[] utf8 = Rows.utf8(prefix);
        return ByteBuffer.allocate(1 + Long.BYTES + utf8.length)
                .put(RULE)
                .putLong(scope)
                .put(utf8)
                .array();
    }

    static long dueOf(byte[] dueKey) {
        return ByteBuffer.wrap(dueKey, 1, Long.BYTES).getLong();
    }

    static byte[] nowKeyOf(byte[] dueKey) {
        return Arrays.copyOfRange(dueKey, DUE_HEAD_BYTES, dueKey.length);
    }

    /** Before the first file, by when it is due. */
    static byte[] first() {
        return new byte[] {DUE};
    }

    /** Behind all files that are due by a moment. */
    static byte[] behind(long moment) {
        return ByteBuffer.allocate(DUE_HEAD_BYTES).put(DUE).putLong(moment + 1).array();
    }

    /** All files by when they are due. */
    static Cursor files(MetadataView view) throws IOException {
        return view.scanPrefix(Family.DUE, first());
    }

    // ---- files

    /** Files what became current, if it is to go by itself, or its content is known by hash. */
    void file(EntryPath path, List<Long> chain, EntryRow row) throws IOException {
        byte[] name = NameKeys.name(path);
        long due = row.due();
        if (due != RetentionPolicy.NEVER) {
            commit.put(Family.DUE, dueKey(due, chain.getLast(), name), new byte[0]);
        }
        Optional<byte[]> known = KnownContents.key(row, chain.getLast(), name);
        known.ifPresent(key -> commit.put(Family.DUE, key, new byte[0]));
        if (due != RetentionPolicy.NEVER || known.isPresent()) {
            place(path.parent(), chain);
        }
    }

    /** Forgets what is no longer current. */
    void forget(long directory, byte[] name, EntryRow row) {
        long due = row.due();
        if (due != RetentionPolicy.NEVER) {
            commit.delete(Family.DUE, dueKey(due, directory, name));
        }
        KnownContents.key(row, directory, name).ifPresent(key -> commit.delete(Family.DUE, key));
    }

    // ---- places

    /** Writes down where a directory and all above it are. */
    private void place(EntryPath directory, List<Long> chain) throws IOException {
        List<String> names = directory.segments();
        for (int depth = chain.size() - 1; depth > 0; depth--) {
            byte[] name = NameKeys.directoryName(names.get(depth - 1));
            set(chain.get(depth), NameKeys.now(chain.get(depth - 1), name));
        }
        set(chain.getFirst(), NameKeys.now(NameKeys.NOWHERE, NameKeys.bucket(directory.bucket())));
    }

    private void set(long directory, byte[] place) throws IOException {
        byte[] key = placeKey(directory);
        if (!Arrays.equals(commit.get(Family.DUE, key), place)) {
            commit.put(Family.DUE, key, place);
        }
    }

    /** A directory got another place: one under which files are filed takes that along. */
    void moved(EntryPath directory, List<Long> above, long id) throws IOException {
        if (commit.get(Family.DUE, placeKey(id)) != null) {
            List<Long> chain = new ArrayList<>(above);
            chain.add(id);
            place(directory, chain);
        }
    }

    /** A directory is gone for good. */
    void forgetPlace(long directory) throws IOException {
        byte[] key = placeKey(directory);
        if (commit.get(Family.DUE, key) != null) {
            commit.delete(Family.DUE, key);
        }
    }

    /** Where a directory is now; empty if it is not there any more, or nobody wrote it down. */
    static Optional<Place> locate(MetadataView view, long directory) throws IOException {
        Tree tree = new Tree(view);
        List<Long> chain = new ArrayList<>();
        StringBuilder key = new StringBuilder();
        for (long id = directory; ; ) {
            byte[] place = view.get(Family.DUE, placeKey(id));
            if (place == null) {
                return Optional.empty();
            }
            chain.addFirst(id);
            long parent = NameKeys.directoryOf(place);
            byte[] name = NameKeys.nameBytesOf(place);
            if (parent == NameKeys.NOWHERE) {
                String bucket = NameKeys.text(name);
                long root = id;
                return tree.bucket(bucket)
                        .filter(row -> row.rootDirectory() == root)
                        .map(ignored -> new Place(new EntryPath(bucket, key.toString()), List.copyOf(chain)));
            }
            EntryRow row = tree.row(parent, name);
            if (row == null || row.directory() != id) {
                return Optional.empty();
            }
            key.insert(0, NameKeys.text(name));
            id = parent;
        }
    }

    /** Whether the way up from a directory breaks off where a name is still there, so that nobody finds its files. */
    static boolean lacksPlace(MetadataView view, long directory) throws IOException {
        Tree tree = new Tree(view);
        for (long id = directory; ; ) {
            byte[] place = view.get(Family.DUE, placeKey(id));
            if (place == null || NameKeys.directoryOf(place) == NameKeys.NOWHERE) {
                return place == null;
            }
            EntryRow row = tree.row(NameKeys.directoryOf(place), NameKeys.nameBytesOf(place));
            if (row == null || row.directory() != id) {
                return false;
            }
            id = NameKeys.directoryOf(place);
        }
    }

    // ---- rules

    /** The rules of a bucket, by prefix. */
    static List<TtlRule> rules(MetadataView view, long scope) throws IOException {
        List<TtlRule> rules = new ArrayList<>();
        try (Cursor cursor = view.scanPrefix(Family.DUE, ruleKey(scope, ""))) {
            while (cursor.next()) {
                rules.add(TtlRule.decode(prefixOf(cursor.key()), cursor.value()));
            }
        }
        return rules;
    }

    /** The scopes of all buckets that have or had rules. */
    static List<Long> scopesWithRules(MetadataView view) throws IOException {
        List<Long> scopes = new ArrayList<>();
        long from = 0;
        while (true) {
            try (Cursor cursor = view.scan(Family.DUE, ruleKey(from, ""), new byte[] {RULE + 1})) {
                if (!cursor.next()) {
                    return scopes;
                }
                long scope = ByteBuffer.wrap(cursor.key(), 1, Long.BYTES).getLong();
                scopes.add(scope);
                from = scope + 1;
            }
        }
    }

    /** A bucket's history is gone, and with it what could bring its rules back. */
    static void forgetRules(Commit commit, long scope) throws IOException {
        for (TtlRule rule : rules(commit, scope)) {
            commit.delete(Family.DUE, ruleKey(scope, rule.prefix()));
        }
    }

    private static String prefixOf(byte[] ruleKey) {
        return new String(ruleKey, 1 + Long.BYTES, ruleKey.length - 1 - Long.BYTES, StandardCharsets.UTF_8);
    }
}
