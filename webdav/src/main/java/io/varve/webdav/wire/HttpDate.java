package io.varve.webdav.wire;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.ChronoField;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** Dates in HTTP (RFC 9110 section 5.6.7): one form is written, all three are read. */
public final class HttpDate {

    private static final DateTimeFormatter FIXED =
            DateTimeFormatter.ofPattern("EEE, dd MMM uuuu HH:mm:ss 'GMT'", Locale.US);

    private static final DateTimeFormatter RFC_850 = new DateTimeFormatterBuilder()
            .appendPattern("EEEE, dd-MMM-")
            .appendValueReduced(ChronoField.YEAR, 2, 2, 1970)
            .appendPattern(" HH:mm:ss 'GMT'")
            .toFormatter(Locale.US);

    private static final DateTimeFormatter ASCTIME =
            DateTimeFormatter.ofPattern("EEE MMM ppd HH:mm:ss uuuu", Locale.US);

    private static final DateTimeFormatter UTC_SECONDS =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss'Z'", Locale.US);

    private static final String DAYS = "MonTueWedThuFriSatSun";
    private static final String MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec";

    private HttpDate() {}

    /** The date as headers carry it, to the second, rounded down. By hand, since listings do little else but this. */
    public static String format(Instant time) {
        LocalDateTime at = LocalDateTime.ofEpochSecond(time.getEpochSecond(), 0, ZoneOffset.UTC);
        if (!hasFourDigits(at)) {
            return FIXED.format(at);
        }
        StringBuilder text = new StringBuilder(29)
                .append(
                        DAYS,
                        3 * (at.getDayOfWeek().getValue() - 1),
                        3 * at.getDayOfWeek().getValue())
                .append(", ");
        twoDigits(text, at.getDayOfMonth());
        text.append(' ').append(MONTHS, 3 * (at.getMonthValue() - 1), 3 * at.getMonthValue());
        text.append(' ').append(at.getYear()).append(' ');
        return time(text, at).append(" GMT").toString();
    }

    /** The date as {@code DAV:creationdate} carries it (RFC 3339), to the second. */
    public static String formatIso(Instant time) {
        LocalDateTime at = LocalDateTime.ofEpochSecond(time.getEpochSecond(), 0, ZoneOffset.UTC);
        if (!hasFourDigits(at)) {
            return UTC_SECONDS.format(at);
        }
        StringBuilder text = new StringBuilder(20).append(at.getYear()).append('-');
        twoDigits(text, at.getMonthValue());
        text.append('-');
        twoDigits(text, at.getDayOfMonth());
        return time(text.append('T'), at).append('Z').toString();
    }

    private static boolean hasFourDigits(LocalDateTime at) {
        return at.getYear() >= 1000 && at.getYear() <= 9999;
    }

    private static StringBuilder time(StringBuilder text, LocalDateTime at) {
        twoDigits(text, at.getHour());
        twoDigits(text.append(':'), at.getMinute());
        twoDigits(text.append(':'), at.getSecond());
        return text;
    }

    private static void twoDigits(StringBuilder text, int value) {
        text.append((char) ('0' + value / 10)).append((char) ('0' + value % 10));
    }

    /** Reads a date, or gives empty if it is none: RFC 9110 has such a header ignored. */
    public static Optional<Instant> parse(String text) {
        return Stream.of(FIXED, RFC_850, ASCTIME)
                .flatMap(form -> parse(text.strip(), form).stream())
                .findFirst();
    }

    private static Optional<Instant> parse(String text, DateTimeFormatter form) {
        try {
            return Optional.of(LocalDateTime.parse(text, form).toInstant(ZoneOffset.UTC));
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }
}
