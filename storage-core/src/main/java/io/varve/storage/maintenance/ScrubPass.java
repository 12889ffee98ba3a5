package io.varve.storage.maintenance;

import io.varve.storage.chunkstore.ChunkRepair;
import java.nio.ByteBuffer;

/** A scrub under way: when it began, where it goes on, and what it found so far. */
record ScrubPass(long begun, int position, long chunks, long bytes, long damaged, long repaired) {
    static final int BYTES = 4 * Long.BYTES + Integer.BYTES + Long.BYTES;

    static ScrubPass decode(byte[] value) {
        ByteBuffer fields = ByteBuffer.wrap(value);
        return new ScrubPass(
                fields.getLong(),
                fields.getInt(),
                fields.getLong(),
                fields.getLong(),
                fields.getLong(),
                fields.getLong());
    }

    byte[] encode() {
        return ByteBuffer.allocate(BYTES)
                .putLong(begun)
                .putInt(position)
                .putLong(chunks)
                .putLong(bytes)
                .putLong(damaged)
                .putLong(repaired)
                .array();
    }

    ScrubPass add(int at, long moreChunks, long moreBytes, ChunkRepair.Outcome outcome) {
        return new ScrubPass(
                begun,
                at,
                chunks + moreChunks,
                bytes + moreBytes,
                damaged + outcome.damaged(),
                repaired + outcome.repaired());
    }
}
