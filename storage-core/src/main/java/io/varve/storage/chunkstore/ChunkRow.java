package io.varve.storage.chunkstore;

import io.varve.storage.io.CorruptionException;
import io.varve.storage.segment.SegmentAddress;
import java.nio.ByteBuffer;

/**
 * What the CHUNKS family says of a chunk: how it is encoded and where its bytes are.
 *
 * <p>Form: a head byte (place in the low nibble, codec in the next three bits, the page flag in the top bit), the plain length as
 * varint, then by place: the stored bytes behind their XXH3, or a segment address. Places 2 and 3 are kept for deltas and frames.
 */
sealed interface ChunkRow {
    /** The most a chunk can hold, a guard against hostile lengths. */
    int PLAIN_BYTES_MAX = 64 << 20;

    /** The codec's id on disk. */
    int codec();

    /** Whether the chunk is a manifest page. */
    boolean page();

    /** The length of the decoded chunk in bytes. */
    int plainLength();

    /** The bytes it takes on disk, without metadata. */
    long storedBytes();

    /**
     * A small chunk that lives in its record.
     *
     * @param plainXxh3 the decoded bytes' checksum
     * @param stored the encoded bytes, read-only
     */
    record Inline(int codec, boolean page, int plainLength, long plainXxh3, ByteBuffer stored) implements ChunkRow {
        @Override
        public long storedBytes() {
            return stored.remaining();
        }
    }

    /** A chunk in a segment; its checksums stand in the segment's record. */
    record Located(int codec, boolean page, int plainLength, SegmentAddress address) implements ChunkRow {
        @Override
        public long storedBytes() {
            return address.end() - address.offset();
        }
    }

    int PLACE_INLINE = 0;
    int PLACE_SEGMENT = 1;
    int CODEC_MAX = 7;

    static byte[] encode(ChunkRow record) {
        ByteBuffer target = ByteBuffer.allocate(1
                + Varint.BYTES_MAX
                + switch (record) {
                    case Inline inline -> Long.BYTES + inline.stored.remaining();
                    case Located ignored -> SegmentAddress.BYTES;
                });
        int place = record instanceof Inline ? PLACE_INLINE : PLACE_SEGMENT;
        target.put((byte) (place | record.codec() << 4 | (record.page() ? 0x80 : 0)));
        Varint.write(target, record.plainLength());
        switch (record) {
            case Inline inline -> target.putLong(inline.plainXxh3).put(inline.stored.duplicate());
            case Located located -> located.address.write(target);
        }
        byte[] bytes = new byte[target.position()];
        target.flip().get(bytes);
        return bytes;
    }

    /**
     * Reads what {@link #encode} wrote.
     *
     * @throws CorruptionException if it is no such record
     */
    static ChunkRow decode(byte[] bytes) throws CorruptionException {
        ByteBuffer source = ByteBuffer.wrap(bytes);
        if (bytes.length < 2) {
            throw new CorruptionException("A chunk record of " + bytes.length + " bytes.");
        }
        int head = source.get();
        boolean page = (head & 0x80) != 0;
        int codec = head >> 4 & CODEC_MAX;
        int plainLength = Varint.readInt(source, PLAIN_BYTES_MAX);
        return switch (head & 0x0F) {
            case PLACE_INLINE -> {
                if (source.remaining() < Long.BYTES) {
                    throw new CorruptionException("A chunk record is cut short.");
                }
                yield new Inline(
                        codec,
                        page,
                        plainLength,
                        source.getLong(),
                        source.slice().asReadOnlyBuffer());
            }
            case PLACE_SEGMENT -> new Located(codec, page, plainLength, SegmentAddress.read(source));
            default -> throw new CorruptionException("A chunk record of an unknown kind: " + (head & 0x0F) + ".");
        };
    }
}
