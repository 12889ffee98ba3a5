package io.varve.storage.sealing;

import java.io.IOException;

/** Bytes are sealed under a master key that is not there. They are not damaged: with the key they can be read. */
public final class KeyMissingException extends IOException {
    private static final long serialVersionUID = 1L;

    public KeyMissingException(String message) {
        super(message);
    }
}
