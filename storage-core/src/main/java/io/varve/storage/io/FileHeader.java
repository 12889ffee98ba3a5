package io.varve.storage.io;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.UUID;
import java.util.zip.CRC32C;

/**
 * The first block of every file that the store writes by itself: which kind of file, which version of its format, which store, and
 * two numbers whose meaning the kind defines. The layout is in {@code docs/format.md}, "File header".
 *
 * @param magic the kind: eight ASCII characters
 * @param version the version of the kind's format, from 1
 * @param storeId the store that wrote the file
 * @param number the kind's first number
 * @param origin the kind's second number
 */
public record FileHeader(String magic, int version, UUID storeId, long number, long origin) {

    private static final int MAGIC_BYTES = 8;
    private static final int CRC_AT = 12;
    private static final int ID_BYTES = 16;
    private static final int MORE_AT = 48;

    public FileHeader {
        if (magic.length() != MAGIC_BYTES || !US_ASCII.newEncoder().canEncode(magic)) {
            throw new IllegalArgumentException("Not eight ASCII characters: " + magic);
        }
        if (version < 1) {
            throw new IllegalArgumentException("Format versions begin with 1, not " + version + ".");
        }
    }

    /** Writes the block and advances the position by {@link BlockDevice#BLOCK}. */
    public void write(ByteBuffer target) {
        write(target, new byte[0]);
    }

    /**
     * Writes the block with more behind its fields, which the kind defines, and advances the position by {@link BlockDevice#BLOCK}.
     *
     * @param more at most as many bytes as the rest of a block has
     */
    public void write(ByteBuffer target, byte[] more) {
        ByteBuffer block = target.slice(target.position(), BlockDevice.BLOCK).order(ByteOrder.LITTLE_ENDIAN);
        block.put(magic.getBytes(US_ASCII)).putInt(version).putInt(0);
        writeId(storeId, block);
        block.putLong(number).putLong(origin).put(more);
        while (block.hasRemaining()) {
            block.put((byte) 0);
        }
        block.putInt(CRC_AT, crc(block));
        target.position(target.position() + BlockDevice.BLOCK);
    }

    /**
     * Reads a block and checks what it says about itself; the buffer's position does not move.
     *
     * @param file the file's name, for messages
     * @throws CorruptionException if the block is no header, or a damaged one
     */
    public static FileHeader read(ByteBuffer source, String file) throws CorruptionException {
        if (source.remaining() < BlockDevice.BLOCK) {
            throw new CorruptionException(file + " has no header: it ends after " + source.remaining() + " bytes.");
        }
        ByteBuffer block = source.slice(source.position(), BlockDevice.BLOCK).order(ByteOrder.LITTLE_ENDIAN);
        if (block.getInt(CRC_AT) != crc(block)) {
            throw new CorruptionException(file + " has a damaged header (its checksum does not match).");
        }
        byte[] magic = new byte[MAGIC_BYTES];
        block.get(magic);
        int version = block.getInt();
        block.getInt();
        ByteBuffer id = block.slice(block.position(), ID_BYTES);
        UUID storeId = new UUID(id.getLong(), id.getLong());
        block.position(block.position() + ID_BYTES);
        long number = block.getLong();
        long origin = block.getLong();
        for (byte character : magic) {
            if (character < 0) {
                throw new CorruptionException(file + " is not a file of this store: its kind is unreadable.");
            }
        }
        if (version < 1) {
            throw new CorruptionException(file + " is not a file of this store: format version " + version + ".");
        }
        return new FileHeader(new String(magic, US_ASCII), version, storeId, number, origin);
    }

    /** What the kind wrote behind the fields of a block that was read; the buffer's position does not move. */
    public static byte[] more(ByteBuffer source, int length) {
        byte[] more = new byte[length];
        source.get(source.position() + MORE_AT, more);
        return more;
    }

    /**
     * Checks that this is the header one expects.
     *
     * @param file the file's name, for messages
     * @param versionMax the newest version of the format that the caller knows; older ones are accepted
     * @throws CorruptionException if the kind is another
     * @throws IOException if the version is newer or the store another: nothing is damaged, but the file does not belong here
     */
    public void require(String file, String expectedMagic, int versionMax, UUID expectedStoreId) throws IOException {
        if (!magic.equals(expectedMagic)) {
            throw new CorruptionException(
                    file + " is of the wrong kind: " + magic + " stands where " + expectedMagic + " is expected.");
        }
        if (version > versionMax) {
            throw new IOException(file + " has format version " + version + ", but this program knows versions up to "
                    + versionMax + ". Start a newer program on this data directory.");
        }
        if (!storeId.equals(expectedStoreId)) {
            throw new IOException(file + " belongs to the store " + storeId + ", not to this one (" + expectedStoreId
                    + "). Move it out of the data directory.");
        }
    }

    /** Writes an id in the order of its text (RFC 9562 section 4) and advances the position by 16; the byte order does not matter. */
    public static void writeId(UUID id, ByteBuffer target) {
        target.slice(target.position(), ID_BYTES)
                .putLong(id.getMostSignificantBits())
                .putLong(id.getLeastSignificantBits());
        target.position(target.position() + ID_BYTES);
    }

    /** Over the whole block with the field itself as zero. */
    private static int crc(ByteBuffer block) {
        CRC32C crc = new CRC32C();
        crc.update(block.slice(0, CRC_AT));
        crc.update(new byte[Integer.BYTES]);
        crc.update(block.slice(CRC_AT + Integer.BYTES, BlockDevice.BLOCK - CRC_AT - Integer.BYTES));
        return (int) crc.getValue();
    }
}
