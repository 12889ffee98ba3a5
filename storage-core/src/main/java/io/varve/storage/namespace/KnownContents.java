package io.varve.storage.namespace;

import static io.varve.storage.namespace.Translation.translated;

import io.varve.storage.commit.Committer;
import io.varve.storage.fingerprint.Fingerprint;
import io.varve.storage.metadata.Cursor;
import io.varve.storage.metadata.Family;
import io.varve.storage.metadata.MetadataView;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Files found by the SHA-256 of their whole content, so that who knows it can have the content under another name without sending it.
 *
 * <p>Known is what came with its hash, from {@value #BYTES_MIN} bytes on: chunks are hashed one by one, so the store itself does not know what
 * a whole file hashes to, and finding out would cost each upload as much again. A row of the family DUE leads from the hash to the file's
 * row in NOW; it is a hint that is checked where it is used. Thread-safe.
 *
 * <p>What one user may not read must not help another: each file that is found is asked for first, and who has the right for none of them hears the
 * same as if there were none.
 */
public final class KnownContents {
    /** Smaller files are sent as quickly as they are asked for. */
    public static final long BYTES_MIN = 16 << 10;

    /** How many files of the same content are looked at for one that may be read: what an answer costs has a limit. */
    public static final int LOOKED_AT_MAX = 64;

    private static final String SHA256 = Attributes.CHECKSUM + "sha256";
    private static final String TYPE = Attributes.CHECKSUM + "type";
    private static final byte KIND = 3;
    private static final int HEAD_BYTES = 1 + Fingerprint.BYTES;

    private final Committer committer;
    private final TreeChanges changes;
    private final TreeTransfers transfers;
    private final Namespace.SpaceGuard space;

    KnownContents(Committer committer, TreeChanges changes, TreeTransfers transfers, Namespace.SpaceGuard space) {
        this.committer = committer;
        this.changes = changes;
        this.transfers = transfers;
        this.space = space;
    }

    /** What a file keeps of its hash, as the doors that were told it keep it. */
    public static Attributes in(Attributes attributes, Fingerprint sha256) {
        ByteBuffer bytes = ByteBuffer.allocate(Fingerprint.BYTES);
        sha256.write(bytes);
        return attributes.with(SHA256, Base64.getEncoder().encodeToString(bytes.array()));
    }

    /**
     * Keeps with a file what its content hashes to, so that it is known from now on. No version is made. A file that was put together of parts
     * keeps checksums of those, and stays as it is.
     *
     * @param read the file that was read, which it still has to be
     * @return whether it is kept
     * @throws StorageException.PreconditionFailed if it is another by now
     */
    public boolean learn(Entry read, Fingerprint sha256, WriteOptions options) {
        if (read.attributes().get(TYPE).isPresent() || read.size() < BYTES_MIN) {
            return false;
        }
        space.requireSpace();
        WriteOptions same = options.when(current -> {
            if (current.filter(now -> isSame(now, read)).isEmpty()) {
                throw new StorageException.PreconditionFailed("'" + read.path() + "' is another file by now.");
            }
        });
        translated(() -> committer.commit(commit ->
                changes.changeRow(commit, read.path(), row -> row.withAttributes(in(row.attributes(), sha256)), same)));
        return true;
    }

    private static boolean isSame(Entry now, Entry before) {
        return now.sequence() == before.sequence() && now.content().equals(before.content());
    }

    /** What the whole content of a file hashes to, if that is kept with it, and whoever may read the file would get these bytes. */
    static Optional<Fingerprint> hash(EntryRow row) {
        Attributes attributes = row.attributes();
        Optional<String> kept = row.isDirectory() ? Optional.empty() : attributes.get(SHA256);
        boolean whole = attributes.get(TYPE).filter("COMPOSITE"::equals).isEmpty()
                && attributes.get(Attributes.SEALED).isEmpty();
        return kept.filter(ignored -> whole).flatMap(KnownContents::parsed);
    }

    private static Optional<Fingerprint> parsed(String base64) {
        try {
            byte[] bytes = Base64.getDecoder().decode(base64);
            return bytes.length == Fingerprint.BYTES
                    ? Optional.of(Fingerprint.read(ByteBuffer.wrap(bytes)))
                    : Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.empty(); // A client of S3 may call any text a checksum of an upload that is not complete.
        }
    }

    // ---- rows

    /** The row that leads to a file; empty if it is not known by its hash. */
    static Optional<byte[]> key(EntryRow row, long directory, byte[] name) {
        if (row.attributes().isEmpty() || row.content().length() < BYTES_MIN) {
            return Optional.empty();
        }
        return hash(row).map(sha256 -> {
            byte[] key = Arrays.copyOf(head(sha256), HEAD_BYTES + Long.BYTES + name.length);
            ByteBuffer.wrap(key, HEAD_BYTES, key.length - HEAD_BYTES)
                    .putLong(directory)
                    .put(name);
            return key;
        });
    }

    private static byte[] head(Fingerprint sha256) {
        byte[] head = new byte[HEAD_BYTES];
        sha256.write(ByteBuffer.wrap(head).put(KIND));
        return head;
    }

    private static byte[] nowKeyOf(byte[] key) {
        byte[] nowKey = new byte[key.length - HEAD_BYTES];
        System.arraycopy(key, HEAD_BYTES, nowKey, 0, nowKey.length);
        return nowKey;
    }

    // ---- finding and copying

    /**
     * Finds a current file with a content, among those that somebody may read.
     *
     * @param sha256 of the whole content
     * @param size its length in bytes; with less than {@value #BYTES_MIN} nothing is found
     * @param readable whether a file may be read by who asks
     */
    public Optional<Entry> find(Fingerprint sha256, long size, Predicate<EntryPath> readable) {
        return translated(() -> {
            MetadataView view = committer.view();
            try (Cursor cursor = view.scanPrefix(Family.DUE, head(sha256))) {
                for (int looked = 0; looked < LOOKED_AT_MAX && cursor.next(); looked++) {
                    Optional<Entry> entry = entry(view, nowKeyOf(cursor.key()), sha256, size);
                    if (entry.isPresent() && readable.test(entry.get().path())) {
                        return entry;
                    }
                }
            }
            return Optional.empty();
        });
    }

    private static Optional<Entry> entry(MetadataView view, byte[] nowKey, Fingerprint sha256, long size)
            throws IOException {
        byte[] name = NameKeys.nameBytesOf(nowKey);
        long directory = NameKeys.directoryOf(nowKey);
        EntryRow row = new Tree(view).row(directory, name);
        if (row == null || row.content().length() != size || !isOf(row, sha256)) {
            return Optional.empty();
        }
        return DueIndex.locate(view, directory).map(place -> row.at(place.path().child(NameKeys.text(name))));
    }

    private static boolean isOf(EntryRow row, Fingerprint sha256) {
        return hash(row).filter(sha256::equals).isPresent();
    }

    /**
     * Puts the content of a file that was found under another name, as if it had been sent: with its type and checksums, and nothing else of
     * what is said of the file. Quota, locks and preconditions hold as for any write.
     *
     * @param known what {@link #find} found
     * @param modified the modification time to show; empty: the time of the commit
     * @param overwrite whether a file that is there may be replaced
     * @throws StorageException.NoSuchEntry if the file has other content by now, or is not there any more
     */
    public PutResult copy(
            Entry known, EntryPath target, Optional<Instant> modified, boolean overwrite, WriteOptions options) {
        PathRules.requireLegal(target);
        space.requireSpace();
        WriteOptions same = options.whenSource(current -> {
            if (current.filter(now -> isSame(now, known)).isEmpty()) {
                throw new StorageException.NoSuchEntry(known.path());
            }
        });
        Placement place = new Placement(target, overwrite, false, same);
        return translated(() -> committer.commit(commit -> {
            PutRequest request = new PutRequest(
                    known.contentType(),
                    attributes(known, changes.edit(commit).find(target)),
                    modified,
                    Optional.empty(),
                    true);
            return transfers.copyFile(commit, known.path(), Optional.of(request), place);
        }));
    }

    /** The checksums, which are of the bytes, and the properties of what is replaced, as with any write to a file. */
    private static Attributes attributes(Entry known, Optional<Entry> replaced) {
        Attributes before = replaced.map(Entry::attributes).orElse(Attributes.NONE);
        return known.attributes().only(Attributes.CHECKSUM).withAll(before.only(Attributes.PROPERTY));
    }
}
