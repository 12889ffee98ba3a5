package io.varve.storage.io;

import java.util.HashMap;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * The names of a directory: which are legal, and which are open and must therefore stay where they are. The second rule is that of
 * the strictest platform (Windows), and it lets a channel be opened again by its path (see {@link ChannelDevice}).
 */
final class DeviceNames {

    private static final Pattern LEGAL = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,127}");

    private final Map<String, Integer> opened = new HashMap<>();

    static boolean isLegal(String name) {
        return LEGAL.matcher(name).matches();
    }

    static void requireLegal(String name) {
        if (!isLegal(name)) {
            throw new IllegalArgumentException("Not a device name: \"" + name
                    + "\" (1 to 128 of A-Z a-z 0-9 . _ -, the first a letter or digit).");
        }
    }

    synchronized void opened(String name) {
        opened.merge(name, 1, Integer::sum);
    }

    synchronized void closed(String name) {
        opened.computeIfPresent(name, (ignored, count) -> count == 1 ? null : count - 1);
    }

    synchronized void requireClosed(String name) {
        if (opened.containsKey(name)) {
            throw new IllegalStateException(
                    "The device " + name + " is open; close it before it is renamed or deleted.");
        }
    }
}
