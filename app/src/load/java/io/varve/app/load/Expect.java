package io.varve.app.load;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.Consumer;

/** Checks of answers. */
final class Expect {
    private Expect() {}

    /** A 2xx answer. */
    static HttpConnection.Answer success(HttpConnection.Answer answer) throws IOException {
        if (answer.status() / 100 != 2) {
            throw new IOException("Answered with status " + answer.status() + ".");
        }
        return answer;
    }

    /** A 2xx answer with a body of so many bytes. */
    static HttpConnection.Answer success(HttpConnection.Answer answer, long bytes) throws IOException {
        if (success(answer).bytes() != bytes) {
            throw new IOException("Answered with " + answer.bytes() + " bytes instead of " + bytes + ".");
        }
        return answer;
    }

    /** Takes an answer's body and compares it with what was written; a difference throws. */
    static Consumer<ByteBuffer> bytes(ByteBuffer written) {
        return part -> {
            int length = part.remaining();
            if (length > written.remaining()
                    || written.slice(written.position(), length).mismatch(part) >= 0) {
                throw new IllegalStateException("What was read is not what was written.");
            }
            written.position(written.position() + length);
        };
    }
}
