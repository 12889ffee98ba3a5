package io.varve.storage.access;

import java.util.Optional;
import java.util.regex.Pattern;

/** What a user may be called and choose as a password. What is wrong is told in a sentence that says the rule. */
public final class CredentialRules {
    private static final int NAME_LENGTH_MIN = 3;
    private static final int NAME_LENGTH_MAX = 64;
    private static final int PASSWORD_LENGTH_MIN = 8;
    private static final int PASSWORD_LENGTH_MAX = 128;

    /** What survives unquoted in an S3 credential scope, in Basic authentication (no colon) and in a shell. */
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._@-]*");

    private CredentialRules() {}

    /** Returns what is wrong with a name: 3 to 64 characters out of A-Z, a-z, 0-9 and {@code . _ @ -}. Empty if nothing is. */
    public static Optional<String> problemWithName(String name) {
        if (name.length() < NAME_LENGTH_MIN || name.length() > NAME_LENGTH_MAX) {
            return Optional.of("A user's name has " + NAME_LENGTH_MIN + " to " + NAME_LENGTH_MAX + " characters, not "
                    + name.length() + ".");
        }
        if (!NAME.matcher(name).matches()) {
            return Optional.of(
                    "A user's name consists of the letters A-Z and a-z, digits, and the characters . _ @ - only.");
        }
        return Optional.empty();
    }

    /** Returns what is wrong with a password: 8 to 128 characters, no control characters. Empty if nothing is. */
    public static Optional<String> problemWithPassword(String password) {
        int length = password.codePointCount(0, password.length());
        if (length < PASSWORD_LENGTH_MIN || length > PASSWORD_LENGTH_MAX) {
            return Optional.of("A password has " + PASSWORD_LENGTH_MIN + " to " + PASSWORD_LENGTH_MAX
                    + " characters, not " + length + ".");
        }
        if (password.codePoints().anyMatch(CredentialRules::unspeakable)) {
            return Optional.of("A password has no control characters, such as line ends, and no broken characters.");
        }
        return Optional.empty();
    }

    private static boolean unspeakable(int codePoint) {
        return Character.isISOControl(codePoint) || Character.getType(codePoint) == Character.SURROGATE;
    }
}
