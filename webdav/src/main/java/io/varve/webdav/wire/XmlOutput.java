package io.varve.webdav.wire;

import java.io.IOException;
import java.io.OutputStream;

/**
 * Writes XML as UTF-8 straight to a stream, with one small buffer and no tree. One thread at a time.
 *
 * <p>Markup is given as trusted text; only {@link #text} and {@link #attribute} take foreign text, and
 * what XML 1.0 cannot hold (control characters, lone surrogates) becomes U+FFFD there.
 */
public final class XmlOutput {

    private static final int BUFFER_BYTES = 16 * 1024;

    /** The most bytes one character (or half a surrogate pair) can take, escapes included. */
    private static final int CHARACTER_BYTES_MAX = 8;

    private static final char REPLACEMENT = '\uFFFD';

    private final OutputStream out;
    private final byte[] buffer = new byte[BUFFER_BYTES];
    private int used;

    /** A writer to that stream; nothing reaches it before the buffer is full or {@link #flush()}. */
    public XmlOutput(OutputStream out) {
        this.out = out;
    }

    /** Writes markup, which must be well-formed XML made by this program or by {@link XmlFragment}. */
    public XmlOutput markup(String trusted) throws IOException {
        return write(trusted, Escaping.NONE);
    }

    /** Writes character data. */
    public XmlOutput text(String foreign) throws IOException {
        return write(foreign, Escaping.TEXT);
    }

    /** Writes what stands between the double quotes of an attribute. */
    public XmlOutput attribute(String foreign) throws IOException {
        return write(foreign, Escaping.ATTRIBUTE);
    }

    /** Hands everything written so far to the stream. */
    public void flush() throws IOException {
        out.write(buffer, 0, used);
        used = 0;
    }

    private enum Escaping {
        NONE,
        TEXT,
        ATTRIBUTE
    }

    private XmlOutput write(String text, Escaping escaping) throws IOException {
        for (int i = 0; i < text.length(); i++) {
            if (used > BUFFER_BYTES - CHARACTER_BYTES_MAX) {
                flush();
            }
            char c = text.charAt(i);
            if (c >= 0x80) {
                if (Character.isHighSurrogate(c)
                        && i + 1 < text.length()
                        && Character.isLowSurrogate(text.charAt(i + 1))) {
                    four(Character.toCodePoint(c, text.charAt(++i)));
                } else {
                    twoOrThree(Character.isSurrogate(c) || c >= 0xFFFE ? REPLACEMENT : c);
                }
            } else if (escaping == Escaping.NONE || c > '>' || (c >= '\'' && c < '<')) {
                buffer[used++] = (byte) c;
            } else {
                escaped(c, escaping);
            }
        }
        return this;
    }

    private void escaped(char c, Escaping escaping) {
        switch (c) {
            case '<' -> ascii("&lt;");
            case '>' -> ascii("&gt;");
            case '&' -> ascii("&amp;");
            case '\r' -> ascii("&#13;");
            case '"' -> ascii(escaping == Escaping.ATTRIBUTE ? "&quot;" : "\"");
            case '\t' -> ascii(escaping == Escaping.ATTRIBUTE ? "&#9;" : "\t");
            case '\n' -> ascii(escaping == Escaping.ATTRIBUTE ? "&#10;" : "\n");
            default -> {
                if (c < ' ') {
                    twoOrThree(REPLACEMENT);
                } else {
                    buffer[used++] = (byte) c;
                }
            }
        }
    }

    private void ascii(String text) {
        for (int i = 0; i < text.length(); i++) {
            buffer[used++] = (byte) text.charAt(i);
        }
    }

    private void twoOrThree(char c) {
        if (c < 0x800) {
            buffer[used++] = (byte) (0xC0 | (c >> 6));
        } else {
            buffer[used++] = (byte) (0xE0 | (c >> 12));
            buffer[used++] = (byte) (0x80 | ((c >> 6) & 0x3F));
        }
        buffer[used++] = (byte) (0x80 | (c & 0x3F));
    }

    private void four(int point) {
        buffer[used++] = (byte) (0xF0 | (point >> 18));
        buffer[used++] = (byte) (0x80 | ((point >> 12) & 0x3F));
        buffer[used++] = (byte) (0x80 | ((point >> 6) & 0x3F));
        buffer[used++] = (byte) (0x80 | (point & 0x3F));
    }
}
