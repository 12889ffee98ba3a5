package io.varve.storage;

import java.io.IOException;
import java.io.Serial;
import java.nio.file.Path;

/** Another process holds the data directory. */
public final class DataDirectoryHeldException extends IOException {
    @Serial
    private static final long serialVersionUID = 1L;

    DataDirectoryHeldException(Path directory) {
        super("The data directory " + directory.toAbsolutePath().normalize()
                + " is in use by another process: stop that server first.");
    }
}
