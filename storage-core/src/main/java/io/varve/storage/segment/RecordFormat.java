package io.varve.storage.segment;

import io.varve.storage.fingerprint.Fingerprint;
import io.varve.storage.io.BlockDevice;
import io.varve.storage.io.CorruptionException;
import io.varve.storage.io.FileHeader;
import io.varve.storage.sealing.FileKey;
import io.varve.storage.sealing.FileSealer;
import io.varve.storage.sealing.LentBytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;
import java.util.UUID;
import java.util.zip.CRC32C;

/**
 * The binary form of record headers.
 *
 * <p>A header's checksum also covers where it belongs: store, segment and offset. So what a disk wrote to the wrong place, what is
 * left over from a deleted segment, and what a user stored that happens to be a segment of his own never passes for a record; and a
 * scan may look for headers at every offset.
 */
final class RecordFormat {

    static final int HEADER_BYTES = 64;

    /** The file header's block comes before the first record; in a sealed segment, two. */
    static final int FIRST_OFFSET = BlockDevice.BLOCK;

    static final String FILE_MAGIC = "VARVESEG";
    /** "VCHR" on disk. Its first byte is not zero, which tells a header from padding. */
    static final int MAGIC = 0x52484356;

    /** "VCHS" on disk: the header of a sealed record, of the same length. */
    static final int SEALED_MAGIC = 0x53484356;

    /** What sealing adds to a payload. */
    static final int OVERHEAD = FileKey.OVERHEAD;

    /** The fields of a sealed header that are encrypted, as one with the payload. */
    static final int SECRET_BYTES = 48;

    static final int SECRET_AT = HEADER_BYTES - SECRET_BYTES;

    private static final int CRC_AT = 4;
    private static final int FIELDS_AT = 8;
    private static final int PLACE_BYTES = 24;

    private final UUID storeId;

    RecordFormat(UUID storeId) {
        this.storeId = storeId;
    }

