package io.varve.storage.namespace;

import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Locale;
import java.util.Optional;

/**
 * That a bucket can lock versions, and what it gives each new one. A bucket that has it keeps versioning.
 *
 * @param mode the mode of the retention that new versions get; empty for none
 * @param days how long it lasts, unless {@code years} is above 0
 * @param years how long it lasts
 */
public record ObjectLock(Optional<VersionLock.Mode> mode, int days, int years) {

    /** Versions are locked one by one only. */
    public static final ObjectLock WITHOUT_DEFAULT = new ObjectLock(Optional.empty(), 0, 0);

    private static final String ON = "on";

    public ObjectLock {
        if (mode.isPresent() && (days < 0 || years < 0 || (days == 0) == (years == 0))) {
            throw new IllegalArgumentException("either days or years");
        }
    }

    /** The retention of a version written at a moment. */
    Optional<VersionLock.Retention> retention(Instant written) {
        return mode.map(kind -> new VersionLock.Retention(
                kind,
                written.atZone(ZoneOffset.UTC).plusDays(days).plusYears(years).toInstant()));
    }

    /** The form that is kept: {@code on}, {@code governance 30d}, {@code compliance 2y}. */
    String text() {
        return mode.map(kind -> kind.name().toLowerCase(Locale.ROOT) + " " + (years > 0 ? years + "y" : days + "d"))
                .orElse(ON);
    }

    static ObjectLock of(String text) {
        int space = text.indexOf(' ');
        if (space < 0) {
            return WITHOUT_DEFAULT;
        }
        int count = Integer.parseInt(text.substring(space + 1, text.length() - 1));
        boolean years = text.endsWith("y");
        return new ObjectLock(
                Optional.of(VersionLock.Mode.valueOf(text.substring(0, space).toUpperCase(Locale.ROOT))),
                years ? 0 : count,
                years ? count : 0);
    }
}
