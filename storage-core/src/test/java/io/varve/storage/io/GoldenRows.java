package io.varve.storage.io;

import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;

/** Golden files of rows: a name and bytes in hexadecimal on each line. */
public final class GoldenRows {
    private GoldenRows() {}

    /** The rows of a file beside a test class, in their order. */
    public static Map<String, byte[]> read(Class<?> test, String file) {
        Map<String, byte[]> rows = new LinkedHashMap<>();
        DeviceFiles.golden(test, file).lines().forEach(line -> {
            String[] words = line.split(" ", 2);
            rows.put(words[0], HexFormat.of().parseHex(words[1]));
        });
        return rows;
    }
}
