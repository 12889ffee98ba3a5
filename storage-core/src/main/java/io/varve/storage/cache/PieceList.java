package io.varve.storage.cache;

import io.varve.storage.io.CorruptionException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * What stands at the key of a value that is too long for one entry: which pieces it has. Each is an entry of its own, whose key nobody has
 * used before, so the pieces of two values never mix: a list and the pieces that it names are one value, or one of them is missing. The
 * layout is in {@code docs/format.md}, "Raw cache".
 *
 * @param id a number that no other value in pieces of this file has
 * @param storedBytes the lengths of all pieces as stored, together
 * @param length the value's length in bytes
 * @param pieceBytes the length of all pieces but the last
 */
record PieceList(long id, long storedBytes, int length, int pieceBytes) {
    /** The length of a list. */
    static final int BYTES = 24;

    /** The length of a piece's key. */
    static final int KEY_BYTES = 12;

    /** What stands for a codec in the header of a list. */
    static final int CODEC = 255;

    PieceList {
        if (length <= 0 || length > RawCache.VALUE_BYTES_MAX || pieceBytes <= 0) {
            throw new IllegalArgumentException(length + " bytes in pieces of " + pieceBytes + " cannot be.");
        }
    }

    /** How many pieces there are. */
    int count() {
        return Math.ceilDiv(length, pieceBytes);
    }

    /** Where a piece begins in the value. */
    int start(int piece) {
        return piece * pieceBytes;
    }

    /** A piece's length, decoded. */
    int length(int piece) {
        return Math.min(pieceBytes, length - start(piece));
    }

    byte[] key(int piece) {
        return ByteBuffer.allocate(KEY_BYTES).putLong(id).putInt(piece).array();
    }

    PieceList withStoredBytes(long bytes) {
        return new PieceList(id, bytes, length, pieceBytes);
    }

    /** Its bytes. */
    ByteBuffer encoded() {
        return ByteBuffer.allocate(BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(id)
                .putLong(storedBytes)
                .putInt(length)
                .putInt(pieceBytes)
                .flip();
    }

    /**
     * Reads one.
     *
     * @throws CorruptionException if these bytes are none
     */
    static PieceList read(byte[] bytes) throws CorruptionException {
        if (bytes.length != BYTES) {
            throw new CorruptionException("A list of pieces has " + bytes.length + " bytes.");
        }
        ByteBuffer list = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        try {
            return new PieceList(list.getLong(0), list.getLong(8), list.getInt(16), list.getInt(20));
        } catch (IllegalArgumentException e) {
            throw new CorruptionException("A list of pieces does not verify: " + e.getMessage(), e);
        }
    }
}
