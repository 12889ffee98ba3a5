package io.varve.storage.namespace;

import java.util.HexFormat;
import java.util.Optional;

/**
 * Names one of the versions of a key in a bucket with versioning. Its text is 32 hexadecimal digits: a number, which is the commit
 * that wrote the version, and a hash of it, so that ids can be told from other texts.
 *
 * @param number the commit; 0 for the null version, which is written while there is no versioning or it is suspended
 */
public record VersionId(long number) {

    /** The version without a number, of which a key has one at most. */
    public static final VersionId NULL = new VersionId(0);

    private static final String NULL_TEXT = "null";
    private static final int DIGITS = 16;
    private static final HexFormat HEX = HexFormat.of();

    /** Reads an id; empty if the text is none that this class could have written. */
    public static Optional<VersionId> parse(String text) {
        if (text.equals(NULL_TEXT)) {
            return Optional.of(NULL);
        }
        if (text.length() != 2 * DIGITS || !text.chars().allMatch(c -> Character.digit(c, 16) >= 0)) {
            return Optional.empty();
        }
        VersionId id = new VersionId(Long.parseUnsignedLong(text, 0, DIGITS, 16));
        return id.number != 0 && id.toString().equals(text) ? Optional.of(id) : Optional.empty();
    }

    /** The output function of SplitMix64 (Steele, Lea, Flood 2014). */
    private static long mixed(long number) {
        long z = (number ^ number >>> 30) * 0xbf58476d1ce4e5b9L;
        z = (z ^ z >>> 27) * 0x94d049bb133111ebL;
        return z ^ z >>> 31;
    }

    @Override
    public String toString() {
        return number == 0 ? NULL_TEXT : HEX.toHexDigits(number) + HEX.toHexDigits(mixed(number));
    }
}
