package io.varve.s3.operation;

import jakarta.servlet.http.HttpServletResponse;
import java.util.Locale;

/**
 * Sends a content type exactly as it was stored.
 *
 * <p>Tomcat takes a type with a charset apart and writes it anew ({@code text/html; charset=utf-8} loses its space), but
 * passes through what it cannot parse. A control character at the end makes it give up parsing; on the wire Tomcat
 * writes control characters as spaces, and a space at the end of a header is no part of its value (RFC 9110, section
 * 5.5).
 */
public final class VerbatimContentType {

    private static final char UNPARSABLE = '\u0001';

    private VerbatimContentType() {}

    public static void set(HttpServletResponse response, String type) {
        response.setContentType(type.toLowerCase(Locale.ROOT).contains("charset") ? type + UNPARSABLE : type);
    }
}
