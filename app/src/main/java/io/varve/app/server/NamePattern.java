package io.varve.app.server;

import java.util.Locale;

/**
 * What people type to find files: part of a name, or with {@code *} and {@code ?} a pattern for all of it; case does not matter. Takes at
 * most name times pattern steps, whatever the pattern is.
 */
final class NamePattern {
    private final String text;
    private final boolean whole;

    NamePattern(String typed) {
        text = typed.toLowerCase(Locale.ROOT);
        whole = text.indexOf('*') >= 0 || text.indexOf('?') >= 0;
    }

    boolean matches(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        return whole ? matchesWhole(lower) : lower.contains(text);
    }

    /** When it does not go on, the last asterisk takes one character more. */
    private boolean matchesWhole(String name) {
        int at = 0;
        int in = 0;
        int asterisk = -1;
        int taken = 0;
        while (at < name.length()) {
            if (in < text.length() && text.charAt(in) == '*') {
                asterisk = in++;
                taken = at;
            } else if (in < text.length() && (text.charAt(in) == '?' || text.charAt(in) == name.charAt(at))) {
                in++;
                at++;
            } else if (asterisk >= 0) {
                in = asterisk + 1;
                at = ++taken;
            } else {
                return false;
            }
        }
        while (in < text.length() && text.charAt(in) == '*') {
            in++;
        }
        return in == text.length();
    }
}
