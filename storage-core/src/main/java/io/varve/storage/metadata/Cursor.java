package io.varve.storage.metadata;

import java.io.IOException;

/**
 * A walk over a range of keys in ascending unsigned byte order.
 *
 * <p>It starts before the first key and shows the range as it was when the cursor was opened. It holds resources of its store
 * until it is closed, so it belongs into try-with-resources and is not kept open while waiting for a client. One thread at a time.
 *
 * <pre>{@code
 * try (Cursor cursor = view.scanPrefix(Family.NOW, directory)) {
 *     while (cursor.next()) { … cursor.key() … cursor.value() … }
 * }
 * }</pre>
 */
public interface Cursor extends AutoCloseable {
    /**
     * Moves to the next key.
     *
     * @return false if there is none; it stays false
     * @throws IOException if the store cannot be read or was closed
     */
    boolean next() throws IOException;

    /**
     * Returns the key the cursor stands on; the array must not be changed.
     *
     * @throws IllegalStateException if the cursor stands on no key
     */
    byte[] key();

    /**
     * Returns the value the cursor stands on; the array must not be changed.
     *
     * @throws IllegalStateException if the cursor stands on no key
     */
    byte[] value();

    /** Gives back what the cursor holds; closing twice does nothing. */
    @Override
    void close();
}
