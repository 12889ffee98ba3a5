package io.varve.storage.segment;

import java.util.Locale;

/**
 * Where a segment lies: fast and small to slow and large. What arrives goes to the hot tier; the others are there only where a directory is
 * configured for them. The order of the constants is from hot to cold.
 */
public enum Tier {
    HOT,
    WARM,
    COLD;

    /** The name in settings, metrics and messages: {@code hot}, {@code warm}, {@code cold}. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
