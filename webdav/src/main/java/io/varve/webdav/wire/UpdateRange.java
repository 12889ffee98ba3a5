package io.varve.webdav.wire;

import java.util.Optional;

/**
 * Which bytes of a file a request brings: {@code Content-Range} of a PUT (RFC 9110 sections 14.4 and 14.5) and {@code X-Update-Range}
 * of sabre/dav's PATCH.
 *
 * @param first the first byte's offset; of a negative number, that much before the end
 * @param length how many bytes; empty if the request does not say
 * @param atEnd whether they go behind the last byte, wherever that is; then {@code first} says nothing
 */
public record UpdateRange(long first, Optional<Long> length, boolean atEnd) {
    private static final int DIGITS_MAX = 18;

    /**
     * Reads {@code Content-Range}: {@code bytes 0-99/200} or {@code bytes 0-99/*}.
     *
     * @throws WireException 400 if it is anything else
     */
    public static UpdateRange ofContentRange(String header) {
        String text = header.strip();
        int slash = text.indexOf('/');
        int dash = text.indexOf('-');
        if (!text.regionMatches(true, 0, "bytes ", 0, 6) || dash < 0 || slash < dash) {
            throw malformed("Content-Range");
        }
        long first = number(text.substring(6, dash).strip(), "Content-Range");
        long last = number(text.substring(dash + 1, slash).strip(), "Content-Range");
        String whole = text.substring(slash + 1).strip();
        if (last < first || (!whole.equals("*") && number(whole, "Content-Range") <= last)) {
            throw malformed("Content-Range");
        }
        return new UpdateRange(first, Optional.of(last - first + 1), false);
    }

    /**
     * Reads {@code X-Update-Range}: {@code append}, {@code bytes=5-9}, {@code bytes=5-}, or {@code bytes=-5}.
     *
     * @throws WireException 400 if it is anything else
     */
    public static UpdateRange ofUpdateRange(String header) {
        String text = header.strip();
        if (text.equalsIgnoreCase("append")) {
            return new UpdateRange(0, Optional.empty(), true);
        }
        int dash = text.indexOf('-');
        if (!text.regionMatches(true, 0, "bytes=", 0, 6) || dash < 0) {
            throw malformed("X-Update-Range");
        }
        String first = text.substring(6, dash).strip();
        String last = text.substring(dash + 1).strip();
        if (first.isEmpty()) {
            return new UpdateRange(-number(last, "X-Update-Range"), Optional.empty(), false);
        }
        long from = number(first, "X-Update-Range");
        if (last.isEmpty()) {
            return new UpdateRange(from, Optional.empty(), false);
        }
        long to = number(last, "X-Update-Range");
        if (to < from) {
            throw malformed("X-Update-Range");
        }
        return new UpdateRange(from, Optional.of(to - from + 1), false);
    }

    /**
     * Where the bytes go in a file of that size.
     *
     * @return empty if that would leave a gap
     */
    public Optional<Long> offset(long size) {
        long offset = atEnd ? size : first < 0 ? Math.max(0, size + first) : first;
        return offset > size ? Optional.empty() : Optional.of(offset);
    }

    private static long number(String digits, String header) {
        boolean number = !digits.isEmpty()
                && digits.length() <= DIGITS_MAX
                && digits.chars().allMatch(c -> c >= '0' && c <= '9');
        if (!number) {
            throw malformed(header);
        }
        return Long.parseLong(digits);
    }

    private static WireException malformed(String header) {
        return WireException.malformed("The header " + header + " names no range of bytes.");
    }
}
