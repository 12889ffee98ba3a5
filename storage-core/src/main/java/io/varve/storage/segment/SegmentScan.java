package io.varve.storage.segment;

import io.varve.storage.io.BlockDevice;
import io.varve.storage.io.DeviceWindow;
import io.varve.storage.io.FileHeader;
import io.varve.storage.sealing.FileStart;
import io.varve.storage.sealing.LentBytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.UUID;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Walks through the records of one segment in the order of the file and verifies each. Damage is a value like any other: behind it
 * the walk goes on at the next place where a header verifies, at whatever offset that is (headers are bound to their place, so
 * bytes of a payload never pass for one).
 *
 * <p>What is appended after the scan began is not seen. The segment may be deleted meanwhile; its file stays until the scan is
 * closed. For one thread.
 */
public final class SegmentScan implements Iterator<ScannedRecord>, AutoCloseable {

    private final int segment;
    private final long end;
    private final UUID storeId;
    private final RecordFormat format;
    private final SegmentKeys keys;
    private final Runnable onClose;
    private final ReadBuffers buffers;
    private final ByteBuffer buffer;
    private final DeviceWindow window;
    private long position;
    private @Nullable ScannedRecord next;
    private boolean closed;

    SegmentScan(
            int segment,
            long end,
            UUID storeId,
            RecordFormat format,
            SegmentKeys keys,
            BlockDevice device,
            Runnable onClose,
            ReadBuffers buffers,
            ByteBuffer buffer) {
        this.segment = segment;
        this.end = end;
        this.storeId = storeId;
        this.format = format;
        this.keys = keys;
        this.onClose = onClose;
        this.buffers = buffers;
        this.buffer = buffer;
        this.window = new DeviceWindow(device, buffer);
    }

    /** Whether there is something more. */
    @Override
    public boolean hasNext() {
        if (closed) {
            throw new IllegalStateException("This scan is closed.");
        }
        if (next == null) {
            next = position == 0 ? fileHeader() : record();
        }
        return next != null;
    }

    /** The next record or damage. */
    @Override
    public ScannedRecord next() {
        ScannedRecord found = hasNext() ? next : null;
        if (found == null) {
            throw new NoSuchElementException("The scan of " + SegmentNames.name(segment) + " is at its end.");
        }
        next = null;
        return found;
    }

    /** Goes on with the first record whose header begins at an offset or behind it; never back. */
    public void skipTo(long offset) {
        if (offset > position) {
            position = headerAfter(offset - 1, end);
            next = null;
        }
    }

    /** Releases memory and file; closing again does nothing. */
    @Override
    public void close() {
        if (!closed) {
            closed = true;
            buffers.release(buffer);
            onClose.run();
        }
    }

    /** The first damage, if a header of the file is bad; else the first record. */
    private @Nullable ScannedRecord fileHeader() {
        Header first = header(0);
        Header second = first.version == FileStart.CLEAR ? Header.NONE : header(BlockDevice.BLOCK);
        // A header alone says that a file is sealed: in clear, a record follows in the second block.
        if (first.version != FileStart.SEALED && second.version != FileStart.SEALED) {
            position = RecordFormat.FIRST_OFFSET;
            return first.version == FileStart.CLEAR ? record() : damaged(0, position, first.problem);
        }
        position = FileStart.endMax();
        if (first.version != FileStart.SEALED) {
            return damaged(0, BlockDevice.BLOCK, first.problem);
        }
        return second.version == FileStart.SEALED ? record() : damaged(BlockDevice.BLOCK, position, second.problem);
    }

    /**
     * One copy of the file's header.
     *
     * @param version 0 if there is none that belongs here
     * @param problem why not
     */
    private record Header(int version, String problem) {
        static final Header NONE = new Header(0, "");
    }

    private Header header(int at) {
        String name = SegmentNames.name(segment);
        try {
            FileHeader header = FileHeader.read(window.at(at, BlockDevice.BLOCK), name);
            header.require(name, RecordFormat.FILE_MAGIC, FileStart.SEALED, storeId);
            return header.number() == segment
                    ? new Header(header.version(), "")
                    : new Header(0, "The file's header is that of " + SegmentNames.name((int) header.number()) + ".");
        } catch (IOException e) {
            return new Header(0, String.valueOf(e.getMessage()));
        }
    }

