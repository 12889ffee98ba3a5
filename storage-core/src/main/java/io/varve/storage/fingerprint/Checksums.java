package io.varve.storage.fingerprint;

import com.dynatrace.hash4j.hashing.ByteAccess;
import com.dynatrace.hash4j.hashing.Hasher64;
import com.dynatrace.hash4j.hashing.Hashing;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Objects;
import java.util.zip.CRC32C;

/**
 * Checksums that notice accidental damage. They are no protection against intent: identity is {@link Fingerprint}'s matter.
 *
 * <p>All functions leave the buffer's position and limit as they are, accept heap and direct buffers of either byte order with
 * equal results, and may be called by any thread.
 */
public final class Checksums {

    private static final Hasher64 XXH3 = Hashing.xxh3_64();
    private static final ByteAccess<ByteBuffer> BUFFER_ACCESS = ByteAccess.forByteBuffer(ByteOrder.LITTLE_ENDIAN);

    private Checksums() {}

    /** CRC-32C (Castagnoli, RFC 3720 section 12.1) of the remaining bytes. */
    public static int crc32c(ByteBuffer bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes.duplicate());
        return (int) crc.getValue();
    }

    /** XXH3-64 with seed 0 (xxHash specification 0.2.0) of the remaining bytes. */
    public static long xxh3(ByteBuffer bytes) {
        if (bytes.hasArray()) {
            return xxh3(bytes.array(), bytes.arrayOffset() + bytes.position(), bytes.remaining());
        }
        ByteBuffer view = bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        return XXH3.hashBytesToLong(view, view.position(), view.remaining(), BUFFER_ACCESS);
    }

    /**
     * XXH3-64 with seed 0 of a run of an array.
     *
     * @throws IndexOutOfBoundsException if the run does not lie inside the array
     */
    public static long xxh3(byte[] bytes, int offset, int length) {
        Objects.checkFromIndexSize(offset, length, bytes.length);
        return length >= Xxh3Lanes.INPUT_BYTES_MIN && VectorLanes.haveXxh3()
                ? Xxh3Lanes.hash(bytes, offset, length)
                : xxh3Scalar(bytes, offset, length);
    }

    static long xxh3Scalar(byte[] bytes, int offset, int length) {
        return XXH3.hashBytesToLong(bytes, offset, length);
    }
}
