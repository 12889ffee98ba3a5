package io.varve.webdav;

import java.io.Serial;

/** Ends a request that cannot be done; the servlet turns it into an answer. */
final class Refused extends RuntimeException {

    @Serial
    private static final long serialVersionUID = 1L;

    private final transient Refusal refusal;

    Refused(Refusal refusal) {
        super(refusal.message());
        this.refusal = refusal;
    }

    Refused(int status, String message) {
        this(Refusal.of(status, message));
    }

    Refused(int status, String message, Throwable cause) {
        this(status, message);
        initCause(cause);
    }

    Refusal refusal() {
        return refusal;
    }
}
