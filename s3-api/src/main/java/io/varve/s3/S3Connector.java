package io.varve.s3;

import jakarta.servlet.http.HttpServletRequest;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import org.apache.catalina.Lifecycle;
import org.apache.catalina.connector.Connector;
import org.apache.coyote.AbstractProtocol;
import org.apache.coyote.ActionCode;
import org.apache.coyote.Adapter;
import org.apache.coyote.ContinueResponseTiming;
import org.apache.coyote.InputBuffer;
import org.apache.coyote.Request;
import org.apache.coyote.Response;
import org.apache.coyote.http11.AbstractHttp11Protocol;
import org.apache.tomcat.util.net.ApplicationBufferHandler;
import org.apache.tomcat.util.net.SocketEvent;

/**
 * Prepares a Tomcat connector for S3.
 *
 * <p>Left to itself Tomcat refuses paths that are legal keys: {@code %2F}, {@code %00} (which should get an S3 error),
 * {@code ..} that lead above the root. For such a path the container is shown {@code /} and the servlet finds the path
 * as it was sent in an attribute; everything else passes untouched. It also answers a body that breaks off with a page
 * of its own before the servlet can; such a failure is kept from it until the servlet has seen it.
 */
public final class S3Connector {

    private static final String RAW_PATH = "io.varve.s3.raw-path";
    private static final String READ_FAILURE = "io.varve.s3.read-failure";

    /**
     * How much of a refused upload is still read, so that the client, which is busy sending, gets to see the answer
     * before the connection ends. Clients with more to send wait for "100 Continue" first.
     */
    private static final int SWALLOW_BYTES_MAX = 32 << 20;

    /** Signed headers and 2 KiB of metadata fit many times. */
    private static final int HEADER_BYTES_MAX = 32 * 1024;

    private static final int READ_BUFFER_BYTES = 64 * 1024;

    private S3Connector() {}

    /** Sets a connector up. To be called before it is initialised. */
    public static void prepare(Connector connector) {
        if (!(connector.getProtocolHandler() instanceof AbstractHttp11Protocol<?> http)) {
            throw new IllegalArgumentException("S3 needs an HTTP/1.1 connector");
        }
        http.setRelaxedPathChars("\"<>[\\]^`{|}");
        http.setRelaxedQueryChars("\"<>[\\]^`{|}");
        http.setContinueResponseTiming(ContinueResponseTiming.ON_REQUEST_BODY_READ.toString());
        http.setMaxSwallowSize(SWALLOW_BYTES_MAX);
        http.setMaxHttpRequestHeaderSize(HEADER_BYTES_MAX);
        http.setMaxHttpResponseHeaderSize(HEADER_BYTES_MAX);
        http.setMaxKeepAliveRequests(-1);
        http.setProperty("socket.appReadBufSize", Integer.toString(READ_BUFFER_BYTES));
        connector.setAllowTrace(true);
        connector.addLifecycleListener(event -> {
            // Initialisation sets the adapter, and processors take it from the protocol when they are made.
            if (event.getType().equals(Lifecycle.AFTER_INIT_EVENT)
                    && connector.getProtocolHandler() instanceof AbstractProtocol<?> protocol) {
                protocol.setAdapter(new PlainSpeakingAdapter(protocol.getAdapter()));
            }
        });
    }

    /** The path of the request line as it was sent, still coded. */
    static String rawPath(HttpServletRequest request) {
        return request.getAttribute(RAW_PATH) instanceof String path ? path : request.getRequestURI();
    }

    /**
     * The body as it comes from the connection. Reading throws {@link IOException} when the connection breaks off or its
     * framing is broken, and the request can still be answered then.
     */
    static InputStream body(HttpServletRequest request) throws IOException {
        return new FilterInputStream(request.getInputStream()) {
            @Override
            public int read() throws IOException {
                return checked(super.read());
            }

            @Override
            public int read(byte[] bytes, int offset, int length) throws IOException {
                return checked(super.read(bytes, offset, length));
            }

            private int checked(int result) throws IOException {
                if (result < 0 && request.getAttribute(READ_FAILURE) instanceof IOException failure) {
                    throw failure;
                }
                return result;
            }
        };
    }

    /**
     * Keeps failures to read from the container, which would take the answer into its own hands: the container sees the
     * body end, and {@link #body} throws what happened.
     */
    private record QuietInput(Request request, InputBuffer in) implements InputBuffer {

        @Override
        public int doRead(ApplicationBufferHandler handler) throws IOException {
            try {
                return in.doRead(handler);
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
    }

    /** Hides from the container what it would refuse by itself. */
    private record PlainSpeakingAdapter(Adapter next) implements Adapter {

        @Override
        public void service(Request request, Response response) throws Exception {
            String path = request.requestURI().toString();
            if (path != null && isRefused(path)) {
                request.setAttribute(RAW_PATH, path);
                request.requestURI().setBytes(new byte[] {'/'}, 0, 1);
            }
            InputBuffer in = request.getInputBuffer();
            request.setInputBuffer(new QuietInput(request, in));
            try {
                next.service(request, response);
            } finally {
                request.setInputBuffer(in);
            }
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
