package io.varve.s3;

import io.varve.s3.request.Headers;
import jakarta.servlet.http.HttpServletRequest;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.WritableByteChannel;
import java.util.Enumeration;
import java.util.Locale;
import java.util.Optional;
import org.apache.catalina.connector.Connector;
import org.apache.tomcat.util.net.NioEndpoint;

/** Makes the Tomcat connector that S3 needs: one that lets every legal request through as it was sent. */
public final class S3Connector {

    /**
     * How much of a refused upload is still read, so that the client, which is busy sending, gets to see the answer
     * before the connection ends. Clients with more to send wait for "100 Continue" first.
     */
    private static final int SWALLOW_BYTES_MAX = 32 << 20;

    /** Signed headers and 2 KiB of metadata fit many times. */
    private static final int HEADER_BYTES_MAX = 32 * 1024;

    private S3Connector() {}

    /** A connector without a port or an address yet. */
    public static Connector create() {
        return create(new NioEndpoint());
    }

    /**
     * A connector without a port or an address yet.
     *
     * @param endpoint what accepts its connections and reads them, with Tomcat's defaults
     */
    public static Connector create(NioEndpoint endpoint) {
        S3Protocol protocol = new S3Protocol(endpoint);
        protocol.setRelaxedPathChars("\"<>[\\]^`{|}");
        protocol.setRelaxedQueryChars("\"<>[\\]^`{|}");
        protocol.setMaxSwallowSize(SWALLOW_BYTES_MAX);
        protocol.setMaxHttpRequestHeaderSize(HEADER_BYTES_MAX);
        protocol.setMaxHttpResponseHeaderSize(HEADER_BYTES_MAX);
        protocol.setMaxKeepAliveRequests(-1);
        Connector connector = new Connector(protocol);
        connector.setAllowTrace(true);
        return connector;
    }

    /** The path of the request line as it was sent, still coded. */
    static String rawPath(HttpServletRequest request) {
        return request.getAttribute(S3Protocol.RAW_PATH) instanceof String path ? path : request.getRequestURI();
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
                if (result < 0 && request.getAttribute(S3Protocol.READ_FAILURE) instanceof IOException failure) {
                    throw failure;
                }
                return result;
            }
        };
    }

    /** Where large pieces of the answer's body may go past Tomcat's buffer, if a valve offers a way. */
    static Optional<WritableByteChannel> direct(HttpServletRequest request) {
        return Optional.ofNullable((WritableByteChannel) request.getAttribute(WritableByteChannel.class.getName()));
    }

    /**
     * To be called before a refusal is sent. Older versions of botocore, which wait for "100 Continue", cannot read a
     * final status without a reason phrase in its place, and Tomcat writes none: they are told to go on first.
     */
    static void beforeRefusal(HttpServletRequest request) throws IOException {
        String agent = request.getHeader("user-agent");
        if (agent != null
                && (agent.toLowerCase(Locale.ROOT).contains("botocore") || agent.startsWith("aws-cli"))
                && request.getAttribute(S3Protocol.CONTINUATION) instanceof S3Protocol.Continuation continuation) {
            continuation.proceed();
        }
    }

    /** The headers of a request, names in lower case. */
    static Headers headers(HttpServletRequest request) {
        Headers.Builder headers = new Headers.Builder();
        Enumeration<String> names = request.getHeaderNames();
        while (names.hasMoreElements()) {
            String name = names.nextElement();
            Enumeration<String> values = request.getHeaders(name);
            while (values.hasMoreElements()) {
                headers.add(name.toLowerCase(Locale.ROOT), values.nextElement());
            }
        }
        return headers.build();
    }
}
