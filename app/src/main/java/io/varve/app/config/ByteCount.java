package io.varve.app.config;

import java.util.OptionalLong;

/** Amounts of bytes as settings and commands have them: {@code 4096}, {@code 64KiB}, {@code 10GiB}. */
public final class ByteCount {
    /** What a text may be, for messages. */
    public static final String GRAMMAR = ValueKind.SIZE.description();

    private ByteCount() {}

    /** Reads an amount; empty if the text is none. */
    public static OptionalLong parse(String text) {
        return ValueKind.SIZE.parser().apply(text).stream()
                .mapToLong(Long::longValue)
                .findFirst();
    }
}