    private @Nullable ScannedRecord record() {
        while (position < end) {
            long from = position;
            try {
                ByteBuffer bytes = window.at(from, RecordFormat.HEADER_BYTES);
                if (isPadding(bytes, from)) {
                    position = boundaryAfter(from);
                    continue;
                }
                Optional<RecordHeader> header = format.decode(segment, (int) from, bytes, keys);
                if (header.isPresent()) {
                    return record(from, header.get());
                }
            } catch (IOException e) {
                position = boundaryAfter(from);
                return damaged(from, position, "Unreadable: " + e.getMessage());
            }
            position = headerAfter(from, end);
            return damaged(from, position, "There is no intact record header.");
        }
        return null;
    }

    private ScannedRecord record(long from, RecordHeader header) {
        SegmentAddress address = new SegmentAddress(segment, (int) from, header.storedLength());
        if (header.isSealed() ? opens(address, header) : verifies(address, header.storedCrc32c())) {
            position = address.end();
            return new ScannedRecord.Intact(address, header.chunk());
        }
        // A write that was broken off may have left this header, and other records where its payload should be.
        position = headerAfter(from, Math.min(address.end(), end));
        return new ScannedRecord.BadPayload(address, header.chunk());
    }

    private boolean opens(SegmentAddress address, RecordHeader header) {
        if (address.end() > end) {
            return false;
        }
        byte[] sealed = new byte[RecordFormat.SECRET_BYTES + header.storedLength()];
        try {
            if (!window.copy(address.offset() + (long) RecordFormat.SECRET_AT, sealed)) {
                return false;
            }
            try (LentBytes plain = keys.of(segment).open(header.number(), ByteBuffer.wrap(sealed))) {
                return RecordFormat.fields(plain.bytes()).equals(header.chunk());
            }
        } catch (IOException ignored) {
            return false;
        }
    }

    private boolean verifies(SegmentAddress address, int expected) {
        if (address.end() > end) {
            return false;
        }
        CRC32C crc = new CRC32C();
        long at = address.offset() + (long) RecordFormat.HEADER_BYTES;
        try {
            while (at < address.end()) {
                ByteBuffer bytes = window.at(at, 1);
                if (!bytes.hasRemaining()) {
                    return false;
                }
                int length = (int) Math.min(bytes.remaining(), address.end() - at);
                crc.update(bytes.limit(length));
                at += length;
            }
        } catch (IOException ignored) {
            return false;
        }
        return (int) crc.getValue() == expected;
    }

    /** Padding is never a whole block, ends with its block, and is zero. */
    private boolean isPadding(ByteBuffer bytes, long from) throws IOException {
        if (from % BlockDevice.BLOCK == 0 || bytes.get(0) != 0) {
            return false;
        }
        int length = (int) (boundaryAfter(from) - from);
        ByteBuffer rest = window.at(from, length);
        for (int i = 0; i < Math.min(length, rest.remaining()); i++) {
            if (rest.get(i) != 0) {
                return false;
            }
        }
        return true;
    }

    /** The next place behind {@code from} where a header verifies, or {@code limit}. */
    private long headerAfter(long from, long limit) {
        long at = from + 1;
        while (at < limit) {
            try {
                ByteBuffer bytes = window.at(at, RecordFormat.HEADER_BYTES);
                int candidates = bytes.remaining() - RecordFormat.HEADER_BYTES + 1;
                for (int i = 0; i < candidates && at + i < limit; i++) {
                    if (bytes.get(i) == (byte) RecordFormat.MAGIC && isHeader((int) at + i, bytes.position(i))) {
                        return at + i;
                    }
                }
                at = candidates <= 0 ? limit : at + candidates;
            } catch (IOException ignored) {
                at = boundaryAfter(at);
            }
        }
        return limit;
    }

    private boolean isHeader(int offset, ByteBuffer bytes) {
        return format.decode(segment, offset, bytes).isPresent()
                || format.decodeSealed(segment, offset, bytes).isPresent();
    }

    private ScannedRecord damaged(long from, long to, String reason) {
        return new ScannedRecord.Damaged(segment, (int) from, (int) (Math.min(to, end) - from), reason);
    }

    private static long boundaryAfter(long position) {
        return (position & -BlockDevice.BLOCK) + BlockDevice.BLOCK;
    }
}
