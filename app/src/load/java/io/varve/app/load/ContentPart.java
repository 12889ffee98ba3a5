package io.varve.app.load;

import java.nio.ByteBuffer;

/**
 * Some bytes of content, to be sent or expected.
 *
 * @param content that they are of
 * @param from where they begin
 * @param length how many there are
 */
record ContentPart(SeededContent content, long from, long length) {
    /** All of it. */
    static ContentPart all(SeededContent content) {
        return new ContentPart(content, 0, content.size());
    }

    /** Makes some of the bytes. */
    ByteBuffer bytes(long at, int count) {
        byte[] bytes = new byte[count];
        content.fill(from + at, bytes);
        return ByteBuffer.wrap(bytes);
    }
}
