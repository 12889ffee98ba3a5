package io.varve.storage.segment;

/** What a {@link SegmentScan} finds at one place of a segment. */
public sealed interface ScannedRecord {

    /**
     * A record whose header and payload verify.
     *
     * @param address where it is
     * @param chunk what its header says
     */
    record Intact(SegmentAddress address, ChunkRecord chunk) implements ScannedRecord {}

    /**
     * A record whose header verifies but whose payload does not, or is cut off.
     *
     * @param address where it is
     * @param chunk what its header says
     */
    record BadPayload(SegmentAddress address, ChunkRecord chunk) implements ScannedRecord {}

    /**
     * Bytes in which no record can be recognised. At the end of a segment they are usually what a crash left of records that no
     * commit names.
     *
     * @param segment the segment's id
     * @param offset where they begin, in bytes
     * @param length how many there are, at least 1
     * @param reason what is wrong, for a person
     */
    record Damaged(int segment, int offset, int length, String reason) implements ScannedRecord {}
}
