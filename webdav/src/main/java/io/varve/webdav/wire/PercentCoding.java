package io.varve.webdav.wire;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.BitSet;

/**
 * Percent-encoding of path segments (RFC 3986 section 2.1), in strict UTF-8: overlong forms, lone
 * surrogates and stray bytes are refused, so that one name has one spelling in the store.
 */
public final class PercentCoding {

    /** What stays as it is in an href; fewer than RFC 3986 allows, because some clients compare hrefs as text. */
    private static final BitSet PLAIN = new BitSet(128);

    private static final char[] HEX = "0123456789ABCDEF".toCharArray();

    static {
        PLAIN.set('a', 'z' + 1);
        PLAIN.set('A', 'Z' + 1);
        PLAIN.set('0', '9' + 1);
        "-._~!$()*+,:@=".chars().forEach(PLAIN::set);
    }

    private PercentCoding() {}

    /**
     * Decodes one segment.
     *
     * @param raw the segment as it came; characters up to U+00FF stand for the byte of that value
     * @throws WireException 400 if an escape is incomplete or the bytes are not UTF-8
     */
    public static String decode(String raw) {
        byte[] bytes = new byte[raw.length()];
        int length = 0;
        for (int i = 0; i < raw.length(); i++) {
            char c = raw.charAt(i);
            if (c == '%') {
                bytes[length++] = (byte) escape(raw, i);
                i += 2;
            } else if (c <= 0xFF) {
                bytes[length++] = (byte) c;
            } else {
                throw WireException.malformed("The address holds a character that must be percent-encoded.");
            }
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .onUnmappableCharacter(CodingErrorAction.REPORT)
                    .decode(ByteBuffer.wrap(bytes, 0, length))
                    .toString();
        } catch (CharacterCodingException e) {
            throw WireException.malformed("The address is not percent-encoded UTF-8.");
        }
    }

    private static int escape(String raw, int percent) {
        if (percent + 2 >= raw.length()) {
            throw WireException.malformed("The address ends within a percent-escape.");
        }
        int high = Character.digit(raw.charAt(percent + 1), 16);
        int low = Character.digit(raw.charAt(percent + 2), 16);
        if (high < 0 || low < 0 || raw.charAt(percent + 1) > 'f' || raw.charAt(percent + 2) > 'f') {
            throw WireException.malformed("The address holds a malformed percent-escape.");
        }
        return (high << 4) | low;
    }

    /** Encodes a path, leaving its slashes. A lone surrogate, which no store key holds, becomes U+FFFD. */
    public static String encode(String path) {
        int plain = 0;
        while (plain < path.length() && (path.charAt(plain) == '/' || PLAIN.get(path.charAt(plain)))) {
            plain++;
        }
        if (plain == path.length()) {
            return path;
        }
        StringBuilder encoded = new StringBuilder(path.length() + 16).append(path, 0, plain);
        for (byte b : path.substring(plain).getBytes(StandardCharsets.UTF_8)) {
            int c = b & 0xFF;
            if (c == '/' || PLAIN.get(c)) {
                encoded.append((char) c);
            } else {
                encoded.append('%').append(HEX[c >> 4]).append(HEX[c & 15]);
            }
        }
        return encoded.toString();
    }
}
