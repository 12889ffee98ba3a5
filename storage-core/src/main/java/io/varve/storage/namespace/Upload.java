package io.varve.storage.namespace;

import java.time.Instant;

/**
 * A multipart upload that is under way: a durable lease on the chunks of its parts.
 *
 * @param id the upload id
 * @param path where the object will be
 * @param principal who began it
 * @param started when
 * @param contentType the MIME type for the object; empty for none
 * @param attributes headers, user metadata for the object
 */
public record Upload(
        String id, EntryPath path, String principal, Instant started, String contentType, Attributes attributes) {}
