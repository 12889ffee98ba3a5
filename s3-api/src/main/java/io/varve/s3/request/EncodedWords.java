package io.varve.s3.request;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Encoded words (RFC 2047), the form in which user metadata beyond ASCII is given back, and in which it may be sent
 * (user guide, "Working with object metadata").
 */
public final class EncodedWords {

    private static final Pattern WORD = Pattern.compile("=\\?([^?\\s]{1,40})\\?([bBqQ])\\?([^?\\s]*)\\?=");

    /** Bytes in one word, so that with its frame it stays within the 75 characters of section 2. */
    private static final int WORD_BYTES_MAX = 45;

    private EncodedWords() {}

    /** The text as it may stand in a header: plain if it is printable ASCII, else as words in base64 of UTF-8. */
    public static String encode(String text) {
        if (text.chars().allMatch(c -> c >= ' ' && c < 127)) {
            return text;
        }
        StringBuilder out = new StringBuilder();
        StringBuilder word = new StringBuilder();
        int bytes = 0;
        for (int i = 0; i < text.length(); ) {
            String character = Character.toString(text.codePointAt(i));
            int length = character.getBytes(StandardCharsets.UTF_8).length;
            if (bytes + length > WORD_BYTES_MAX) {
                append(out, word);
                word.setLength(0);
                bytes = 0;
            }
            word.append(character);
            bytes += length;
            i += character.length();
        }
        append(out, word);
        return out.toString();
    }

    private static void append(StringBuilder out, StringBuilder word) {
        byte[] utf8 = word.toString().getBytes(StandardCharsets.UTF_8);
        out.append(out.isEmpty() ? "" : " ")
                .append("=?UTF-8?B?")
                .append(Base64.getEncoder().encodeToString(utf8))
                .append("?=");
    }

    /** The text with its encoded words decoded; what is no word, or cannot be decoded, stays as it is. */
    public static String decode(String text) {
        Matcher matcher = WORD.matcher(text);
        StringBuilder out = new StringBuilder();
        int end = 0;
        boolean afterWord = false;
        while (matcher.find()) {
            String between = text.substring(end, matcher.start());
            String decoded = decodeWord(matcher);
            // White space between two words only separates them.
            out.append(afterWord && between.isBlank() ? "" : between).append(decoded);
            end = matcher.end();
            afterWord = !decoded.equals(matcher.group());
        }
        return out.append(text.substring(end)).toString();
    }

    private static String decodeWord(Matcher word) {
        try {
            byte[] bytes = word.group(2).equalsIgnoreCase("b")
                    ? Base64.getDecoder().decode(word.group(3))
                    : quoted(word.group(3));
            return new String(bytes, Charset.forName(word.group(1)));
        } catch (IllegalArgumentException | IndexOutOfBoundsException ignored) {
            // An unknown character set, or neither base64 nor quoted, whatever it looks like.
            return word.group();
        }
    }

    private static byte[] quoted(String text) {
        byte[] bytes = new byte[text.length()];
        int length = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '=') {
                bytes[length++] = (byte) Integer.parseInt(text, i + 1, i + 3, 16);
                i += 2;
            } else {
                bytes[length++] = (byte) (c == '_' ? ' ' : c);
            }
        }
        return Arrays.copyOf(bytes, length);
    }
}
