package io.varve.webdav.wire;

import java.io.Serial;

/** What the client sent cannot be understood or is too large; the message is for the client's user. */
public final class WireException extends RuntimeException {

    @Serial
    private static final long serialVersionUID = 1L;

    private final int status;

    /**
     * A refusal of malformed or oversized input.
     *
     * @param status the HTTP status to answer, 400 to 499 or 502
     * @param message what is wrong with what
     */
    public WireException(int status, String message) {
        super(message);
        this.status = status;
    }

    /** The HTTP status to answer. */
    public int status() {
        return status;
    }

    static WireException malformed(String message) {
        return new WireException(400, message);
    }
}
