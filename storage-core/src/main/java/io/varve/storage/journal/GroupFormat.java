package io.varve.storage.journal;

import io.varve.storage.io.DeviceWindow;
import io.varve.storage.io.FileHeader;
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
 */
final class GroupFormat {

    static final String FILE_MAGIC = "VARVEJNL";
    static final int VERSION = 1;
    static final int HEADER_BYTES = 64;
    static final int RECORD_HEADER_BYTES = 12;

    /** "VGRP" on disk. */
    static final int MAGIC = 0x50524756;

    private static final int CRC_AT = 4;
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

    /** Writes a group behind what the writer has written already. */
    void write(JournalGroup group, long previous, long fileNumber, PaddedWriter writer) throws IOException {
        ByteBuffer header = littleEndian(HEADER_BYTES);
        header.putInt(MAGIC)
                .putInt(0)
                .putInt(group.bytes())
                .putInt(group.records().size());
        header.putLong(group.firstSequence()).putLong(group.lastSequence()).putLong(previous);
        CRC32C crc = crcOf(header.clear(), fileNumber, writer.position());
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

    /** The group that begins at an offset, if an intact one does that belongs there. */
    Optional<Found> read(DeviceWindow window, long fileNumber, long offset, long fileBytes) throws IOException {
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
        if (length < 0 || length > JournalGroup.BYTES_MAX || payloadFrom + length > fileBytes) {
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
        JournalGroup group = records(ByteBuffer.wrap(payload).order(ByteOrder.LITTLE_ENDIAN), count);
        return group != null && group.firstSequence() == first && group.lastSequence() == last && previous < first
                ? Optional.of(new Found(group, previous, payloadFrom + length))
                : Optional.empty();
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
