package io.varve.s3;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * What the S3 door measures: {@code varve.s3.requests} (time by operation and status), {@code varve.s3.bytes} (in and
 * out) and {@code varve.s3.errors} (by code). Meters are looked up once, since a registry's own look-up costs more than
 * what it measures of a small request. Thread-safe.
 */
final class S3Metrics {

    private static final Duration[] BUCKETS = {
        Duration.ofMillis(1),
        Duration.ofMillis(2),
        Duration.ofMillis(5),
        Duration.ofMillis(10),
        Duration.ofMillis(25),
        Duration.ofMillis(50),
        Duration.ofMillis(100),
        Duration.ofMillis(250),
        Duration.ofMillis(500),
        Duration.ofSeconds(1),
        Duration.ofSeconds(5),
        Duration.ofSeconds(30),
        Duration.ofMinutes(2)
    };

    private record Outcome(String operation, int status) {}

    private final MeterRegistry meters;
    private final ConcurrentHashMap<Outcome, Timer> requests = new ConcurrentHashMap<>();
    private final ConcurrentHashMap<String, Counter> errors = new ConcurrentHashMap<>();
    private final Counter bytesIn;
    private final Counter bytesOut;

    S3Metrics(MeterRegistry meters) {
        this.meters = meters;
        this.bytesIn = bytes("in");
        this.bytesOut = bytes("out");
    }

    private Counter bytes(String direction) {
        return Counter.builder("varve.s3.bytes")
                .description("Bytes of bodies that the S3 API received and sent")
                .baseUnit("bytes")
                .tag("direction", direction)
                .register(meters);
    }

    /** Notes the end of a request. */
    void request(String operation, int status, long nanos) {
        requests.computeIfAbsent(new Outcome(operation, status), this::timer).record(nanos, TimeUnit.NANOSECONDS);
    }

    private Timer timer(Outcome outcome) {
        return Timer.builder("varve.s3.requests")
                .description("Requests to the S3 API")
                .tag("operation", outcome.operation())
                .tag("status", Integer.toString(outcome.status()))
                .serviceLevelObjectives(BUCKETS)
                .register(meters);
    }

    /** Notes an answer with an error document. */
    void error(String code) {
        errors.computeIfAbsent(
                        code,
                        name -> Counter.builder("varve.s3.errors")
                                .description("Errors that the S3 API answered with")
                                .tag("code", name)
                                .register(meters))
                .increment();
    }

    /** Notes bytes of bodies. */
    void bytes(long in, long out) {
        bytesIn.increment((double) in);
        bytesOut.increment((double) out);
    }
}
