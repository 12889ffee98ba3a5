package io.varve.storage.namespace;

import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Lengths of time as people write them: {@code 90s}, {@code 15m}, {@code 36h}, {@code 30d}, {@code 2w}, {@code 1y} (365 days). Pure. */
final class Ages {
    static final long SECONDS_MAX = 1000L * 366 * 24 * 3600;

    private static final Pattern AGE = Pattern.compile("([0-9]{1,9})([smhdwy])");

    private Ages() {}

    /** Reads one of up to 1,000 years; empty if it is none. */
    static Optional<Duration> parse(String text) {
        Matcher age = AGE.matcher(text);
        if (!age.matches()) {
            return Optional.empty();
        }
        long seconds = Long.parseLong(age.group(1)) * unitSeconds(age.group(2));
        return seconds > SECONDS_MAX ? Optional.empty() : Optional.of(Duration.ofSeconds(seconds));
    }

    /** The form in the largest unit, up to days, that has it whole. */
    static String text(Duration age) {
        long seconds = age.toSeconds();
        if (seconds % (24 * 3600) == 0) {
            return seconds / (24 * 3600) + "d";
        }
        if (seconds % 3600 == 0) {
            return seconds / 3600 + "h";
        }
        return seconds % 60 == 0 ? seconds / 60 + "m" : seconds + "s";
    }

    private static long unitSeconds(String unit) {
        return switch (unit) {
            case "s" -> 1;
            case "m" -> 60;
            case "h" -> 3600;
            case "d" -> 24 * 3600;
            case "w" -> 7 * 24 * 3600;
            default -> 365L * 24 * 3600;
        };
    }
}
