package io.varve.webdav.wire;

import java.util.Optional;

/**
 * The name of a WebDAV property.
 *
 * @param namespace its XML namespace; empty for none
 * @param local its local name
 */
public record PropertyName(String namespace, String local) {

    /** The namespace of RFC 4918. */
    public static final String DAV = "DAV:";

    /** A property of RFC 4918. */
    public static PropertyName dav(String local) {
        return new PropertyName(DAV, local);
    }

    /** The name as one word: {@code {namespace}local}. */
    public String word() {
        return "{" + namespace + "}" + local;
    }

    /** Reads {@link #word()} back; empty if it is none. */
    public static Optional<PropertyName> ofWord(String word) {
        int close = word.lastIndexOf('}');
        return word.startsWith("{") && close < word.length() - 1 && close > 0
                ? Optional.of(new PropertyName(word.substring(1, close), word.substring(close + 1)))
                : Optional.empty();
    }
}
