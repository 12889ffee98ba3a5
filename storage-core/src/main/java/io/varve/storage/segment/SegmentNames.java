package io.varve.storage.segment;

import java.util.HexFormat;
import java.util.OptionalInt;
import java.util.regex.Pattern;

/** The names of segment files: the id in eight hexadecimal digits. */
final class SegmentNames {

    private static final String SUFFIX = ".seg";
    private static final Pattern NAME = Pattern.compile("[0-7][0-9a-f]{7}\\.seg");

    private SegmentNames() {}

    static String name(int id) {
        return HexFormat.of().toHexDigits(id) + SUFFIX;
    }

    /** The id, or nothing if the name is not that of a segment. */
    static OptionalInt parse(String name) {
        return NAME.matcher(name).matches()
                ? OptionalInt.of(HexFormat.fromHexDigits(name, 0, name.length() - SUFFIX.length()))
                : OptionalInt.empty();
    }
}
