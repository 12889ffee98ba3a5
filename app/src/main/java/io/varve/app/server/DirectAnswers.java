package io.varve.app.server;

import jakarta.servlet.ServletException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import org.apache.catalina.connector.ClientAbortException;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.valves.ValveBase;

/**
 * Gives each request an attribute with the name of {@link WritableByteChannel}: a channel into its answer that passes on pieces of memory
 * as large as they are, where the container's stream cuts them to the size of its buffer and copies what does not fill one. Both ways
 * can be used in turns, from one thread at a time.
 */
final class DirectAnswers extends ValveBase {
    DirectAnswers() {
        super(true);
    }

    @Override
    public void invoke(Request request, Response response) throws IOException, ServletException {
        request.setAttribute(WritableByteChannel.class.getName(), new Body(response));
        getNext().invoke(request, response);
    }

    /** Past the buffer of an answer, which is emptied first. Fails as the container's stream does when the client is gone. */
    private record Body(Response response) implements WritableByteChannel {
        @Override
        public int write(ByteBuffer piece) throws IOException {
            int before = piece.remaining();
            response.flushBuffer();
            try {
                response.getCoyoteResponse().doWrite(piece);
            } catch (IOException e) {
                response.getCoyoteResponse().setErrorException(e);
                throw new ClientAbortException(e);
            }
            return before - piece.remaining();
        }

        @Override
        public boolean isOpen() {
            return true;
        }

        /** The container ends the answer. */
        @Override
        public void close() {}
    }
}
