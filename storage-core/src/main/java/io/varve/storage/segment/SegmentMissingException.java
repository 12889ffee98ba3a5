package io.varve.storage.segment;

import java.io.IOException;

/**
 * The segment of an address is gone. If the address was read from metadata a while ago, the record has been moved meanwhile: look
 * its place up again. If the metadata still names this segment, the file is lost.
 */
public final class SegmentMissingException extends IOException {

    private static final long serialVersionUID = 1L;

    private final int segment;

    SegmentMissingException(int segment) {
        super("There is no segment " + SegmentNames.name(segment) + ".");
        this.segment = segment;
    }

    /** The id of the segment. */
    public int segment() {
        return segment;
    }
}
