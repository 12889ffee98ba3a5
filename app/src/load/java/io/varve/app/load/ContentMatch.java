package io.varve.app.load;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.Locale;

/** Compares bytes that arrive with those that are expected, and notes the first place where they differ. One thread. */
final class ContentMatch {
    private static final int MADE_AT_ONCE = 64 << 10;
    private static final int SHOWN = 16;

    private final ContentPart expected;
    private ByteBuffer made = ByteBuffer.allocate(0);
    private long arrived;
    private String difference = "";

    ContentMatch(ContentPart expected) {
        this.expected = expected;
    }

    /** Takes bytes that arrived next; the buffer's position stays. */
    void take(ByteBuffer arriving) {
        ByteBuffer part = arriving.duplicate();
        while (part.hasRemaining() && difference.isEmpty()) {
            if (arrived == expected.length()) {
                difference = "goes on behind its " + expected.length() + " bytes";
                return;
            }
            if (!made.hasRemaining()) {
                made = expected.bytes(arrived, (int) Math.min(MADE_AT_ONCE, expected.length() - arrived));
            }
            int count = Math.min(part.remaining(), made.remaining());
            int wrong = made.slice(made.position(), count).mismatch(part.slice(part.position(), count));
            if (wrong >= 0) {
                difference = String.format(
                        Locale.ROOT,
                        "differs at byte %d: expected %s, seen %s",
                        expected.from() + arrived + wrong,
                        hex(made, made.position() + wrong),
                        hex(part, part.position() + wrong));
                return;
            }
            made.position(made.position() + count);
            part.position(part.position() + count);
            arrived += count;
        }
    }

    /** Why what arrived so far is not the beginning of what is expected; empty if it is. */
    String difference() {
        return difference;
    }

    /** Why what arrived is not what is expected, nothing more being to come; empty if it is. */
    String differenceAtEnd() {
        return difference.isEmpty() && arrived < expected.length()
                ? "ends after " + arrived + " of " + expected.length() + " bytes"
                : difference;
    }

    private static String hex(ByteBuffer bytes, int at) {
        byte[] some = new byte[Math.min(SHOWN, bytes.limit() - at)];
        bytes.get(at, some);
        return HexFormat.of().formatHex(some);
    }
}
