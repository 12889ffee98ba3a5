package io.varve.storage.segment;

import io.varve.storage.io.BlockDevice;
import io.varve.storage.io.DeviceWindow;
import io.varve.storage.io.FileHeader;
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
            BlockDevice device,
            Runnable onClose,
            ReadBuffers buffers,
            ByteBuffer buffer) {
        this.segment = segment;
        this.end = end;
        this.storeId = storeId;
        this.format = format;
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

    /** The first damage, if the file's header is bad; else the first record. */
    private @Nullable ScannedRecord fileHeader() {
        position = RecordFormat.FIRST_OFFSET;
        String name = SegmentNames.name(segment);
        try {
            FileHeader header = FileHeader.read(window.at(0, BlockDevice.BLOCK), name);
            header.require(name, RecordFormat.FILE_MAGIC, RecordFormat.VERSION, storeId);
            return header.number() == segment
                    ? record()
                    : damaged(
                            0,
                            position,
                            "The file's header is that of " + SegmentNames.name((int) header.number()) + ".");
        } catch (IOException e) {
            return damaged(0, position, String.valueOf(e.getMessage()));
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
                Optional<RecordHeader> header = format.decode(segment, (int) from, bytes);
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
        if (verifies(address, header.storedCrc32c())) {
            position = address.end();
            return new ScannedRecord.Intact(address, header.chunk());
        }
        // A write that was broken off may have left this header, and other records where its payload should be.
        position = headerAfter(from, Math.min(address.end(), end));
        return new ScannedRecord.BadPayload(address, header.chunk());
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
                    if (bytes.get(i) == (byte) RecordFormat.MAGIC
                            && format.decode(segment, (int) at + i, bytes.position(i))
                                    .isPresent()) {
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

    private ScannedRecord damaged(long from, long to, String reason) {
        return new ScannedRecord.Damaged(segment, (int) from, (int) (Math.min(to, end) - from), reason);
    }

    private static long boundaryAfter(long position) {
        return (position & -BlockDevice.BLOCK) + BlockDevice.BLOCK;
    }
}
