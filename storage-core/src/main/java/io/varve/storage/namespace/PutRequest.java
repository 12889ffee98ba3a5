package io.varve.storage.namespace;

import java.time.Instant;
import java.util.Optional;

/**
 * What a new version carries beside its bytes.
 *
 * @param contentType the MIME type; empty for none
 * @param attributes headers, user metadata, checksums, properties
 * @param modified the modification time to show; empty: the time of the commit
 * @param etag the tag the door computed (an MD5, say); empty: one derived from the content
 * @param keepProperties whether WebDAV dead properties of the version that is replaced stay
 *     (RFC 4918 section 9.7.1)
 */
public record PutRequest(
        String contentType,
        Attributes attributes,
        Optional<Instant> modified,
        Optional<EntityTag> etag,
        boolean keepProperties) {

    public static PutRequest ofType(String contentType) {
        return new PutRequest(contentType, Attributes.NONE, Optional.empty(), Optional.empty(), false);
    }

    public PutRequest withAttributes(Attributes changed) {
        return new PutRequest(contentType, changed, modified, etag, keepProperties);
    }

    public PutRequest withEtag(EntityTag tag) {
        return new PutRequest(contentType, attributes, modified, Optional.of(tag), keepProperties);
    }

    public PutRequest withModified(Instant time) {
        return new PutRequest(contentType, attributes, Optional.of(time), etag, keepProperties);
    }

    public PutRequest keepingProperties() {
        return new PutRequest(contentType, attributes, modified, etag, true);
    }
}
