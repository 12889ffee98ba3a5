package io.varve.s3.request;

import io.varve.s3.error.S3Error;
import io.varve.s3.error.S3Exception;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/**
 * Percent coding as Signature V4 defines it (function {@code UriEncode} of the page "Signature calculations for the
 * Authorization header"): everything but letters, digits and {@code - . _ ~} is coded, in upper-case hexadecimal of its
 * UTF-8 bytes.
 */
public final class UriCoding {

    private static final char[] HEX = "0123456789ABCDEF".toCharArray();
    private static final boolean[] UNRESERVED = unreserved();

    private UriCoding() {}

    private static boolean[] unreserved() {
        boolean[] plain = new boolean[128];
        for (char c = 0; c < plain.length; c++) {
            plain[c] = (c >= 'A' && c <= 'Z')
                    || (c >= 'a' && c <= 'z')
                    || (c >= '0' && c <= '9')
                    || c == '-'
                    || c == '.'
                    || c == '_'
                    || c == '~';
        }
        return plain;
    }

    /**
     * Decodes percent escapes.
     *
     * @param text from the request line or a header; characters above 127 stand for single bytes
     * @param plusIsSpace whether {@code +} means a space, as in queries
     * @throws S3Exception {@link S3Error#INVALID_URI} for a broken escape, or bytes that are no UTF-8
     */
    public static String decode(String text, boolean plusIsSpace) {
        int plain = 0;
        while (plain < text.length() && isLiteral(text.charAt(plain), plusIsSpace)) {
            plain++;
        }
        if (plain == text.length()) {
            return text;
        }
        byte[] bytes = new byte[text.length()];
        int length = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '%') {
                int high = i + 2 < text.length() ? Character.digit(text.charAt(i + 1), 16) : -1;
                int low = i + 2 < text.length() ? Character.digit(text.charAt(i + 2), 16) : -1;
                if (high < 0 || low < 0) {
                    throw new S3Exception(S3Error.INVALID_URI);
                }
                bytes[length++] = (byte) (high << 4 | low);
                i += 2;
            } else if (c == '+' && plusIsSpace) {
                bytes[length++] = ' ';
            } else if (c <= 0xff) {
                bytes[length++] = (byte) c;
            } else {
                throw new S3Exception(S3Error.INVALID_URI);
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
            throw new S3Exception(S3Error.INVALID_URI, "The URI is not UTF-8.", e);
        }
    }

    private static boolean isLiteral(char c, boolean plusIsSpace) {
        return c != '%' && c < 128 && !(c == '+' && plusIsSpace);
    }

    /** Encodes a whole text. */
    public static String encode(String text, boolean keepSlash) {
        StringBuilder out = new StringBuilder(text.length() + 16);
        encode(text, keepSlash, out);
        return out.toString();
    }

    /** Appends the encoded text. */
    public static void encode(String text, boolean keepSlash, StringBuilder out) {
        int start = 0;
        while (start < text.length() && isKept(text.charAt(start), keepSlash)) {
            start++;
        }
        out.append(text, 0, start);
        if (start == text.length()) {
            return;
        }
        for (byte b : text.substring(start).getBytes(StandardCharsets.UTF_8)) {
            if (b >= 0 && isKept((char) b, keepSlash)) {
                out.append((char) b);
            } else {
                out.append('%').append(HEX[(b >> 4) & 15]).append(HEX[b & 15]);
            }
        }
    }

    private static boolean isKept(char c, boolean keepSlash) {
        return c < 128 && (UNRESERVED[c] || (keepSlash && c == '/'));
    }
}
