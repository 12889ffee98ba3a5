package io.varve.app.console;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * What went through the doors in the last minutes: a look at the counters every few seconds, of which the last ones are kept. It is for a
 * chart that is there as soon as somebody looks; who wants more has Prometheus. Thread-safe.
 */
public final class Throughput implements AutoCloseable {
    /** The time between two looks. */
    public static final Duration EVERY = Duration.ofSeconds(5);

    private static final int KEPT = 120;
    private static final List<String> DOORS = List.of("varve.dav", "varve.s3");

    private final MeterRegistry meters;
    private final Deque<Sample> samples = new ArrayDeque<>();
    private final Thread sampler;
    private Totals last;

    /**
     * What went through between two looks, per second.
     *
     * @param in bytes of files received
     * @param out bytes of files sent
     * @param requests requests answered
     */
    public record Sample(double in, double out, double requests) {}

    private record Totals(double in, double out, double requests) {}

    /** Begins to look. */
    public Throughput(MeterRegistry meters) {
        this.meters = meters;
        this.last = totals();
        this.sampler = Thread.ofVirtual().name("varve-throughput").start(this::run);
    }

    private void run() {
        try {
            while (true) {
                Thread.sleep(EVERY);
                look();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Looks now. */
    synchronized void look() {
        Totals now = totals();
        double seconds = EVERY.toSeconds();
        samples.addLast(new Sample(
                (now.in() - last.in()) / seconds,
                (now.out() - last.out()) / seconds,
                (now.requests() - last.requests()) / seconds));
        if (samples.size() > KEPT) {
            samples.removeFirst();
        }
        last = now;
    }

    /** The last samples, the oldest first. */
    public synchronized List<Sample> samples() {
        return new ArrayList<>(samples);
    }

    private Totals totals() {
        double in = 0;
        double out = 0;
        double requests = 0;
        for (String door : DOORS) {
            in += bytes(door, "in");
            out += bytes(door, "out");
            for (Timer timer : meters.find(door + ".requests").timers()) {
                requests += timer.count();
            }
        }
        return new Totals(in, out, requests);
    }

    private double bytes(String door, String direction) {
        return meters.find(door + ".bytes").tag("direction", direction).counters().stream()
                .mapToDouble(Counter::count)
                .sum();
    }

    @Override
    public void close() {
        sampler.interrupt();
    }
}
