package io.varve.storage.chunkstore;

import io.varve.storage.fingerprint.Fingerprint;
import java.nio.ByteBuffer;

/** Keys of the families that belong to chunks. */
final class ChunkKeys {
    private ChunkKeys() {}

    /** CHUNKS, COUNTS, CANDIDATES: the fingerprint. */
    static byte[] chunk(Fingerprint chunk) {
        ByteBuffer key = ByteBuffer.allocate(Fingerprint.BYTES);
        chunk.write(key);
        return key.array();
    }

    /** The first chunk's key in the order of keys whose fingerprint begins with these 8 bytes. */
    static byte[] beginning(long beginning) {
        return ByteBuffer.allocate(Long.BYTES).putLong(beginning).array();
    }

    /** DELTAS: the first 8 bytes of the base's fingerprint and of the delta's. */
    static byte[] delta(Fingerprint base, Fingerprint delta) {
        return ByteBuffer.allocate(2 * Long.BYTES)
                .putLong(base.a())
                .putLong(delta.a())
                .array();
    }

    /** SEGMENTS: the segment's id, 4 bytes big-endian. */
    static byte[] segment(int segment) {
        return ByteBuffer.allocate(Integer.BYTES).putInt(segment).array();
    }

    static int segment(byte[] key) {
        return ByteBuffer.wrap(key).getInt();
    }

    /** LEASES: the lease's id, 8 bytes, and the page's fingerprint. */
    static byte[] lease(long lease, Fingerprint page) {
        ByteBuffer key = ByteBuffer.allocate(Long.BYTES + Fingerprint.BYTES).putLong(lease);
        page.write(key);
        return key.array();
    }

    /** The fingerprint at the end of a CANDIDATES, CHUNKS, COUNTS or LEASES key. */
    static Fingerprint fingerprint(byte[] key) {
        return Fingerprint.read(ByteBuffer.wrap(key, key.length - Fingerprint.BYTES, Fingerprint.BYTES));
    }
}
