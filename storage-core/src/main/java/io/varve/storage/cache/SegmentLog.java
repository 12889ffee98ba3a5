package io.varve.storage.cache;

import io.varve.storage.io.AlignedBuffers;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * One queue's open segment: entries are appended to a batch in memory, full batches go to the {@link CacheWriter}, and a segment that is
 * full gets its footer and makes room for the next. Every block is written once. Thread-safe; never waits.
 */
final class SegmentLog {
    private final boolean main;
    private final CacheParts parts;
    private final CacheWriter writer;

    private int segment = -1;
    private long fill;
    private int used;
    private Directory directory = new Directory();
    private @Nullable WriteBatch batch;

    SegmentLog(boolean main, CacheParts parts, CacheWriter writer) {
        this.main = main;
        this.parts = parts;
        this.writer = writer;
    }

    /**
     * Appends an entry.
     *
     * @param header as it shall be, but for the fill
     * @param data the stored bytes
     * @param heldBack how many free segments it must leave
     * @return the word for the index; {@link Slot#NONE} if there is no room now
     */
    synchronized long append(EntryHeader header, byte[] key, long hash, ByteBuffer data, int uses, int heldBack) {
        int bytes = header.entryBytes();
        if (segment >= 0 && !fits(bytes)) {
            seal();
        }
        if (segment < 0 ? !begin(bytes, heldBack) : !haveRoomInBatch(bytes)) {
            return Slot.NONE;
        }
        WriteBatch target = Objects.requireNonNull(batch);
        EntryHeader written = header.in(fill, header.sequence(), header.flags());
        int at = used - target.start();
        written.write(target.buffer(), at, key);
        target.buffer().put(at + written.dataAt(), data, data.position(), header.storedLength());
        for (int i = at + written.dataAt() + header.storedLength(); i < at + bytes; i++) {
            target.buffer().put(i, (byte) 0);
        }
        directory.add(hash, header.sequence(), used, written);
        parts.table().note(segment, header.sequence());
        target.filled(bytes);
        if (EntryHeader.ordersOthers(header.flags())) {
            target.mustNotBeLost();
        }
        long word = Slot.of(segment, used, bytes, uses, header.expiresMillis() != 0);
        used += bytes;
        parts.statistics().appended(bytes);
        return header.isList() ? Slot.asList(word) : word;
    }

    /** Whether the segment takes so many bytes more, be it in this batch or at the beginning of another one. */
    private boolean fits(int bytes) {
        boolean inBatch = batch != null && batch.room() >= bytes;
        long at = inBatch ? used : AlignedBuffers.roundUp(used);
        return at + bytes <= parts.segmentBytes() - Directory.footerBytes(directory.count() + 1);
    }

    private boolean haveRoomInBatch(int bytes) {
        if (batch != null && batch.room() >= bytes) {
            return true;
        }
        submit();
        ByteBuffer buffer = parts.buffers().take(bytes);
        if (buffer == null) {
            return false;
        }
        used = (int) AlignedBuffers.roundUp(used);
        batch = new WriteBatch(segment, used, buffer);
        parts.pending().add(batch);
        return true;
    }

    private boolean begin(int bytes, int heldBack) {
        ByteBuffer buffer = parts.buffers().take(bytes + SegmentHeader.BYTES);
        if (buffer == null) {
            return false;
        }
        OptionalInt taken = parts.table().take(main, heldBack);
        if (taken.isEmpty()) {
            parts.buffers().give(buffer);
            return false;
        }
        segment = taken.getAsInt();
        fill = parts.sequence().incrementAndGet();
        parts.table().fill(segment, fill);
        new SegmentHeader(parts.superblock().epoch(), fill, segment, main).write(buffer, parts.superblock());
        directory = new Directory();
        batch = new WriteBatch(segment, 0, buffer);
        batch.filled(SegmentHeader.BYTES);
        used = SegmentHeader.BYTES;
        parts.pending().add(batch);
        return true;
    }

    /** Has what is in memory written soon. */
    synchronized void submit() {
        if (batch != null) {
            writer.submit(new CacheWriter.Write(batch));
            batch = null;
        }
    }

    /** Ends the open segment. */
    synchronized void seal() {
        if (segment >= 0) {
            submit();
            writer.submit(new CacheWriter.Seal(segment, fill, directory, used, main));
            segment = -1;
        }
    }

    /** Leaves the open segment as it is, because its device fails or it is void. */
    synchronized void abandon(int failed) {
        if (segment == failed) {
            if (batch != null) {
                writer.lose(batch);
                batch = null;
            }
            segment = -1;
        }
    }

    /** The open segment; -1 for none. */
    synchronized int segment() {
        return segment;
    }
}
