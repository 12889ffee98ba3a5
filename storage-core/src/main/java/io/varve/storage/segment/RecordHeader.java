package io.varve.storage.segment;

/**
 * A record's header as it lies on disk: what the appender said, and what the store added.
 *
 * @param storedLength the length of the payload on disk, with the tag if it is sealed
 * @param storedCrc32c of the payload in clear; 0 if it is sealed, where the tag has that office
 * @param number under which it is sealed; {@link #CLEAR} if it is not
 */
record RecordHeader(ChunkRecord chunk, int storedLength, int storedCrc32c, int number) {
    /** Stands where a number would. */
    static final int CLEAR = -1;

    RecordHeader(ChunkRecord chunk, int storedLength, int storedCrc32c) {
        this(chunk, storedLength, storedCrc32c, CLEAR);
    }

    boolean isSealed() {
        return number != CLEAR;
    }
}
