package io.varve.storage.chunkstore;

import io.varve.storage.fingerprint.Fingerprint;

/**
 * One child in a manifest: a chunk of content, or a page that lists further children.
 *
 * @param fingerprint the chunk's fingerprint
 * @param length the bytes of content under it, positive
 * @param page whether it is a page
 */
public record ManifestChild(Fingerprint fingerprint, long length, boolean page) {

    public ManifestChild {
        if (length <= 0) {
            throw new IllegalArgumentException("a manifest child of " + length + " bytes");
        }
    }
}
