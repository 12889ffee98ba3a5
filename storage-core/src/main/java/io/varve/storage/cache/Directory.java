package io.varve.storage.cache;

import io.varve.storage.io.AlignedBuffers;
import io.varve.storage.io.BlockDevice;
import io.varve.storage.io.CorruptionException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * The list of a segment's entries, 32 bytes each, which the footer of a sealed one keeps at its end. The layout is in
 * {@code docs/format.md}, "Raw cache". Not thread-safe.
 */
final class Directory {
    static final int ROW_BYTES = 32;

    /** The last bytes of a sealed segment. */
    static final int TRAILER_BYTES = 64;

    private static final int MAGIC = 0x54464356;
    private static final int FLAGS_MASK = Slot.UNIT - 1;
    private static final int ROWS_AT_FIRST = 64;

    private ByteBuffer rows = ByteBuffer.allocate(ROWS_AT_FIRST * ROW_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    private int count;
    private long sequenceMin = Long.MAX_VALUE;
    private long sequenceMax;

    /** An empty one. */
    Directory() {}

    void add(long hash, long sequence, int offset, EntryHeader header) {
        if (rows.capacity() == count * ROW_BYTES) {
            ByteBuffer larger = ByteBuffer.allocate(2 * rows.capacity()).order(ByteOrder.LITTLE_ENDIAN);
            larger.put(0, rows, 0, rows.capacity());
            rows = larger;
        }
        int at = count * ROW_BYTES;
        rows.putLong(at, hash);
        rows.putLong(at + 8, sequence);
        rows.putInt(at + 16, offset | (header.flags() & FLAGS_MASK));
        rows.putInt(at + 20, header.entryBytes());
        rows.putInt(at + 24, seconds(header.expiresMillis()));
        rows.putInt(at + 28, header.tag());
        count++;
        note(sequence);
    }

    private void note(long sequence) {
        sequenceMin = Math.min(sequenceMin, sequence);
        sequenceMax = Math.max(sequenceMax, sequence);
    }

    /** Rounded up, so that an entry is never taken for expired too early; 0 for never. */
    private static int seconds(long millis) {
        return (int) Math.min((millis + 999) / 1000, 0xFFFFFFFFL);
    }

    int count() {
        return count;
    }

    /** The lowest sequence number in it. */
    long sequenceMin() {
        return sequenceMin;
    }

    /** The highest. */
    long sequenceMax() {
        return sequenceMax;
    }

    long hash(int row) {
        return rows.getLong(row * ROW_BYTES);
    }

    long sequence(int row) {
        return rows.getLong(row * ROW_BYTES + 8);
    }

    int offset(int row) {
        return rows.getInt(row * ROW_BYTES + 16) & ~FLAGS_MASK;
    }

    /** Whether a row says that older records are void. */
    boolean ordersOthers(int row) {
        return EntryHeader.ordersOthers(flags(row));
    }

    int flags(int row) {
        return rows.getInt(row * ROW_BYTES + 16) & FLAGS_MASK;
    }

    /** The entry's length. */
    int bytes(int row) {
        return rows.getInt(row * ROW_BYTES + 20);
    }

    /** When it expires, in seconds since 1970, unsigned; 0 for never. */
    long expiresSeconds(int row) {
        return Integer.toUnsignedLong(rows.getInt(row * ROW_BYTES + 24));
    }

    int tag(int row) {
        return rows.getInt(row * ROW_BYTES + 28);
    }

    /** The word that the index has for a row's entry, not used yet. */
    long word(int row, int segment) {
        if ((flags(row) & EntryHeader.TOMBSTONE) != 0) {
            return Slot.tombstone();
        }
        long word = Slot.of(segment, offset(row), bytes(row), 0, expiresSeconds(row) != 0);
        return EntryHeader.isList(flags(row)) ? Slot.asList(word) : word;
    }

    /**
     * What the table of segments keeps of it.
     *
     * @param used where the entries end
     */
    SegmentTable.Contents contents(int used) {
        long expiresLast = 0;
        for (int row = 0; row < count; row++) {
            expiresLast = Math.max(expiresLast, expiresSeconds(row) == 0 ? Long.MAX_VALUE : expiresSeconds(row));
        }
        return new SegmentTable.Contents(count, used, sequenceMin, expiresLast);
    }

    /** What a footer of so many rows takes, in whole blocks. */
    static int footerBytes(int rowCount) {
        return (int) AlignedBuffers.roundUp((long) rowCount * ROW_BYTES + TRAILER_BYTES);
    }

    /** Writes the footer into a buffer of just its size. */
    void writeFooter(ByteBuffer target, long epoch, long fill) {
        int trailerAt = target.capacity() - TRAILER_BYTES;
        int rowsAt = trailerAt - count * ROW_BYTES;
        ByteBuffer footer = target.duplicate().order(ByteOrder.LITTLE_ENDIAN).clear();
        for (int at = 0; at < rowsAt; at++) {
            footer.put(at, (byte) 0);
        }
        footer.put(rowsAt, rows, 0, count * ROW_BYTES);
        footer.putInt(trailerAt, MAGIC);
        footer.putInt(trailerAt + 4, 0);
        footer.putLong(trailerAt + 8, fill);
        footer.putInt(trailerAt + 16, count);
        footer.putInt(trailerAt + 20, 0);
        footer.putLong(trailerAt + 24, epoch);
        for (int at = trailerAt + 32; at < trailerAt + TRAILER_BYTES; at += Integer.BYTES) {
            footer.putInt(at, 0);
        }
        footer.putInt(trailerAt + 4, crc(footer, rowsAt, trailerAt));
    }

    /**
     * What a footer says before its rows are read.
     *
     * @param fill the filling it belongs to
     * @param rows how many rows there are
     */
    record Trailer(long fill, int rows) {}

    /**
     * Reads a trailer, which is verified with the rows only.
     *
     * @param tail buffer that ends where the segment ends
     * @return empty if there is none of this epoch
     */
    static Optional<Trailer> trailer(ByteBuffer tail, long epoch, int segmentBytes) {
        int trailerAt = tail.limit() - TRAILER_BYTES;
        ByteBuffer footer = tail.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        if (trailerAt < 0 || footer.getInt(trailerAt) != MAGIC || footer.getLong(trailerAt + 24) != epoch) {
            return Optional.empty();
        }
        int rowCount = footer.getInt(trailerAt + 16);
        return rowCount < 0 || rowCount > segmentBytes / ROW_BYTES
                ? Optional.empty()
                : Optional.of(new Trailer(footer.getLong(trailerAt + 8), rowCount));
    }

    /**
     * Reads a footer.
     *
     * @param tail buffer that ends where the segment ends and has all rows
     * @param segmentBytes what rows may name
     * @throws CorruptionException if it does not verify
     */
    static Directory read(ByteBuffer tail, int rowCount, int segmentBytes) throws CorruptionException {
        int trailerAt = tail.limit() - TRAILER_BYTES;
        int rowsAt = trailerAt - rowCount * ROW_BYTES;
        ByteBuffer footer = tail.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        if (rowsAt < 0 || footer.getInt(trailerAt + 4) != crc(footer, rowsAt, trailerAt)) {
            throw new CorruptionException("A segment's footer does not verify.");
        }
        Directory directory = new Directory();
        directory.rows = ByteBuffer.allocate(Math.max(1, rowCount) * ROW_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        directory.rows.put(0, footer, rowsAt, rowCount * ROW_BYTES);
        directory.count = rowCount;
        for (int row = 0; row < rowCount; row++) {
            directory.note(directory.sequence(row));
            int end = directory.offset(row) + directory.bytes(row);
            if (directory.offset(row) < BlockDevice.BLOCK
                    || directory.bytes(row) <= 0
                    || end > segmentBytes
                    || end < 0) {
                throw new CorruptionException("A segment's footer names bytes outside of it.");
            }
        }
        return directory;
    }

    /** Of rows and trailer, with the checksum's own field taken for zero. */
    private static int crc(ByteBuffer footer, int rowsAt, int trailerAt) {
        CRC32C crc = new CRC32C();
        crc.update(footer.duplicate().clear().limit(trailerAt + 4).position(rowsAt));
        crc.update(ByteBuffer.allocate(Integer.BYTES));
        crc.update(footer.duplicate().clear().limit(footer.limit()).position(trailerAt + 8));
        return (int) crc.getValue();
    }
}
