package io.varve.storage.segment;

import io.varve.storage.io.CorruptionException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Where a record lies. Addresses sort in the order of the disk.
 *
 * @param segment the segment's id, not negative
 * @param offset where in the file the record's header begins, in bytes, from 4096
 * @param storedLength the length of the payload behind the header as it lies on disk, in bytes, not negative
 */
public record SegmentAddress(int segment, int offset, int storedLength) implements Comparable<SegmentAddress> {

    /** Length of the binary form. */
    public static final int BYTES = 12;

    public SegmentAddress {
        if (segment < 0 || offset < RecordFormat.FIRST_OFFSET || storedLength < 0) {
            throw new IllegalArgumentException(
                    "No such address: segment " + segment + ", offset " + offset + ", length " + storedLength + ".");
        }
    }

    /** Where the record ends, in bytes from the beginning of the file. */
    public long end() {
        return (long) offset + RecordFormat.HEADER_BYTES + storedLength;
    }

    /** Writes the binary form, little endian whatever the buffer's order, and advances the position by {@link #BYTES}. */
    public void write(ByteBuffer target) {
        target.slice(target.position(), BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(segment)
                .putInt(offset)
                .putInt(storedLength);
        target.position(target.position() + BYTES);
    }

    /**
     * Reads what {@link #write} wrote and advances the position by {@link #BYTES}.
     *
     * @throws CorruptionException if the bytes are no address, or too few
     */
    public static SegmentAddress read(ByteBuffer source) throws CorruptionException {
        if (source.remaining() < BYTES) {
            throw new CorruptionException("A segment address has " + BYTES + " bytes, not " + source.remaining() + ".");
        }
        ByteBuffer fields = source.slice(source.position(), BYTES).order(ByteOrder.LITTLE_ENDIAN);
        try {
            SegmentAddress address = new SegmentAddress(fields.getInt(), fields.getInt(), fields.getInt());
            source.position(source.position() + BYTES);
            return address;
        } catch (IllegalArgumentException e) {
            throw new CorruptionException("These bytes are no segment address.", e);
        }
    }

    @Override
    public int compareTo(SegmentAddress other) {
        int order = Integer.compare(segment, other.segment);
        if (order == 0) {
            order = Integer.compare(offset, other.offset);
        }
        return order == 0 ? Integer.compare(storedLength, other.storedLength) : order;
    }

    /** For messages: the file and the place in it. */
    @Override
    public String toString() {
        return SegmentNames.name(segment) + " at " + offset + " (" + storedLength + " bytes)";
    }
}
