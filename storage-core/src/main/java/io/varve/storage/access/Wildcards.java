package io.varve.storage.access;

/** Patterns of policies: {@code *} stands for any characters, {@code ?} for one. */
final class Wildcards {
    private Wildcards() {}

    /** Whether the text fits, in time proportional to the product of both lengths at worst. */
    static boolean matches(String pattern, String text) {
        int p = 0;
        int t = 0;
        int star = -1;
        int resume = 0;
        while (t < text.length()) {
            if (p < pattern.length() && pattern.charAt(p) == '*') {
                star = p++;
                resume = t;
            } else if (p < pattern.length() && (pattern.charAt(p) == '?' || pattern.charAt(p) == text.charAt(t))) {
                p++;
                t++;
            } else if (star >= 0) {
                p = star + 1;
                t = ++resume;
            } else {
                return false;
            }
        }
        while (p < pattern.length() && pattern.charAt(p) == '*') {
            p++;
        }
        return p == pattern.length();
    }

    /** Whether every text that begins with {@code prefix} surely fits: what the pattern ends with takes the rest. */
    static boolean matchesAllBelow(String pattern, String prefix) {
        return pattern.endsWith("*") && matches(pattern, prefix);
    }

    /** Whether some text that begins with {@code prefix} fits. */
    static boolean canMatchBelow(String pattern, String prefix) {
        for (int i = 0; i < pattern.length(); i++) {
            char c = pattern.charAt(i);
            if (c == '*' || i >= prefix.length()) {
                return true;
            }
            if (c != '?' && c != prefix.charAt(i)) {
                return false;
            }
        }
        return pattern.length() >= prefix.length();
    }
}
