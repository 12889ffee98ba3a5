package io.varve.storage.io;

import java.nio.file.OpenOption;
import java.util.Arrays;

/**
 * The open option that bypasses the page cache: {@code com.sun.nio.file.ExtendedOpenOption.DIRECT} (JDK-8164900). It belongs to the
 * module {@code jdk.unsupported}, so it is looked up by name: a Java runtime without it just gets the buffered engine.
 */
final class DirectOption {

    private DirectOption() {}

    /** @throws UnsupportedOperationException if this Java runtime has no such option */
    static OpenOption get() {
        try {
            Object[] options =
                    Class.forName("com.sun.nio.file.ExtendedOpenOption").getEnumConstants();
            return Arrays.stream(options)
                    .filter(option -> option.toString().equals("DIRECT"))
                    .map(OpenOption.class::cast)
                    .findFirst()
                    .orElseThrow(() -> new UnsupportedOperationException("This Java runtime has no direct I/O."));
        } catch (ClassNotFoundException e) {
            throw new UnsupportedOperationException("This Java runtime has no direct I/O.", e);
        }
    }
}
