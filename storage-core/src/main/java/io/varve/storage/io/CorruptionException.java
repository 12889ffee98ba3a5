package io.varve.storage.io;

import java.io.IOException;

/**
 * Stored bytes are not what was written: a checksum, a length or a structure does not hold. An expected failure of the world, not
 * a bug: whoever catches it repairs from another copy or reports the damage by name, and never returns the bytes.
 */
public final class CorruptionException extends IOException {

    private static final long serialVersionUID = 1L;

    /** @param message what is damaged and where, for a person */
    public CorruptionException(String message) {
        super(message);
    }

    /** @param message what is damaged and where, for a person */
    public CorruptionException(String message, Throwable cause) {
        super(message, cause);
    }
}
