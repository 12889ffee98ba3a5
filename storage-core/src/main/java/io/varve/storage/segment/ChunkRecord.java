package io.varve.storage.segment;

import io.varve.storage.fingerprint.Fingerprint;

/**
 * What a record's header says about its payload.
 *
 * @param fingerprint the SHA-256 of the plain bytes; {@link #NO_CHUNK} in a frame's header
 * @param plainLength how many bytes the payload decodes to, not negative
 * @param codec how the payload is encoded, 0 to 255; defined by the chunk store
 * @param flags 0 to 255; see {@link #MANIFEST_PAGE}
 * @param plainXxh3 the XXH3-64 of the plain bytes
 */
public record ChunkRecord(Fingerprint fingerprint, int plainLength, int codec, int flags, long plainXxh3) {

    /** The flag of a record whose plain bytes are a page of a manifest and not of a user's file. */
    public static final int MANIFEST_PAGE = 1;

    /** The flag of a record whose payload is the fingerprint of a base and the difference to it. */
    public static final int DELTA = 2;

    /** The flag of a record of several chunks: the payload lists them, and the header's fingerprint is {@link #NO_CHUNK}. */
    public static final int FRAME = 4;

    /** Stands in the header of a record that is of no single chunk. */
    public static final Fingerprint NO_CHUNK = new Fingerprint(0, 0, 0, 0);

    private static final int BYTE_MAX = 255;

    public ChunkRecord {
        if (plainLength < 0 || codec < 0 || codec > BYTE_MAX || flags < 0 || flags > BYTE_MAX) {
            throw new IllegalArgumentException(
                    "No such record: plain length " + plainLength + ", codec " + codec + ", flags " + flags + ".");
        }
    }

    /** Whether it holds several chunks, compressed as one. */
    public boolean isFrame() {
        return (flags & FRAME) != 0;
    }

    /** Whether the plain bytes are a page of a manifest. */
    public boolean isManifestPage() {
        return (flags & MANIFEST_PAGE) != 0;
    }
}
