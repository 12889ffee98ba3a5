package io.varve.storage.namespace;

import io.varve.storage.chunkstore.Content;
import java.time.Instant;

/**
 * One stored part of an upload.
 *
 * @param number 1 to 10,000
 * @param etag the part's tag, its MD5
 * @param modified when it was stored
 * @param attributes its checksums
 * @param content its bytes
 */
public record Part(int number, EntityTag etag, Instant modified, Attributes attributes, Content content) {

    public long size() {
        return content.length();
    }
}
