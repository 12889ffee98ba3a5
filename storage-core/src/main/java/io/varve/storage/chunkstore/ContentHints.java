package io.varve.storage.chunkstore;

/**
 * What is known of content before its first byte, to choose an encoding.
 *
 * @param name the file's name, for its extension; may be empty
 * @param contentType the MIME type; may be empty
 * @param length the length in bytes the client announced, or -1
 */
public record ContentHints(String name, String contentType, long length) {

    public static final ContentHints NONE = new ContentHints("", "", -1);
}
