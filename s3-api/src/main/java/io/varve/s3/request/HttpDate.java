package io.varve.s3.request;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Dates as headers and documents carry them. */
public final class HttpDate {

    private static final DateTimeFormatter IMF_FIXDATE = DateTimeFormatter.ofPattern(
                    "EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.US)
            .withZone(ZoneOffset.UTC);

    /** The forms of RFC 9110, section 5.6.7, the ISO form that some clients send, and the names of time zones that others do (rclone). */
    private static final List<DateTimeFormatter> ACCEPTED = List.of(
            DateTimeFormatter.RFC_1123_DATE_TIME,
            DateTimeFormatter.ISO_OFFSET_DATE_TIME,
            DateTimeFormatter.ofPattern("[EEE, ]d MMM yyyy HH:mm:ss zzz", Locale.US),
            DateTimeFormatter.ofPattern("EEEE, dd-MMM-yy HH:mm:ss zzz", Locale.US),
            DateTimeFormatter.ofPattern("EEE MMM ppd HH:mm:ss yyyy", Locale.US).withZone(ZoneOffset.UTC));

    private HttpDate() {}

    /** The form of the Last-Modified header; seconds. */
    public static String format(Instant time) {
        return IMF_FIXDATE.format(time);
    }

    /** The form of S3's documents: {@code 2026-11-20T10:00:00.000Z}. */
    public static String formatIso(Instant time) {
        String text = time.truncatedTo(ChronoUnit.MILLIS).toString();
        return text.indexOf('.') < 0 ? text.substring(0, text.length() - 1) + ".000Z" : text;
    }

    /** Reads a date header whatever day of the week it says, which signed dates are not checked for. */
    public static Optional<Instant> parseWithoutDay(String text) {
        int comma = text.indexOf(',');
        return parse(comma < 0 ? text : text.substring(comma + 1).strip());
    }

    /** Reads a date header; empty for what is no date, which RFC 9110 says to ignore. */
    public static Optional<Instant> parse(String text) {
        for (DateTimeFormatter form : ACCEPTED) {
            try {
                return Optional.of(form.parse(text, Instant::from));
            } catch (DateTimeException ignored) {
                // The next form may fit.
            }
        }
        return Optional.empty();
    }
}
