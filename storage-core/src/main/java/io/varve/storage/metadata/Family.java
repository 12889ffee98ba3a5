package io.varve.storage.metadata;

import io.varve.storage.io.CorruptionException;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The key spaces of the metadata store. Each is ordered and scanned on its own; a batch changes any of them together.
 *
 * <p>Ids and names are on disk (in the journal's batches and as names of column families): a constant keeps both for ever, a
 * new one takes the next free id, and the id of a removed one is not used again. The bytes of keys and values are described in
 * {@code docs/format.md} and belong to the package that writes them.
 */
public enum Family {
    /** Setting or mark of the store itself, by name → its value; "applied" is the last commit sequence that is in this store. */
    SYSTEM(0),
    /** Bucket name → the bucket: id, root directory, versioning, retention, quota, policies. */
    BUCKETS(1),
    /** (directory id, escaped name) → what listings show of the current version, or the child directory's id. */
    NOW(2),
    /** (directory id, escaped name, descending sequence) → a version that is no longer current, with the end of its validity. */
    PAST(3),
    /** Fingerprint → where the chunk lies and how it is encoded, or the chunk itself when it is small. */
    CHUNKS(4),
    /** Fingerprint → how many manifests, manifest pages and delta chunks hold the chunk. */
    COUNTS(5, true),
    /** Fingerprint whose count went down → nothing; the only thing garbage collection scans. */
    CANDIDATES(6),
    /** (Segment id, measure) → how many bytes or chunks of the segment are stored or dead. */
    SEGMENTS(7, true),
    /** (Scope such as bucket or store, measure) → objects and bytes, now and in history. */
    USAGE(8, true),
    /** Upload id → an open multipart upload: where it goes and with what attributes. */
    UPLOADS(9),
    /** (Upload id, part number) → a part that was stored for it. */
    PARTS(10),
    /** (Lease id, fingerprint or page) → what an open upload keeps alive. */
    LEASES(11),
    /** Lock token, and (directory id, escaped name) of what is locked → the WebDAV lock. */
    LOCKS(12),
    /** User name → role and encrypted secret. */
    USERS(13),
    /** Access key id → its user and encrypted secret. */
    KEYS(14),
    /** Commit sequence → what changed, for notifications and for synchronising clients. */
    CHANGES(15),
    /** (Scope, moment when a version may go, the version's PAST key) → nothing; what expiry scans. */
    ENDED(16),
    /** (Stage, commit sequence, content) → a version whose chunks wait for a better encoding. */
    WAITING(17),
    /** (Base, delta), both by the beginning of their fingerprints → nothing; who stands on whom. */
    DELTAS(18),
    /** (Super-feature, chunk) and (chunk) → its super-features; where similar chunks are found. */
    FEATURES(19),
    /** Fingerprint of a chunk that did not verify → when that was found, and what is wrong. */
    DAMAGED(24),
    /** (Moment, directory id, name) → nothing; which files go by themselves, and when. And the buckets' rules for that. */
    DUE(25),
    /** Segment id → when each stretch of it was last read. */
    ACCESS(26);

    /** Highest id that the encoding of a batch has room for. */
    static final int ID_MAX = 63;

    private static final @Nullable Family[] BY_ID = byId();

    private final int id;
    private final boolean counter;
    private final String storedName;

    Family(int id) {
        this(id, false);
    }

    Family(int id, boolean counter) {
        this.id = id;
        this.counter = counter;
        this.storedName = name().toLowerCase(Locale.ROOT);
    }

    /** Returns the id that stands for this family on disk, 0 to {@value #ID_MAX}. */
    public int id() {
        return id;
    }

    /**
     * Tells whether the values are signed 64-bit counters (8 bytes, little endian), which alone may be changed by
     * {@linkplain Batch#add adding}.
     */
    public boolean counter() {
        return counter;
    }

    /** Returns the name that stands for this family in the store's own files. */
    String storedName() {
        return storedName;
    }

    /** Returns the family with this id, or throws if this version of Varve knows none. */
    static Family ofId(int id) throws CorruptionException {
        @Nullable Family family = id >= 0 && id < BY_ID.length ? BY_ID[id] : null;
        if (family == null) {
            throw new CorruptionException(
                    "A metadata batch names family " + id + ", which this version of Varve does not know");
        }
        return family;
    }

    private static @Nullable Family[] byId() {
        int highest = Arrays.stream(values()).mapToInt(Family::id).max().orElseThrow();
        if (highest > ID_MAX) {
            throw new AssertionError("a family id must fit into 6 bits, not " + highest);
        }
        @Nullable Family[] families = new Family[highest + 1];
        for (Family family : values()) {
            if (families[family.id] != null) {
                throw new AssertionError(family + " and " + families[family.id] + " have the same id");
            }
            families[family.id] = family;
        }
        return families;
    }
}
