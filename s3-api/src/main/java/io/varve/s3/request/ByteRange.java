package io.varve.s3.request;

/**
 * What a Range header asks of content of a known size (RFC 9110, section 14). A header that is malformed, or asks for
 * several ranges, is ignored, as Amazon S3 does.
 */
public sealed interface ByteRange {

    /** All of it. */
    record Whole() implements ByteRange {}

    /**
     * A part of it.
     *
     * @param offset the first byte
     * @param length how many, at least 1
     */
    record Slice(long offset, long length) implements ByteRange {
        public String contentRange(long size) {
            return "bytes " + offset + "-" + (offset + length - 1) + "/" + size;
        }
    }

    /** No byte of it. */
    record Unsatisfiable() implements ByteRange {}

    /**
     * Reads a Range header.
     *
     * @param header the header's value; may be empty
     * @param size the content's length in bytes
     */
    static ByteRange parse(String header, long size) {
        String unit = "bytes=";
        if (!header.regionMatches(true, 0, unit, 0, unit.length())) {
            return new Whole();
        }
        String spec = header.substring(unit.length());
        int dash = spec.indexOf('-');
        if (dash < 0 || spec.indexOf(',') >= 0) {
            return new Whole();
        }
        String first = spec.substring(0, dash);
        String last = spec.substring(dash + 1);
        if (first.isEmpty()) {
            long suffix = number(last);
            if (suffix < 0) {
                return new Whole();
            }
            long length = Math.min(suffix, size);
            return length == 0 ? new Unsatisfiable() : new Slice(size - length, length);
        }
        long from = number(first);
        long to = last.isEmpty() ? Long.MAX_VALUE : number(last);
        if (from < 0 || to < from) {
            return new Whole();
        }
        if (from >= size) {
            return new Unsatisfiable();
        }
        return new Slice(from, Math.min(to, size - 1) - from + 1);
    }

    /** The number, the largest long for one that is larger, or -1 for what is no number. */
    private static long number(String digits) {
        if (digits.isEmpty()) {
            return -1;
        }
        long value = 0;
        for (int i = 0; i < digits.length(); i++) {
            int digit = digits.charAt(i) - '0';
            if (digit < 0 || digit > 9) {
                return -1;
            }
            value = value > (Long.MAX_VALUE - digit) / 10 ? Long.MAX_VALUE : value * 10 + digit;
        }
        return value;
    }
}
