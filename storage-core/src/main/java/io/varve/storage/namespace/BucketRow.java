package io.varve.storage.namespace;

import io.varve.storage.chunkstore.Content;
import io.varve.storage.chunkstore.Varint;
import io.varve.storage.io.CorruptionException;
import io.varve.storage.namespace.PastRow.Cause;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The value of a BUCKETS row.
 *
 * <p>A bucket that is deleted, or whose whole tree is replaced by a restored one, leaves its former root as a history row of {@link
 * NameKeys#NOWHERE}, so that earlier moments find it.
 *
 * @param rootDirectory the id of its root directory
 * @param created the commit that made it
 * @param owner who made it
 * @param settings settings of the bucket by name
 * @param since the commit since which this root is the bucket's
 * @param scope what its versions are filed under for retention: the id of its first root
 */
record BucketRow(long rootDirectory, long created, String owner, Attributes settings, long since, long scope) {
    /** The setting that holds the bucket's own retention. */
    static final String RETENTION = "r:retention";

    /** The setting that holds the state of versioning. */
    static final String VERSIONING = "r:versioning";

    /** The setting that says whether versions can be locked, and what new ones get. */
    static final String OBJECT_LOCK = "r:object-lock";

    /** The setting that limits the bytes of its current files, in decimal. */
    static final String QUOTA = "r:quota";

    private static final String OWNER = "b:owner";
    private static final String CREATED = "b:created";
    private static final String SCOPE = "b:scope";

    /** A new bucket. */
    static BucketRow created(long rootDirectory, long sequence, String owner) {
        return new BucketRow(rootDirectory, sequence, owner, Attributes.NONE, sequence, rootDirectory);
    }

    /** This bucket as the one of before come back. */
    BucketRow continuing(BucketRow past) {
        return new BucketRow(rootDirectory, created, past.owner, past.settings, since, past.scope);
    }

    BucketRow withSettings(Attributes changed) {
        return new BucketRow(rootDirectory, created, owner, changed, since, scope);
    }

    BucketRow withRoot(long root, long from) {
        return new BucketRow(root, created, owner, settings, from, scope);
    }

    /** The bucket's own retention, or the server's. */
    RetentionPolicy retention(RetentionPolicy serverDefault) {
        return settings.get(RETENTION).flatMap(RetentionPolicy::parse).orElse(serverDefault);
    }

    Versioning versioning() {
        return settings.get(VERSIONING).flatMap(Versioning::of).orElse(Versioning.NEVER);
    }

    Optional<ObjectLock> objectLock() {
        return settings.get(OBJECT_LOCK).map(ObjectLock::of);
    }

    OptionalLong quotaBytes() {
        return settings.get(QUOTA).stream().mapToLong(Long::parseLong).findFirst();
    }

    byte[] encode() {
        ByteBuffer row = ByteBuffer.allocate(
                4 * Long.BYTES + Varint.BYTES_MAX + 3 * owner.length() + Rows.attributesBytesMax(settings));
        row.putLong(rootDirectory).putLong(created);
        Rows.writeText(row, Rows.utf8(owner));
        Rows.writeAttributes(row, settings);
        return Rows.trimmed(row.putLong(since).putLong(scope));
    }

    static BucketRow decode(byte[] bytes) throws CorruptionException {
        ByteBuffer row = ByteBuffer.wrap(bytes);
        long root = Rows.readLong(row);
        long created = Rows.readLong(row);
        String owner = Rows.readText(row);
        Attributes settings = Rows.readAttributes(row);
        return row.hasRemaining()
                ? new BucketRow(root, created, owner, settings, Rows.readLong(row), Rows.readLong(row))
                : new BucketRow(root, created, owner, settings, created, root);
    }

    /** What history keeps of a root that is no longer the bucket's. */
    PastRow ended(long end, Cause cause) {
        Attributes kept = settings.with(OWNER, owner)
                .with(CREATED, Long.toString(created))
                .with(SCOPE, Long.toString(scope));
        EntryRow row = new EntryRow(
                Entry.Kind.DIRECTORY,
                true,
                since,
                rootDirectory,
                Optional.empty(),
                Optional.empty(),
                "",
                kept,
                Content.EMPTY);
        return new PastRow(end, cause, row);
    }

    /**
     * The bucket as it was while a former root was its root.
     *
     * @throws CorruptionException if that is no row of a former root
     */
    static BucketRow former(PastRow past) throws CorruptionException {
        Attributes kept = past.row().attributes();
        return new BucketRow(
                past.row().directory(),
                number(kept, CREATED),
                kept.get(OWNER).orElse(""),
                kept.without(OWNER).without(CREATED).without(SCOPE),
                past.row().sequence(),
                number(kept, SCOPE));
    }

    private static long number(Attributes kept, String name) throws CorruptionException {
        try {
            return Long.parseLong(kept.get(name).orElse(""));
        } catch (NumberFormatException e) {
            throw new CorruptionException("The history row of a bucket lacks " + name + ".", e);
        }
    }

    Bucket named(String name) {
        return new Bucket(
                name,
                owner,
                EntryRow.instant(created),
                rootDirectory,
                Buckets.settingsOfDoors(this),
                versioning(),
                objectLock(),
                quotaBytes());
    }
}