    /** A new header, ready to be read from position 0. */
    ByteBuffer encode(int segment, int offset, RecordHeader header) {
        ByteBuffer bytes = ByteBuffer.allocate(HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putInt(MAGIC).putInt(0);
        ChunkRecord chunk = header.chunk();
        chunk.fingerprint().write(bytes);
        bytes.putInt(header.storedLength()).putInt(chunk.plainLength());
        bytes.put((byte) chunk.codec()).put((byte) chunk.flags()).putShort((short) 0);
        bytes.putInt(header.storedCrc32c()).putLong(chunk.plainXxh3());
        return bytes.putInt(CRC_AT, crc(segment, offset, bytes.flip())).rewind();
    }

    /** The header that begins at the buffer's position, if one does that belongs to this place. The position does not move. */
    Optional<RecordHeader> decode(int segment, int offset, ByteBuffer source) {
        if (source.remaining() < HEADER_BYTES) {
            return Optional.empty();
        }
        ByteBuffer bytes = source.slice(source.position(), HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        if (bytes.getInt() != MAGIC || bytes.getInt() != crc(segment, offset, bytes)) {
            return Optional.empty();
        }
        Fingerprint fingerprint = Fingerprint.read(bytes);
        int storedLength = bytes.getInt();
        int plainLength = bytes.getInt();
        int codec = Byte.toUnsignedInt(bytes.get());
        int flags = Byte.toUnsignedInt(bytes.get());
        bytes.getShort();
        int storedCrc = bytes.getInt();
        if (storedLength < 0 || plainLength < 0) {
            return Optional.empty();
        }
        ChunkRecord chunk = new ChunkRecord(fingerprint, plainLength, codec, flags, bytes.getLong());
        return Optional.of(new RecordHeader(chunk, storedLength, storedCrc));
    }

    /** Encrypts a record: first the fields of its header, then the payload, then the tag. */
    LentBytes seal(FileSealer sealer, ChunkRecord chunk, ByteBuffer payload) {
        ByteBuffer secret = ByteBuffer.allocate(SECRET_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        chunk.fingerprint().write(secret);
        secret.putInt(chunk.plainLength())
                .put((byte) chunk.codec())
                .put((byte) chunk.flags())
                .putShort((short) 0);
        return sealer.seal(secret.putLong(chunk.plainXxh3()).flip(), payload);
    }

    /** The header of a record that {@link #seal} made. */
    ByteBuffer encodeSealed(int segment, int offset, LentBytes sealed) {
        ByteBuffer record = sealed.bytes();
        ByteBuffer bytes = ByteBuffer.allocate(HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putInt(SEALED_MAGIC)
                .putInt(0)
                .putInt(Math.toIntExact(sealed.number()))
                .putInt(record.remaining() - SECRET_BYTES);
        bytes.put(record.limit(SECRET_BYTES)).flip();
        return bytes.putInt(CRC_AT, crc(segment, offset, bytes)).rewind();
    }

    /** Whether what begins at the buffer's position looks like a sealed header. */
    static boolean looksSealed(ByteBuffer source) {
        return source.remaining() >= HEADER_BYTES
                && source.slice(source.position(), Integer.BYTES)
                                .order(ByteOrder.LITTLE_ENDIAN)
                                .getInt()
                        == SEALED_MAGIC;
    }

    /** What a sealed header says without a key: its number and the length of the payload; the position does not move. */
    Optional<SealedHeader> decodeSealed(int segment, int offset, ByteBuffer source) {
        if (!looksSealed(source)) {
            return Optional.empty();
        }
        ByteBuffer bytes = source.slice(source.position(), HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.getInt();
        if (bytes.getInt() != crc(segment, offset, bytes)) {
            return Optional.empty();
        }
        int number = bytes.getInt();
        int storedLength = bytes.getInt();
        return number < 0 || storedLength < OVERHEAD
                ? Optional.empty()
                : Optional.of(new SealedHeader(number, storedLength, bytes.slice()));
    }

    /**
     * A sealed header without its secrets.
     *
     * @param secret its encrypted fields
     */
    record SealedHeader(int number, int storedLength, ByteBuffer secret) {
        /** What its fields say, unverified but for the header's checksum. */
        RecordHeader with(FileKey key) throws CorruptionException {
            ChunkRecord chunk = fields(ByteBuffer.wrap(key.beginning(number, secret)));
            return new RecordHeader(chunk, storedLength, 0, number);
        }
    }

    /** The header's fields, as {@link #seal} had them, at the buffer's position; moves it behind them. */
    static ChunkRecord fields(ByteBuffer opened) throws CorruptionException {
        ByteBuffer bytes = opened.slice(opened.position(), SECRET_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        Fingerprint fingerprint = Fingerprint.read(bytes);
        int plainLength = bytes.getInt();
        int codec = Byte.toUnsignedInt(bytes.get());
        int flags = Byte.toUnsignedInt(bytes.get());
        bytes.getShort();
        if (plainLength < 0) {
            throw new CorruptionException("A sealed header has a length of " + plainLength + ".");
        }
        opened.position(opened.position() + SECRET_BYTES);
        return new ChunkRecord(fingerprint, plainLength, codec, flags, bytes.getLong());
    }

    /** The header that begins at the buffer's position, sealed or not, if one does that belongs to this place. */
    Optional<RecordHeader> decode(int segment, int offset, ByteBuffer source, SegmentKeys keys) throws IOException {
        if (!looksSealed(source)) {
            return decode(segment, offset, source);
        }
        Optional<SealedHeader> sealed = decodeSealed(segment, offset, source);
        return sealed.isEmpty() ? Optional.empty() : Optional.of(sealed.get().with(keys.of(segment)));
    }

    private int crc(int segment, int offset, ByteBuffer header) {
        ByteBuffer place = ByteBuffer.allocate(PLACE_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        FileHeader.writeId(storeId, place);
        place.putInt(segment).putInt(offset);
        CRC32C crc = new CRC32C();
        crc.update(place.flip());
        crc.update(header.slice(FIELDS_AT, HEADER_BYTES - FIELDS_AT));
        return (int) crc.getValue();
    }
}
