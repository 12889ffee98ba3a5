package io.varve.webdav;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Meter.MeterProvider;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Set;

/** What the door counts: requests with their time by method and status, bytes of files, failures. Thread-safe. */
final class DavMetrics {

    /** Bounds of the latency histogram, from a cached answer to a large upload. */
    private static final Duration[] BOUNDS = {
        Duration.ofMillis(1), Duration.ofMillis(3), Duration.ofMillis(10), Duration.ofMillis(30),
        Duration.ofMillis(100), Duration.ofMillis(300), Duration.ofSeconds(1), Duration.ofSeconds(3),
        Duration.ofSeconds(10), Duration.ofSeconds(60)
    };

    private final Set<String> methods;
    private final MeterProvider<Timer> requests;
    private final Counter received;
    private final Counter sent;
    private final Counter serverErrors;
    private final Counter cutConnections;

    /**
     * Registers the door's meters.
     *
     * @param methods the methods to tell apart; all others count as one, so that clients cannot make meters
     */
    DavMetrics(MeterRegistry registry, Set<String> methods) {
        this.methods = Set.copyOf(methods);
        requests = Timer.builder("varve.dav.requests")
                .description("WebDAV requests and how long they took")
                .serviceLevelObjectives(BOUNDS)
                .withRegistry(registry);
        received = bytes(registry, "in", "Bytes of files received by WebDAV");
        sent = bytes(registry, "out", "Bytes of files sent by WebDAV");
        serverErrors = errors(registry, "server", "WebDAV requests that failed on the server's side");
        cutConnections = errors(registry, "connection", "WebDAV requests whose connection ended before the answer");
    }

    private static Counter bytes(MeterRegistry registry, String direction, String description) {
        return Counter.builder("varve.dav.bytes")
                .tag("direction", direction)
                .description(description)
                .baseUnit("bytes")
                .register(registry);
    }

    private static Counter errors(MeterRegistry registry, String kind, String description) {
        return Counter.builder("varve.dav.errors")
                .tag("kind", kind)
                .description(description)
                .register(registry);
    }

    void request(String method, int status, Duration duration) {
        requests.withTags("method", methods.contains(method) ? method : "other", "status", Integer.toString(status))
                .record(duration);
        if (status >= 500) {
            serverErrors.increment();
        }
    }

    void bytes(long bytesReceived, long bytesSent) {
        received.increment((double) bytesReceived);
        sent.increment((double) bytesSent);
    }

    void connectionCut() {
        cutConnections.increment();
    }
}
