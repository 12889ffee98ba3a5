package io.varve.storage.cache;

import io.varve.storage.fingerprint.Checksums;
import io.varve.storage.io.CorruptionException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * What stands before the bytes of an entry: 64 bytes and the key. The layout is in {@code docs/format.md}, "Raw cache".
 *
 * @param fill the filling of the segment that it belongs to
 * @param sequence which of several records of a key is the newest
 * @param xxh3 the checksum of the stored bytes
 * @param expiresMillis when it is no longer valid, in milliseconds since 1970; 0 for never
 * @param storedLength how many bytes follow the key
 * @param plainLength how many they are decoded
 * @param tag the hash of its tag; 0 for none
 * @param keyLength the key's length
 * @param codec how the bytes are encoded, by its id
 * @param flags {@link #TOMBSTONE}, {@link #REPLACES}, {@link #PIECES}
 */
record EntryHeader(
        long fill,
        long sequence,
        long xxh3,
        long expiresMillis,
        int storedLength,
        int plainLength,
        int tag,
        int keyLength,
        int codec,
        int flags) {
    /** Length without the key. */
    static final int BYTES = 64;

    /** The key is deleted. */
    static final int TOMBSTONE = 1;

    /** There may be older records of the key in other segments. */
    static final int REPLACES = 2;

    /** The key of a tombstone that stands for one known by its hash alone is that hash, big endian. */
    static final int BY_HASH = 4;

    /** The data are a {@link PieceList}; together with {@link #BY_HASH}, a piece of a value. */
    static final int PIECES = 8;

    /** All flags of a piece. */
    static final int PIECE = PIECES | BY_HASH;

    private static final int MAGIC = 0x4E454356;
    private static final int CRC_FROM = 8;

    /** The length of the whole entry, up to the next multiple of {@link Slot#UNIT}. */
    int entryBytes() {
        return entryBytes(keyLength, storedLength);
    }

    static int entryBytes(int keyLength, int storedLength) {
        return Math.addExact(BYTES + keyLength + Slot.UNIT - 1, storedLength) & -Slot.UNIT;
    }

    /** Where the stored bytes begin. */
    int dataAt() {
        return BYTES + keyLength;
    }

    boolean isTombstone() {
        return (flags & TOMBSTONE) != 0;
    }

    /** Whether it says that older records of its key are void, for which it must not be lost. */
    static boolean ordersOthers(int flags) {
        return (flags & (TOMBSTONE | REPLACES)) != 0;
    }

    static boolean isList(int flags) {
        return (flags & PIECE) == PIECES && (flags & TOMBSTONE) == 0;
    }

    static boolean isPiece(int flags) {
        return (flags & PIECE) == PIECE && (flags & TOMBSTONE) == 0;
    }

    boolean isList() {
        return isList(flags);
    }

    boolean isPiece() {
        return isPiece(flags);
    }

    boolean expiredAt(long nowMillis) {
        return expiresMillis != 0 && expiresMillis <= nowMillis;
    }

    EntryHeader in(long newFill, long newSequence, int newFlags) {
        return new EntryHeader(
                newFill, newSequence, xxh3, expiresMillis, storedLength, plainLength, tag, keyLength, codec, newFlags);
    }

    /** Writes header and key at an index of the buffer. */
    void write(ByteBuffer target, int at, byte[] key) {
        ByteBuffer header = target.slice(at, BYTES + keyLength).order(ByteOrder.LITTLE_ENDIAN);
        header.putInt(MAGIC)
                .putInt(0)
                .putLong(fill)
                .putLong(sequence)
                .putLong(xxh3)
                .putLong(expiresMillis)
                .putInt(storedLength)
                .putInt(plainLength)
                .putInt(tag)
                .putShort((short) keyLength)
                .put((byte) codec)
                .put((byte) flags)
                .putLong(0)
                .put(key, 0, keyLength);
        header.putInt(4, crc(header));
    }

    /**
     * Reads a header and verifies it together with its key.
     *
     * @param source whose bytes from {@code at} on are the entry, at least as far as it reaches
     * @throws CorruptionException if there is no intact header
     */
    static EntryHeader read(ByteBuffer source, int at) throws CorruptionException {
        ByteBuffer entry = source.slice(at, source.limit() - at).order(ByteOrder.LITTLE_ENDIAN);
        if (entry.capacity() < BYTES || entry.getInt(0) != MAGIC) {
            throw new CorruptionException("No entry begins here.");
        }
        int keyLength = entry.getShort(52) & 0xFFFF;
        if (keyLength == 0 || keyLength > entry.capacity() - BYTES) {
            throw new CorruptionException("An entry's key has " + keyLength + " bytes.");
        }
        if (entry.getInt(4) != crc(entry.slice(0, BYTES + keyLength))) {
            throw new CorruptionException("An entry's header does not verify.");
        }
        EntryHeader header = new EntryHeader(
                entry.getLong(8),
                entry.getLong(16),
                entry.getLong(24),
                entry.getLong(32),
                entry.getInt(40),
                entry.getInt(44),
                entry.getInt(48),
                keyLength,
                entry.get(54) & 0xFF,
                entry.get(55) & 0xFF);
        if (header.storedLength < 0 || header.plainLength < 0) {
            throw new CorruptionException("An entry claims " + header.storedLength + " bytes.");
        }
        return header;
    }

    /** The key of the entry at an index. */
    byte[] key(ByteBuffer source, int at) {
        byte[] key = new byte[keyLength];
        source.get(at + BYTES, key);
        return key;
    }

    boolean hasKey(ByteBuffer source, int at, byte[] key) {
        return keyLength == key.length && Arrays.equals(key(source, at), key);
    }

    /** The hash that the index has for it. */
    long hash(ByteBuffer source, int at) {
        byte[] key = key(source, at);
        return isTombstone() && (flags & BY_HASH) != 0 ? ByteBuffer.wrap(key).getLong() : hash(key);
    }

    static long hash(byte[] key) {
        return Checksums.xxh3(key, 0, key.length);
    }

    /**
     * Takes the stored bytes out and checks them.
     *
     * @throws CorruptionException if they are not all there, or do not verify
     */
    byte[] data(ByteBuffer source, int at) throws CorruptionException {
        if (storedLength > source.limit() - at - dataAt()) {
            throw new CorruptionException("An entry claims " + storedLength + " bytes.");
        }
        byte[] data = new byte[storedLength];
        copyData(source, at, data, 0);
        return data;
    }

    /**
     * As {@link #data}, into a place in an array: what is checked is the copy, whoever changes the source meanwhile.
     *
     * @throws CorruptionException if they are not all there, or do not verify; the place then holds anything
     */
    void copyData(ByteBuffer source, int at, byte[] target, int offset) throws CorruptionException {
        if (storedLength > source.limit() - at - dataAt()) {
            throw new CorruptionException("An entry claims " + storedLength + " bytes.");
        }
        source.get(at + dataAt(), target, offset, storedLength);
        if (Checksums.xxh3(target, offset, storedLength) != xxh3) {
            throw new CorruptionException("An entry's bytes do not verify.");
        }
    }

    private static int crc(ByteBuffer header) {
        CRC32C crc = new CRC32C();
        crc.update(header.slice(CRC_FROM, header.capacity() - CRC_FROM));
        return (int) crc.getValue();
    }
}
