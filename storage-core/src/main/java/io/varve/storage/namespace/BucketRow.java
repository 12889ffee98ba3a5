package io.varve.storage.namespace;

import io.varve.storage.chunkstore.Varint;
import io.varve.storage.io.CorruptionException;
import java.nio.ByteBuffer;

/**
 * The value of a BUCKETS row.
 *
 * @param rootDirectory the id of its root directory
 * @param created the commit that made it
 * @param owner who made it
 * @param settings settings of the bucket by name
 */
record BucketRow(long rootDirectory, long created, String owner, Attributes settings) {

    byte[] encode() {
        ByteBuffer row = ByteBuffer.allocate(
                2 * Long.BYTES + Varint.BYTES_MAX + 3 * owner.length() + Rows.attributesBytesMax(settings));
        row.putLong(rootDirectory).putLong(created);
        Rows.writeText(row, Rows.utf8(owner));
        Rows.writeAttributes(row, settings);
        return Rows.trimmed(row);
    }

    static BucketRow decode(byte[] bytes) throws CorruptionException {
        ByteBuffer row = ByteBuffer.wrap(bytes);
        long root = Rows.readLong(row);
        long created = Rows.readLong(row);
        return new BucketRow(root, created, Rows.readText(row), Rows.readAttributes(row));
    }

    Bucket named(String name) {
        return new Bucket(name, owner, EntryRow.instant(created), rootDirectory);
    }
}
