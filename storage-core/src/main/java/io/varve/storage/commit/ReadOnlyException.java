package io.varve.storage.commit;

import java.io.IOException;
import java.io.Serial;

/** The store takes no changes: it is closed, or a sync failed and what the disk holds is no longer certain. */
public final class ReadOnlyException extends IOException {
    @Serial
    private static final long serialVersionUID = 1L;

    ReadOnlyException(String message, Throwable cause) {
        super(message, cause);
    }

    ReadOnlyException(String message) {
        super(message);
    }
}
