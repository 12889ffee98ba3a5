package io.varve.s3;

import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.apache.coyote.ActionCode;
import org.apache.coyote.Adapter;
import org.apache.coyote.ContinueResponseTiming;
import org.apache.coyote.ErrorState;
import org.apache.coyote.InputBuffer;
import org.apache.coyote.Processor;
import org.apache.coyote.Request;
import org.apache.coyote.Response;
import org.apache.coyote.http11.AbstractHttp11Protocol;
import org.apache.coyote.http11.Http11NioProtocol;
import org.apache.coyote.http11.Http11Processor;
import org.apache.tomcat.util.net.ApplicationBufferHandler;
import org.apache.tomcat.util.net.NioEndpoint;
import org.apache.tomcat.util.net.SocketEvent;
import org.jspecify.annotations.Nullable;

/**
 * Tomcat's HTTP/1.1 with four things done otherwise.
 *
 * <ul>
 *   <li>Paths that Tomcat refuses though they are legal keys ({@code %2F}, {@code ..} above the root) or deserve an S3
 *       error ({@code %00}) are hidden from it: it is shown {@code /}, and the path as sent is in an attribute.
 *   <li>A body that breaks off is answered by Tomcat before the servlet can; such a failure is kept in an attribute, and
 *       Tomcat sees the body end.
 *   <li>Tomcat writes {@code 100} without a reason phrase, which RFC 9112 allows and the AWS command line of Debian 12
 *       takes for no answer at all. Here it is {@code 100 Continue}, sent when the body is first read.
 *   <li>Requests that are no HTTP never get to the servlet. They are refused by a document of S3, not by a page for browsers.
 * </ul>
 */
final class S3Protocol extends Http11NioProtocol {

    static final String RAW_PATH = "io.varve.s3.raw-path";
    static final String READ_FAILURE = "io.varve.s3.read-failure";
    static final String CONTINUATION = "io.varve.s3.continuation";

    private static final byte[] CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    /** Where a coyote request remembers its processor; Tomcat itself uses the low numbers. */
    private static final int PROCESSOR_NOTE = 30;

    S3Protocol(NioEndpoint endpoint) {
        super(endpoint);
    }

    @Override
    protected Processor createProcessor() {
        return new ContinuingProcessor(this, new PlainSpeakingAdapter(getAdapter()));
    }

    /** Neither of the moments at which Tomcat would send its own. */
    @Override
    public ContinueResponseTiming getContinueResponseTimingInternal() {
        return ContinueResponseTiming.ALWAYS;
    }

    private static final class ContinuingProcessor extends Http11Processor {

        ContinuingProcessor(AbstractHttp11Protocol<?> protocol, Adapter adapter) {
            super(protocol, adapter);
            request.setNote(PROCESSOR_NOTE, this);
        }

        /** An expectation that nobody knows is ignored, which RFC 9110, section 10.1.1, leaves to the server. */
        @Override
        protected void setErrorState(ErrorState state, @Nullable Throwable cause) {
            if (cause == null && response.getStatus() == HttpServletResponse.SC_EXPECTATION_FAILED) {
                response.setStatus(HttpServletResponse.SC_OK);
            } else {
                super.setErrorState(state, cause);
            }
        }

        void sendContinue() throws IOException {
            getSocketWrapper().write(true, CONTINUE, 0, CONTINUE.length);
            getSocketWrapper().flush(true);
        }
    }

    /** The body of one request, between Tomcat's input and the servlet's. One thread at a time. */
    static final class Continuation implements InputBuffer {

        private final Request request;
        private final InputBuffer in;
        private boolean continued;
        private boolean ended;

        Continuation(Request request, InputBuffer in) {
            this.request = request;
            this.in = in;
        }

        /** Tells a client that waits for it to send the body. */
        void proceed() throws IOException {
            if (!continued
                    && request.hasExpectation()
                    && request.getNote(PROCESSOR_NOTE) instanceof ContinuingProcessor processor) {
                processor.sendContinue();
            }
            continued = true;
        }

        @Override
        public int doRead(ApplicationBufferHandler handler) throws IOException {
            try {
                proceed();
                int count = in.doRead(handler);
                ended |= count < 0;
                return count;
            } catch (IOException e) {
                request.setAttribute(READ_FAILURE, e);
                request.action(ActionCode.DISABLE_SWALLOW_INPUT, null);
                return -1;
            }
        }

        @Override
        public int available() {
            return in.available();
        }

        /** What was asked for and not read would be taken for the next request: the connection ends instead. */
        void finish() {
            if (continued && !ended && request.hasExpectation() && request.getContentLengthLong() != 0) {
                request.action(ActionCode.DISABLE_SWALLOW_INPUT, null);
            }
        }
    }

    /** Hides from the container what it would refuse by itself. */
    private record PlainSpeakingAdapter(Adapter next) implements Adapter {

        @Override
        public void service(Request request, Response response) throws Exception {
            if (response.getStatus() != HttpServletResponse.SC_OK) {
                refuse(response);
                next.log(request, response, 0);
                return;
            }
            String path = request.requestURI().toString();
            if (path != null && isRefused(path)) {
                request.setAttribute(RAW_PATH, path);
                request.requestURI().setBytes(new byte[] {'/'}, 0, 1);
            }
            InputBuffer in = request.getInputBuffer();
            Continuation continuation = new Continuation(request, in);
            request.setAttribute(CONTINUATION, continuation);
            request.setInputBuffer(continuation);
            try {
                next.service(request, response);
            } finally {
                continuation.finish();
                request.setInputBuffer(in);
            }
        }

        /** Answers with the status that Tomcat has found. */
        private static void refuse(Response response) throws IOException {
            byte[] document = ErrorAnswer.ofUnreadable(response.getStatus());
            response.setContentType("application/xml");
            response.setContentLength(document.length);
            response.doWrite(ByteBuffer.wrap(document));
            response.action(ActionCode.CLOSE, null);
        }

        private static boolean isRefused(String path) {
            return path.indexOf('%') >= 0 || path.contains("/.") || path.indexOf('\\') >= 0 || path.indexOf(';') >= 0;
        }

        @Override
        public boolean prepare(Request request, Response response) throws Exception {
            return next.prepare(request, response);
        }

        @Override
        public boolean asyncDispatch(Request request, Response response, SocketEvent status) throws Exception {
            return next.asyncDispatch(request, response, status);
        }

        @Override
        public void log(Request request, Response response, long time) {
            next.log(request, response, time);
        }

        @Override
        public void checkRecycled(Request request, Response response) {
            next.checkRecycled(request, response);
        }

        @Override
        public String getDomain() {
            return next.getDomain();
        }
    }
}
