package io.varve.storage.journal;

import java.util.List;

/**
 * Commits that become durable together.
 *
 * @param records at least one, their sequences strictly rising; together at most {@link #BYTES_MAX}
 */
public record JournalGroup(List<JournalRecord> records) {

    /** The most bytes a group may have: all payloads, and {@value GroupFormat#RECORD_HEADER_BYTES} for each record. */
    public static final int BYTES_MAX = 256 << 20;

    public JournalGroup {
        records = List.copyOf(records);
        if (records.isEmpty()) {
            throw new IllegalArgumentException("A group has at least one record.");
        }
        long bytes = 0;
        long previous = 0;
        for (JournalRecord record : records) {
            if (record.sequence() <= previous) {
                throw new IllegalArgumentException(
                        "Sequences must rise, but " + record.sequence() + " follows " + previous + ".");
            }
            previous = record.sequence();
            bytes += GroupFormat.RECORD_HEADER_BYTES + record.payload().remaining();
        }
        if (bytes > BYTES_MAX) {
            throw new IllegalArgumentException("A group has at most " + BYTES_MAX + " bytes, not " + bytes + ".");
        }
    }

    public long firstSequence() {
        return records.getFirst().sequence();
    }

    public long lastSequence() {
        return records.getLast().sequence();
    }

    /** The bytes of all records with their headers. */
    int bytes() {
        return records.stream()
                .mapToInt(record ->
                        GroupFormat.RECORD_HEADER_BYTES + record.payload().remaining())
                .sum();
    }
}
