package io.varve.storage.namespace;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How people write moments: the same at every door. {@code 2026-11-20T100000Z}, with colons or without dashes, with minutes only or a
 * fraction of a second, with an offset such as {@code +01:00} in place of {@code Z}; without either it is UTC. A date alone is its
 * beginning. Pure.
 */
public final class Moments {
    /** What {@link #parse} understands, for people. */
    public static final String GRAMMAR = "a time such as 2026-11-20T100000Z, 2026-11-20T10:00:00+01:00 or 2026-11-20";

    private static final Pattern MOMENT = Pattern.compile("(\\d{4})-?(\\d{2})-?(\\d{2})"
            + "(?:[Tt ](\\d{2}):?(\\d{2})(?::?(\\d{2})(?:[.,](\\d{1,9}))?)?)?(?:([Zz])|([+-])(\\d{2}):?(\\d{2})?)?");

    private Moments() {}

    /** Reads a moment; empty if it is none. */
    public static Optional<Instant> parse(String text) {
        Matcher matcher = MOMENT.matcher(text.strip());
        if (!matcher.matches()) {
            return Optional.empty();
        }
        try {
            LocalDate day = LocalDate.of(number(matcher, 1), number(matcher, 2), number(matcher, 3));
            LocalTime time = LocalTime.of(number(matcher, 4), number(matcher, 5), number(matcher, 6), nanos(matcher));
            int minutes = number(matcher, 10) * 60 + number(matcher, 11);
            ZoneOffset offset = ZoneOffset.ofTotalSeconds(("-".equals(matcher.group(9)) ? -60 : 60) * minutes);
            return Optional.of(day.atTime(time).toInstant(offset).truncatedTo(ChronoUnit.MICROS));
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }

    private static int number(Matcher matcher, int group) {
        String digits = matcher.group(group);
        return digits == null ? 0 : Integer.parseInt(digits);
    }

    private static int nanos(Matcher matcher) {
        String digits = matcher.group(7);
        return digits == null ? 0 : Integer.parseInt((digits + "00000000").substring(0, 9));
    }

    /** A moment to the microsecond, without characters that file names or addresses dislike: {@code 2026-11-20T100000.000001Z}. */
    public static String compact(Instant moment) {
        var time = moment.atOffset(ZoneOffset.UTC);
        return String.format(
                Locale.ROOT,
                "%04d-%02d-%02dT%02d%02d%02d.%06dZ",
                time.getYear(),
                time.getMonthValue(),
                time.getDayOfMonth(),
                time.getHour(),
                time.getMinute(),
                time.getSecond(),
                time.getNano() / 1000);
    }
}
