package io.varve.webdav;

import java.util.HexFormat;

/** A refusal as a problem document (RFC 9457). One object of two members needs no JSON library. */
final class ProblemText {
    private ProblemText() {}

    static String of(Refusal refusal) {
        StringBuilder text = new StringBuilder("{\"status\":").append(refusal.status());
        text.append(",\"detail\":\"");
        refusal.message().chars().forEach(unit -> append(text, (char) unit));
        return text.append("\"}").toString();
    }

    /** RFC 8259 section 7. */
    private static void append(StringBuilder text, char unit) {
        if (unit == '"' || unit == '\\') {
            text.append('\\').append(unit);
        } else if (unit < 0x20 || Character.isSurrogate(unit)) {
            text.append("\\u").append(HexFormat.of().toHexDigits(unit));
        } else {
            text.append(unit);
        }
    }
}
