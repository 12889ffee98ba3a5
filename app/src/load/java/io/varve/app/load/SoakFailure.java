package io.varve.app.load;

/** Something that a store must never do: the run ends with it, and its message says what was expected and what was seen. */
final class SoakFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    SoakFailure(String message) {
        super(message);
    }

    SoakFailure(String message, Throwable cause) {
        super(message, cause);
    }
}
