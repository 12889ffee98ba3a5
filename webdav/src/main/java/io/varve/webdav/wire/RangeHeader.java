package io.varve.webdav.wire;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The {@code Range} header (RFC 9110 section 14). */
public final class RangeHeader {

    /** More ranges than this are answered with the whole content, as RFC 9110 section 14.2 advises. */
    static final int RANGES_MAX = 32;

    private static final int DIGITS_MAX = 18;

    private RangeHeader() {}

    /** What a range request asks for. */
    public sealed interface Selection {

        /** The whole content: no range, or one that is to be ignored. */
        record Whole() implements Selection {}

        /**
         * Some ranges, in the client's order.
         *
         * @param ranges at least one
         */
        record Parts(List<Range> ranges) implements Selection {
            public Parts {
                ranges = List.copyOf(ranges);
            }
        }

        /** Well-formed ranges, none of which lies in the content. */
        record Unsatisfiable() implements Selection {}
    }

    /**
     * A run of bytes.
     *
     * @param first offset of the first byte
     * @param length how many, at least 1
     */
    public record Range(long first, long length) {

        public long last() {
            return first + length - 1;
        }
    }

    /**
     * Chooses the bytes to send.
     *
     * @param header the header's value
     * @param size the content's size in bytes
     */
    public static Selection select(String header, long size) {
        String text = header.strip();
        int equals = text.indexOf('=');
        if (equals < 0
                || !text.substring(0, equals).strip().toLowerCase(Locale.ROOT).equals("bytes")) {
            return new Selection.Whole();
        }
        List<Range> ranges = new ArrayList<>();
        int specs = 0;
        for (String spec : text.substring(equals + 1).split(",", -1)) {
            String one = spec.strip();
            if (one.isEmpty()) {
                continue;
            }
            specs++;
            int dash = one.indexOf('-');
            if (specs > RANGES_MAX || dash < 0 || !isWellFormed(one.substring(0, dash), one.substring(dash + 1))) {
                return new Selection.Whole();
            }
            addIfSatisfiable(ranges, one.substring(0, dash), one.substring(dash + 1), size);
        }
        if (specs == 0 || sum(ranges) > size) {
            // Overlapping ranges that add up to more than the whole are no bargain for anybody.
            return new Selection.Whole();
        }
        return ranges.isEmpty() ? new Selection.Unsatisfiable() : new Selection.Parts(ranges);
    }

    private static boolean isWellFormed(String first, String last) {
        return (!first.isEmpty() || !last.isEmpty())
                && isNumber(first)
                && isNumber(last)
                && (first.isEmpty() || last.isEmpty() || number(first) <= number(last));
    }

    private static void addIfSatisfiable(List<Range> ranges, String first, String last, long size) {
        long start = first.isEmpty() ? Math.max(0, size - number(last)) : number(first);
        long end = first.isEmpty() || last.isEmpty() ? size - 1 : Math.min(number(last), size - 1);
        if (start <= end) {
            ranges.add(new Range(start, end - start + 1));
        }
    }

    private static long sum(List<Range> ranges) {
        return ranges.stream().mapToLong(Range::length).sum();
    }

    private static boolean isNumber(String text) {
        return text.chars().allMatch(c -> c >= '0' && c <= '9');
    }

    private static long number(String digits) {
        return digits.length() > DIGITS_MAX ? Long.MAX_VALUE : Long.parseLong(digits);
    }
}
