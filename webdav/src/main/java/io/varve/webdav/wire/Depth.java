package io.varve.webdav.wire;

import java.util.Locale;
import java.util.Optional;

/** The {@code Depth} header (RFC 4918 section 10.2). */
public enum Depth {
    ZERO,
    ONE,
    INFINITY;

    /**
     * Reads the header.
     *
     * @param header the header's value, empty if absent
     * @param absent what its absence means for the method
     * @throws WireException 400 for any other value
     */
    public static Depth parse(Optional<String> header, Depth absent) {
        if (header.isEmpty()) {
            return absent;
        }
        return switch (header.get().strip().toLowerCase(Locale.ROOT)) {
            case "0" -> ZERO;
            case "1" -> ONE;
            case "infinity" -> INFINITY;
            default -> throw WireException.malformed("Depth must be 0, 1 or infinity.");
        };
    }
}
