package io.varve.webdav.wire;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The parameters of an {@code Authorization} header: {@code name=token} or {@code name="quoted"}, with commas between (RFC 9110 section
 * 11.2). Names are in lower case.
 */
public final class AuthParameters {
    private static final int PARAMETERS_MAX = 32;

    private final String text;
    private final Map<String, String> values = new HashMap<>();
    private int at;

    private AuthParameters(String text) {
        this.text = text;
    }

    /**
     * Reads what follows the scheme.
     *
     * @return empty if it is not well-formed, or names a parameter twice
     */
    public static Optional<Map<String, String>> parse(String text) {
        AuthParameters reading = new AuthParameters(text);
        return reading.readAll() ? Optional.of(Map.copyOf(reading.values)) : Optional.empty();
    }

    private boolean readAll() {
        skip();
        while (at < text.length()) {
            if (values.size() == PARAMETERS_MAX || !readOne()) {
                return false;
            }
            int end = at;
            skip();
            if (at < text.length() && text.substring(end, at).indexOf(',') < 0) {
                return false;
            }
        }
        return true;
    }

    private boolean readOne() {
        String name = token().toLowerCase(Locale.ROOT);
        spaces();
        if (name.isEmpty() || at == text.length() || text.charAt(at) != '=') {
            return false;
        }
        at++;
        spaces();
        boolean quoted = at < text.length() && text.charAt(at) == '"';
        Optional<String> value = quoted ? quoted() : Optional.of(token()).filter(token -> !token.isEmpty());
        return value.isPresent() && values.put(name, value.get()) == null;
    }

    private String token() {
        int from = at;
        while (at < text.length() && " \t,=\"".indexOf(text.charAt(at)) < 0) {
            at++;
        }
        return text.substring(from, at);
    }

    private Optional<String> quoted() {
        StringBuilder value = new StringBuilder();
        at++;
        while (at < text.length()) {
            char next = text.charAt(at++);
            if (next == '"') {
                return Optional.of(value.toString());
            }
            if (next == '\\' && at < text.length()) {
                next = text.charAt(at++);
            }
            value.append(next);
        }
        return Optional.empty();
    }

    private void spaces() {
        while (at < text.length() && (text.charAt(at) == ' ' || text.charAt(at) == '\t')) {
            at++;
        }
    }

    /** Over spaces and commas; empty elements of a list do not count. */
    private void skip() {
        while (at < text.length() && " \t,".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
    }
}
