package io.varve.storage.access;

import java.io.IOException;
import java.io.Serial;

/** Too many passwords are being checked just now. Nothing was looked at or changed: it may be tried again in some seconds. */
public final class PasswordsBusyException extends IOException {
    @Serial
    private static final long serialVersionUID = 1L;

    PasswordsBusyException() {
        super("Too many passwords are being checked just now: try again in some seconds.");
    }
}
