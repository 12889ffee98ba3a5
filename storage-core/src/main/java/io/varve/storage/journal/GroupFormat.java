package io.varve.storage.journal;

import io.varve.storage.io.CorruptionException;
import io.varve.storage.io.DeviceWindow;
import io.varve.storage.io.FileHeader;
import io.varve.storage.sealing.FileKey;
import io.varve.storage.sealing.FileSealer;
import io.varve.storage.sealing.LentBytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The binary form of groups. A group's checksum also covers where it belongs (store, file, offset), so that remains of an older
 * file, or a payload that happens to hold a journal of its own, never pass for a group.
 *
 * <p>In a sealed file the records are encrypted as one and bound to the header; the checksum is of what lies on the disk.
 */
final class GroupFormat {

    static final String FILE_MAGIC = "VARVEJNL";
    static final int HEADER_BYTES = 64;
    static final int RECORD_HEADER_BYTES = 12;

    /** "VGRP" on disk. */
    static final int MAGIC = 0x50524756;

    /** What sealing adds to a group. */
    static final int OVERHEAD = FileKey.OVERHEAD;

    private static final int CRC_AT = 4;
    private static final int LENGTH_AT = 8;
    private static final int NUMBER_AT = 40;
    private static final int FIELDS_AT = 8;
    private static final int PLACE_BYTES = 32;

    /**
     * A group as it was read.
     *
     * @param previous the last sequence before it
     * @param end where its payload ends in the file
     */
    record Found(JournalGroup group, long previous, long end) {}

    private final UUID storeId;

    GroupFormat(UUID storeId) {
        this.storeId = storeId;
    }

    /** Writes a group in clear behind what the writer has written already. */
    void write(JournalGroup group, long previous, long fileNumber, PaddedWriter writer) throws IOException {
        ByteBuffer header = header(group, previous);
        CRC32C crc = crcOf(header, fileNumber, writer.position());
        for (JournalRecord record : group.records()) {
            crc.update(recordHeader(record));
            crc.update(record.payload());
        }
        writer.put(header.putInt(CRC_AT, (int) crc.getValue()).clear());
        for (JournalRecord record : group.records()) {
            writer.put(recordHeader(record));
            writer.put(record.payload());
        }
    }

    /** Writes a sealed group behind what the writer has written already. */
    void write(JournalGroup group, long previous, long fileNumber, FileSealer sealer, PaddedWriter writer)
            throws IOException {
        ByteBuffer header = header(group, previous);
        List<ByteBuffer> parts = new ArrayList<>();
        for (JournalRecord record : group.records()) {
            parts.add(recordHeader(record));
            parts.add(record.payload());
        }
        try (LentBytes sealed = sealer.seal(context(header), parts.toArray(ByteBuffer[]::new))) {
            header.putInt(LENGTH_AT, sealed.bytes().remaining()).putLong(NUMBER_AT, sealed.number());
            CRC32C crc = crcOf(header, fileNumber, writer.position());
            crc.update(sealed.bytes());
            writer.put(header.putInt(CRC_AT, (int) crc.getValue()).clear());
            writer.put(sealed.bytes());
        }
    }

    private static ByteBuffer header(JournalGroup group, long previous) {
        ByteBuffer header = littleEndian(HEADER_BYTES);
        header.putInt(MAGIC)
                .putInt(0)
                .putInt(group.bytes())
                .putInt(group.records().size());
        header.putLong(group.firstSequence()).putLong(group.lastSequence()).putLong(previous);
        return header.clear();
    }

    /** What a sealed group is bound to: how many records there are, and the sequences. */
    private static byte[] context(ByteBuffer header) {
        int from = LENGTH_AT + Integer.BYTES;
        byte[] context = new byte[NUMBER_AT - from];
        header.get(from, context);
        return context;
    }

    /** The group that begins at an offset of a file, if an intact one does that belongs there. */
    Optional<Found> read(DeviceWindow window, JournalFile file, long offset, long fileBytes) throws IOException {
        return read(window, file.number(), file.key(), offset, fileBytes);
    }

    /**
     * The same.
     *
     * @param key what opens the file's groups; empty if they are in clear
     */
    Optional<Found> read(DeviceWindow window, long fileNumber, Optional<FileKey> key, long offset, long fileBytes)
            throws IOException {
        ByteBuffer source = window.at(offset, HEADER_BYTES);
        if (source.remaining() < HEADER_BYTES || source.getInt(0) != MAGIC) {
            return Optional.empty();
        }
        ByteBuffer header =
                littleEndian(HEADER_BYTES).put(source.limit(HEADER_BYTES)).flip();
        header.position(CRC_AT);
        int expected = header.getInt();
        int length = header.getInt();
        int count = header.getInt();
        long payloadFrom = offset + HEADER_BYTES;
        if (length < 0 || length > JournalGroup.BYTES_MAX + OVERHEAD || payloadFrom + length > fileBytes) {
            return Optional.empty();
        }
        byte[] payload = new byte[length];
        CRC32C crc = crcOf(header, fileNumber, offset);
        if (!window.copy(payloadFrom, payload)) {
            return Optional.empty();
        }
        crc.update(payload);
        if ((int) crc.getValue() != expected) {
            return Optional.empty();
        }
        long first = header.getLong();
        long last = header.getLong();
        long previous = header.getLong();
        ByteBuffer bytes = key.isPresent() ? opened(key.get(), header, payload) : ByteBuffer.wrap(payload);
        JournalGroup group = bytes == null ? null : records(bytes.order(ByteOrder.LITTLE_ENDIAN), count);
        return group != null && group.firstSequence() == first && group.lastSequence() == last && previous < first
                ? Optional.of(new Found(group, previous, payloadFrom + length))
                : Optional.empty();
    }

    private static @Nullable ByteBuffer opened(FileKey key, ByteBuffer header, byte[] payload) {
        try (LentBytes plain = key.open(header.getLong(NUMBER_AT), context(header), ByteBuffer.wrap(payload))) {
            ByteBuffer bytes = plain.bytes();
            return ByteBuffer.allocate(bytes.remaining()).put(bytes).flip();
        } catch (CorruptionException e) {
            return null;
        }
    }

    private static @Nullable JournalGroup records(ByteBuffer payload, int count) {
        List<JournalRecord> records = new ArrayList<>();
        while (payload.remaining() >= RECORD_HEADER_BYTES) {
            long sequence = payload.getLong();
            int length = payload.getInt();
            if (sequence <= 0 || length < 0 || length > payload.remaining()) {
                return null;
            }
            records.add(new JournalRecord(sequence, payload.slice(payload.position(), length)));
            payload.position(payload.position() + length);
        }
        if (payload.hasRemaining() || records.size() != count) {
            return null;
        }
        try {
            return new JournalGroup(records);
        } catch (IllegalArgumentException ignored) {
            return null;
        }
    }

    /** The checksum so far: the place and the header's fields. */
    private CRC32C crcOf(ByteBuffer header, long fileNumber, long offset) {
        ByteBuffer place = littleEndian(PLACE_BYTES);
        FileHeader.writeId(storeId, place);
        place.putLong(fileNumber).putLong(offset);
        CRC32C crc = new CRC32C();
        crc.update(place.flip());
        crc.update(header.slice(FIELDS_AT, HEADER_BYTES - FIELDS_AT));
        return crc;
    }

    private static ByteBuffer recordHeader(JournalRecord record) {
        return littleEndian(RECORD_HEADER_BYTES)
                .putLong(record.sequence())
                .putInt(record.payload().remaining())
                .flip();
    }

    private static ByteBuffer littleEndian(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }
}
