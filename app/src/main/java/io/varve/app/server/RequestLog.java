package io.varve.app.server;

import io.varve.s3.S3Servlet;
import io.varve.webdav.DavServlet;
import jakarta.servlet.ServletException;
import java.io.IOException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.valves.ValveBase;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/**
 * Gives each request of a door a number, which stands in the answer ({@value #HEADER}; over S3 {@code x-amz-request-id}) and in every line
 * of the log that is written while it is worked on, and writes slow requests to the log, or all. Queries are left out of it: they hold
 * signatures. Thread-safe.
 */
final class RequestLog extends ValveBase {
    static final String HEADER = "X-Request-Id";

    /** The number's name in the log's context. */
    static final String CONTEXT = "request";

    private static final Logger LOG = LoggerFactory.getLogger("io.varve.requests");

    private static final HexFormat HEX = HexFormat.of().withUpperCase();

    private final Door door;
    private final Rules rules;

    /** Which requests are written; the same for all doors. */
    static final class Rules {
        private volatile long slowNanos = Long.MAX_VALUE;
        private volatile boolean all;

        /**
         * @param slow from which time on; zero for none
         * @param every whether every request is
         */
        void set(Duration slow, boolean every) {
            slowNanos = slow.isZero() ? Long.MAX_VALUE : slow.toNanos();
            all = every;
        }
    }

    /** @param door {@link Door#S3} for its port, where the number has a header of its own; {@link Door#WEB} for all that comes by the other */
    RequestLog(Door door, Rules rules) {
        super(true);
        this.door = door;
        this.rules = rules;
    }

    @Override
    public void invoke(Request request, Response response) throws IOException, ServletException {
        long begun = System.nanoTime();
        String id = HEX.toHexDigits(ThreadLocalRandom.current().nextLong());
        request.setAttribute(S3Servlet.REQUEST_ID, id);
        if (door != Door.S3) {
            response.setHeader(HEADER, id);
        }
        MDC.put(CONTEXT, id);
        try {
            getNext().invoke(request, response);
        } finally {
            long nanos = System.nanoTime() - begun;
            if (nanos >= rules.slowNanos) {
                LOG.warn("Slow: {}", line(request, response, nanos));
            } else if (rules.all) {
                LOG.info("{}", line(request, response, nanos));
            }
            MDC.remove(CONTEXT);
        }
    }

    private String line(Request request, Response response, long nanos) {
        long firstByte = response.getCoyoteResponse().getCommitTimeNanos();
        long untilAnswer =
                firstByte > 0 ? firstByte - request.getCoyoteRequest().getStartTimeNanos() : nanos;
        return door.text() + " " + request.getMethod() + " " + printable(request.getRequestURI()) + " "
                + response.getStatus()
                + " user=" + user(request)
                + " from=" + request.getRemoteAddr()
                + " in=" + Math.max(0, request.getCoyoteRequest().getBytesRead())
                + " out=" + sent(response)
                + " millis=" + nanos / 1_000_000
                + " answer=" + untilAnswer / 1_000_000;
    }

    /** Small answers are still in the container's buffer now, and large pieces never were in it. */
    private static long sent(Response response) {
        return Math.max(response.getBytesWritten(false), response.getContentWritten());
    }

    private static String user(Request request) {
        return Stream.of(DavServlet.USER, S3Servlet.USER, ApiDoor.USER)
                .map(request::getAttribute)
                .filter(name -> name instanceof String known && !known.isEmpty())
                .map(name -> printable(name.toString()))
                .findFirst()
                .orElse("-");
    }

    /** What clients send must not make lines of its own. */
    private static String printable(String uri) {
        StringBuilder shown = new StringBuilder(uri.length());
        uri.chars().forEach(c -> shown.append(c <= ' ' || c == 0x7F ? '?' : (char) c));
        return shown.toString();
    }
}
