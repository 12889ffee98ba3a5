package io.varve.webdav;

import io.varve.webdav.wire.PercentCoding;
import io.varve.webdav.wire.WireException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/**
 * A place in the order of all commits, as RFC 6578 has clients keep it; where an answer was cut off, also where to go on.
 *
 * @param until the commit up to which its owner knows everything, once it has all parts of the answer
 * @param part where the answer was cut off; empty for a whole one
 */
record SyncToken(Instant until, Optional<Part> part) {
    private static final String PREFIX = "urn:varve:sync:";

    /**
     * The rest of an answer.
     *
     * @param since from where changes are told; empty for everything
     * @param after the key behind which to go on
     */
    record Part(Optional<Instant> since, String after) {}

    /** Reads a token; empty if it is none. */
    static Optional<SyncToken> parse(String text) {
        String[] fields = text.split(":", -1);
        try {
            if (!text.startsWith(PREFIX) || (fields.length != 4 && fields.length != 6)) {
                return Optional.empty();
            }
            Instant until = instant(fields[3]);
            if (fields.length == 4) {
                return Optional.of(new SyncToken(until, Optional.empty()));
            }
            Optional<Instant> since = fields[4].isEmpty() ? Optional.empty() : Optional.of(instant(fields[4]));
            return Optional.of(new SyncToken(until, Optional.of(new Part(since, PercentCoding.decode(fields[5])))));
        } catch (NumberFormatException | DateTimeException | WireException e) {
            return Optional.empty();
        }
    }

    private static Instant instant(String micros) {
        long value = Long.parseLong(micros);
        if (value < 0) {
            throw new NumberFormatException(micros);
        }
        return Instant.EPOCH.plus(value, ChronoUnit.MICROS);
    }

    private static long micros(Instant moment) {
        return ChronoUnit.MICROS.between(Instant.EPOCH, moment);
    }

    @Override
    public String toString() {
        String whole = PREFIX + micros(until);
        return part.map(rest -> whole + ":"
                        + rest.since()
                                .map(since -> Long.toString(micros(since)))
                                .orElse("") + ":"
                        + PercentCoding.encode(rest.after()).replace(":", "%3A"))
                .orElse(whole);
    }
}
