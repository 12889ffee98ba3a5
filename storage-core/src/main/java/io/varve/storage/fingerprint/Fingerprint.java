package io.varve.storage.fingerprint;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;

/**
 * The SHA-256 (FIPS 180-4) of some bytes, held as four big-endian words so that it is a plain value: equal, hashable and
 * without an array of its own.
 *
 * <p>The order is that of the 32 bytes taken as unsigned numbers, which is also the order of the hexadecimal text and of keys in
 * the metadata store.
 *
 * @param a bytes 0 to 7
 * @param b bytes 8 to 15
 * @param c bytes 16 to 23
 * @param d bytes 24 to 31
 */
public record Fingerprint(long a, long b, long c, long d) implements Comparable<Fingerprint> {

    /** Length of the binary form. */
    public static final int BYTES = 32;

    private static final HexFormat HEX = HexFormat.of();

    /** Fingerprints the remaining bytes; the buffer's position and limit stay as they are. */
    public static Fingerprint of(ByteBuffer bytes) {
        MessageDigest digest = sha256();
        digest.update(bytes.duplicate());
        return ofDigest(digest.digest());
    }

    /**
     * Fingerprints a run of an array.
     *
     * @throws IndexOutOfBoundsException if the run does not lie inside the array
     */
    public static Fingerprint of(byte[] bytes, int offset, int length) {
        Objects.checkFromIndexSize(offset, length, bytes.length);
        MessageDigest digest = sha256();
        digest.update(bytes, offset, length);
        return ofDigest(digest.digest());
    }

    /**
     * Fingerprints many runs at once, side by side in vector lanes where that is faster (see {@link VectorLanes}).
     *
     * @param runs buffers with arrays; their positions and limits stay as they are
     * @return the fingerprints of their remaining bytes, in their order
     * @throws UnsupportedOperationException if a buffer has no array
     */
    public static List<Fingerprint> ofAll(List<ByteBuffer> runs) {
        return VectorLanes.haveSha256() && Sha256Lanes.isFilledBy(runs) ? Sha256Lanes.of(runs) : oneByOne(runs);
    }

    static List<Fingerprint> oneByOne(List<ByteBuffer> runs) {
        return runs.stream()
                .map(run -> of(run.array(), run.arrayOffset() + run.position(), run.remaining()))
                .toList();
    }

    /**
     * Reads the binary form and advances the position by {@link #BYTES}. The buffer's byte order does not matter.
     *
     * @throws java.nio.BufferUnderflowException if fewer bytes remain; the position is then unchanged
     */
    public static Fingerprint read(ByteBuffer source) {
        ByteBuffer words = source.slice().order(ByteOrder.BIG_ENDIAN);
        Fingerprint fingerprint = new Fingerprint(words.getLong(), words.getLong(), words.getLong(), words.getLong());
        source.position(source.position() + BYTES);
        return fingerprint;
    }

    /**
     * Writes the binary form and advances the position by {@link #BYTES}. The buffer's byte order does not matter.
     *
     * @throws java.nio.BufferOverflowException if the buffer has less room
     */
    public void write(ByteBuffer target) {
        ByteBuffer words = target.slice().order(ByteOrder.BIG_ENDIAN);
        words.putLong(a).putLong(b).putLong(c).putLong(d);
        target.position(target.position() + BYTES);
    }

    /** The 64 lower-case hexadecimal digits. */
    public String toHex() {
        return HEX.toHexDigits(a) + HEX.toHexDigits(b) + HEX.toHexDigits(c) + HEX.toHexDigits(d);
    }

    /**
     * Reads what {@link #toHex()} wrote; upper-case digits are accepted too.
     *
     * @throws IllegalArgumentException if the text is anything but 64 hexadecimal digits
     */
    public static Fingerprint parse(String hex) {
        if (hex.length() != 2 * BYTES) {
            throw new IllegalArgumentException(
                    "A fingerprint has " + 2 * BYTES + " hexadecimal digits, not " + hex.length() + " characters.");
        }
        return new Fingerprint(word(hex, 0), word(hex, 16), word(hex, 32), word(hex, 48));
    }

    @Override
    public int compareTo(Fingerprint other) {
        int order = Long.compareUnsigned(a, other.a);
        if (order == 0) {
            order = Long.compareUnsigned(b, other.b);
        }
        if (order == 0) {
            order = Long.compareUnsigned(c, other.c);
        }
        if (order == 0) {
            order = Long.compareUnsigned(d, other.d);
        }
        return order;
    }

    /** The bytes are uniformly distributed already, so one word is as good a hash as a mix of all. */
    @Override
    public int hashCode() {
        return Long.hashCode(a);
    }

    @Override
    public String toString() {
        return toHex();
    }

    private static long word(String hex, int from) {
        return HexFormat.fromHexDigitsToLong(hex, from, from + 16);
    }

    private static Fingerprint ofDigest(byte[] digest) {
        return read(ByteBuffer.wrap(digest));
    }

    /** A new digest each time: it costs far less than hashing the smallest chunk, and a pool would need a bound and a lock. */
    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("Every Java platform must provide SHA-256 (see MessageDigest).", e);
        }
    }
}
