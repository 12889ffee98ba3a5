package io.varve.storage.chunkstore;

import java.io.IOException;
import java.io.Serial;

/** The store could not get to the work in time; nothing was changed and it may be tried again. */
public final class BusyException extends IOException {
    @Serial
    private static final long serialVersionUID = 1L;

    BusyException(String message) {
        super(message);
    }
}
