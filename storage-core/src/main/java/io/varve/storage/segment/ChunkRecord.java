package io.varve.storage.segment;

import io.varve.storage.fingerprint.Fingerprint;

/**
 * What a record's header says about its payload.
 *
 * @param fingerprint the SHA-256 of the plain bytes
 * @param plainLength how many bytes the payload decodes to, not negative
 * @param codec how the payload is encoded, 0 to 255; defined by the chunk store
 * @param flags 0 to 255; see {@link #MANIFEST_PAGE}
 * @param plainXxh3 the XXH3-64 of the plain bytes
 */
public record ChunkRecord(Fingerprint fingerprint, int plainLength, int codec, int flags, long plainXxh3) {

    /** The flag of a record whose plain bytes are a page of a manifest and not of a user's file. */
    public static final int MANIFEST_PAGE = 1;

    private static final int BYTE_MAX = 255;

    public ChunkRecord {
        if (plainLength < 0 || codec < 0 || codec > BYTE_MAX || flags < 0 || flags > BYTE_MAX) {
            throw new IllegalArgumentException(
                    "No such record: plain length " + plainLength + ", codec " + codec + ", flags " + flags + ".");
        }
    }

    /** Whether the plain bytes are a page of a manifest. */
    public boolean isManifestPage() {
        return (flags & MANIFEST_PAGE) != 0;
    }
}
