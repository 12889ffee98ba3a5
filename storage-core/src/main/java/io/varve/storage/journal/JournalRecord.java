package io.varve.storage.journal;

import java.nio.ByteBuffer;

/**
 * One commit in the journal.
 *
 * @param sequence its number, positive
 * @param payload what it says: the remaining bytes. They are not copied, so they must not change; the accessor returns a read-only
 *     view with a position of its own
 */
public record JournalRecord(long sequence, ByteBuffer payload) {

    public JournalRecord {
        if (sequence <= 0) {
            throw new IllegalArgumentException("Sequences are positive, not " + sequence + ".");
        }
        payload = payload.slice().asReadOnlyBuffer();
    }

    @Override
    public ByteBuffer payload() {
        return payload.duplicate();
    }
}
