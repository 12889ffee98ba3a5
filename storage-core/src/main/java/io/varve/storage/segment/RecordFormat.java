package io.varve.storage.segment;

import io.varve.storage.fingerprint.Fingerprint;
import io.varve.storage.io.BlockDevice;
import io.varve.storage.io.FileHeader;
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

    /** The file header's block comes before the first record. */
    static final int FIRST_OFFSET = BlockDevice.BLOCK;

    static final String FILE_MAGIC = "VARVESEG";
    static final int VERSION = 1;

    /** "VCHR" on disk. Its first byte is not zero, which tells a header from padding. */
    static final int MAGIC = 0x52484356;

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
