package io.varve.storage.chunkstore;

import io.varve.storage.compression.Codec;
import io.varve.storage.fingerprint.Fingerprint;
import io.varve.storage.io.CorruptionException;
import io.varve.storage.segment.SegmentAddress;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * What the CHUNKS family says of a chunk: how it is encoded and where its bytes are.
 *
 * <p>Form: a head byte (place in the low nibble, codec in the next three bits, the page flag in the top bit), the plain length as
 * varint, then by place what {@code docs/format.md} says, "Chunk record".
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

    /** Where the segment record is that has its bytes; empty if the row itself has them. */
    default Optional<SegmentAddress> address() {
        return Optional.empty();
    }

    /** The chunk it is stored as difference to; empty if it is stored whole. */
    default Optional<Fingerprint> base() {
        return Optional.empty();
    }

    /**
     * A small chunk that lives in its row.
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
    record Located(int codec, boolean page, int plainLength, SegmentAddress place) implements ChunkRow {
        @Override
        public long storedBytes() {
            return place.end() - place.offset();
        }

        @Override
        public Optional<SegmentAddress> address() {
            return Optional.of(place);
        }
    }

    /**
     * A delta so small that it lives in its row.
     *
     * @param standsOn the base
     * @param plainXxh3 the decoded bytes' checksum
     * @param stored the delta, read-only
     */
    record InlineDelta(boolean page, int plainLength, Fingerprint standsOn, long plainXxh3, ByteBuffer stored)
            implements ChunkRow {
        @Override
        public int codec() {
            return Codec.ZSTD.id();
        }

        @Override
        public long storedBytes() {
            return stored.remaining();
        }

        @Override
        public Optional<Fingerprint> base() {
            return Optional.of(standsOn);
        }
    }

    /**
     * A delta in a segment; its checksums stand in the segment's record.
     *
     * @param standsOn the base, which the record's payload names too
     */
    record LocatedDelta(boolean page, int plainLength, Fingerprint standsOn, SegmentAddress place) implements ChunkRow {
        @Override
        public int codec() {
            return Codec.ZSTD.id();
        }

        @Override
        public long storedBytes() {
            return place.end() - place.offset();
        }

        @Override
        public Optional<SegmentAddress> address() {
            return Optional.of(place);
        }

        @Override
        public Optional<Fingerprint> base() {
            return Optional.of(standsOn);
        }
    }

    /**
     * A member of a frame.
     *
     * @param frame the frame's record
     * @param index the chunk's place among the members, from 0
     * @param share its share of the record in bytes: the shares of all members are together what the record takes
     */
    record Framed(boolean page, int plainLength, SegmentAddress frame, int index, int share) implements ChunkRow {
        @Override
        public int codec() {
            return Codec.ZSTD.id();
        }

        @Override
        public long storedBytes() {
            return share;
        }

        @Override
        public Optional<SegmentAddress> address() {
            return Optional.of(frame);
        }
    }

    int PLACE_INLINE = 0;
    int PLACE_SEGMENT = 1;
    int PLACE_DELTA = 2;
    int PLACE_FRAME = 3;
    int CODEC_MAX = 7;

    /** Of a delta: the row has its bytes, or a segment has. */
    byte DELTA_HERE = 0;

    byte DELTA_IN_SEGMENT = 1;

    /** Whether the chunk's own bytes are stored, alone: only such a chunk can be taken into a frame. */
    default boolean whole() {
        return this instanceof Inline || this instanceof Located;
    }

    static byte[] encode(ChunkRow row) {
        ByteBuffer target = ByteBuffer.allocate(1
                + 4 * Varint.BYTES_MAX
                + Fingerprint.BYTES
                + Long.BYTES
                + SegmentAddress.BYTES
                + switch (row) {
                    case Inline inline -> inline.stored.remaining();
                    case InlineDelta delta -> delta.stored.remaining();
                    case Located ignored -> 0;
                    case LocatedDelta ignored -> 0;
                    case Framed ignored -> 0;
                });
        int place = switch (row) {
            case Inline ignored -> PLACE_INLINE;
            case Located ignored -> PLACE_SEGMENT;
            case InlineDelta ignored -> PLACE_DELTA;
            case LocatedDelta ignored -> PLACE_DELTA;
            case Framed ignored -> PLACE_FRAME;
        };
        target.put((byte) (place | row.codec() << 4 | (row.page() ? 0x80 : 0)));
        Varint.write(target, row.plainLength());
        switch (row) {
            case Inline inline -> target.putLong(inline.plainXxh3).put(inline.stored.duplicate());
            case Located located -> located.place.write(target);
            case InlineDelta delta -> {
                delta.standsOn.write(target);
                target.put(DELTA_HERE).putLong(delta.plainXxh3).put(delta.stored.duplicate());
            }
            case LocatedDelta delta -> {
                delta.standsOn.write(target);
                delta.place.write(target.put(DELTA_IN_SEGMENT));
            }
            case Framed framed -> {
                framed.frame.write(target);
                Varint.write(target, framed.index);
                Varint.write(target, framed.share);
            }
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
                require(source, Long.BYTES);
                yield new Inline(codec, page, plainLength, source.getLong(), rest(source));
            }
            case PLACE_SEGMENT -> new Located(codec, page, plainLength, SegmentAddress.read(source));
            case PLACE_DELTA -> {
                require(source, Fingerprint.BYTES + 1);
                Fingerprint base = Fingerprint.read(source);
                yield delta(page, plainLength, base, source);
            }
            case PLACE_FRAME -> {
                SegmentAddress frame = SegmentAddress.read(source);
                int index = Varint.readInt(source, Integer.MAX_VALUE);
                yield new Framed(page, plainLength, frame, index, Varint.readInt(source, Integer.MAX_VALUE));
            }
            default -> throw new CorruptionException("A chunk record of an unknown kind: " + (head & 0x0F) + ".");
        };
    }

    private static ChunkRow delta(boolean page, int plainLength, Fingerprint base, ByteBuffer source)
            throws CorruptionException {
        byte where = source.get();
        if (where == DELTA_IN_SEGMENT) {
            return new LocatedDelta(page, plainLength, base, SegmentAddress.read(source));
        }
        if (where != DELTA_HERE) {
            throw new CorruptionException("A delta at an unknown place: " + where + ".");
        }
        require(source, Long.BYTES);
        return new InlineDelta(page, plainLength, base, source.getLong(), rest(source));
    }

    private static ByteBuffer rest(ByteBuffer source) {
        return source.slice().asReadOnlyBuffer();
    }

    private static void require(ByteBuffer source, int bytes) throws CorruptionException {
        if (source.remaining() < bytes) {
            throw new CorruptionException("A chunk record is cut short.");
        }
    }

    /** The same chunk with the same bytes in another record. */
    default ChunkRow movedTo(SegmentAddress target) {
        return switch (this) {
            case Located located -> new Located(located.codec, located.page, located.plainLength, target);
            case LocatedDelta delta -> new LocatedDelta(delta.page, delta.plainLength, delta.standsOn, target);
            case Framed framed -> new Framed(framed.page, framed.plainLength, target, framed.index, framed.share);
            case Inline ignored -> throw new IllegalStateException("A chunk in its row does not move.");
            case InlineDelta ignored -> throw new IllegalStateException("A delta in its row does not move.");
        };
    }
}
