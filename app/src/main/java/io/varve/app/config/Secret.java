package io.varve.app.config;

/**
 * Text that must never be printed: it shows as stars wherever a settings object ends up in a message.
 *
 * @param value the text; empty when not set
 */
public record Secret(String value) {

    /** Whether there is no secret at all. */
    public boolean isEmpty() {
        return value.isEmpty();
    }

    @Override
    public String toString() {
        return value.isEmpty() ? "" : "********";
    }
}
