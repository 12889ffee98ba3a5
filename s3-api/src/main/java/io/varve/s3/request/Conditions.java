package io.varve.s3.request;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The conditions of a request on the object it reads (RFC 9110, section 13): the headers {@code If-Match},
 * {@code If-None-Match}, {@code If-Modified-Since} and {@code If-Unmodified-Since}, or their namesakes for the source of
 * a copy.
 *
 * @param match entity tags of which one must be the current one; empty header: no condition
 * @param noneMatch entity tags of which none may be the current one
 * @param modifiedSince only if changed after it
 * @param unmodifiedSince only if not changed after it
 */
public record Conditions(
        Optional<String> match,
        Optional<String> noneMatch,
        Optional<Instant> modifiedSince,
        Optional<Instant> unmodifiedSince) {

    /** What the conditions say. */
    public enum Outcome {
        /** They hold. */
        HOLDS,
        /** The client has it already: 304 for a read. */
        NOT_MODIFIED,
        /** They do not hold: 412. */
        FAILED
    }

    private static final List<String> NAMES =
            List.of("If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since");

    /** The prefix of the conditions on the source of a copy. */
    public static final String OF_SOURCE = "x-amz-copy-source-";

    /** The header that must have failed if a condition did: the only one there is, if it is one. */
    public static Optional<String> only(Headers headers) {
        List<String> found = Stream.of("", OF_SOURCE)
                .flatMap(prefix -> NAMES.stream().map(name -> prefix + name))
                .filter(name -> headers.has(name.toLowerCase(Locale.ROOT)))
                .toList();
        return found.size() == 1 ? Optional.of(found.getFirst()) : Optional.empty();
    }

    /**
     * Reads the headers.
     *
     * @param prefix {@code ""} for the request's own, {@link #OF_SOURCE} for those of a copy's source
     */
    public static Conditions of(Headers headers, String prefix) {
        return new Conditions(
                headers.find(prefix + "if-match"),
                headers.find(prefix + "if-none-match"),
                headers.find(prefix + "if-modified-since").flatMap(HttpDate::parse),
                headers.find(prefix + "if-unmodified-since").flatMap(HttpDate::parse));
    }

    /**
     * Evaluates them in the order of RFC 9110, section 13.2.2: a tag decides before a date.
     *
     * @param etag the current entity tag, without quotes
     * @param modified the current modification time; compared in seconds, as headers carry it
     */
    public Outcome evaluate(String etag, Instant modified) {
        Instant seconds = modified.truncatedTo(ChronoUnit.SECONDS);
        if (match.isPresent()) {
            if (!matches(match.get(), etag)) {
                return Outcome.FAILED;
            }
        } else if (unmodifiedSince.isPresent() && seconds.isAfter(unmodifiedSince.get())) {
            return Outcome.FAILED;
        }
        if (noneMatch.isPresent()) {
            return matches(noneMatch.get(), etag) ? Outcome.NOT_MODIFIED : Outcome.HOLDS;
        }
        return modifiedSince.isPresent() && !seconds.isAfter(modifiedSince.get())
                ? Outcome.NOT_MODIFIED
                : Outcome.HOLDS;
    }

    /** Whether a list of entity tags names {@code etag}; quotes may be missing, as S3 clients send them. */
    public static boolean matches(String list, String etag) {
        int start = 0;
        while (start < list.length()) {
            int comma = list.indexOf(',', start);
            int end = comma < 0 ? list.length() : comma;
            String tag = list.substring(start, end).strip();
            if (tag.startsWith("W/")) {
                tag = tag.substring(2);
            }
            if ("*".equals(tag) || unquoted(tag).equals(etag)) {
                return true;
            }
            start = end + 1;
        }
        return false;
    }

    /** An entity tag without its quotes. */
    public static String unquoted(String tag) {
        return tag.length() >= 2 && tag.startsWith("\"") && tag.endsWith("\"")
                ? tag.substring(1, tag.length() - 1)
                : tag;
    }
}
