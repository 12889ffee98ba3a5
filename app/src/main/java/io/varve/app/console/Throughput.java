package io.varve.app.console;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * What went through the doors in the last minutes, and what the machine did: a look at the counters every few seconds, of which the last ones
 * are kept. It is for charts that are there as soon as somebody looks; who wants more has Prometheus. Thread-safe.
 */
public final class Throughput implements AutoCloseable {
    /** The time between two looks. */
    public static final Duration EVERY = Duration.ofSeconds(5);

    private static final int KEPT = 120;
    private static final List<String> DOORS = List.of("varve.dav", "varve.s3");
    private static final Sample NONE = new Sample(0, 0, 0, 0, 0, 0, 0, 0, 0);

    private final MeterRegistry meters;
    private final Machine machine;
    private final Deque<Sample> samples = new ArrayDeque<>();
    private final Thread sampler;
    private Totals last;
    private volatile Sample newest = NONE;

    /**
     * What went on between two looks, per second.
     *
     * @param in bytes of files received
     * @param out bytes of files sent
     * @param requests requests answered over WebDAV and S3
     * @param refused of them, those that were answered with 400 to 499
     * @param failed of them, those that were answered with 500 and above
     * @param processLoad the share of all processors that this process used, from 0 to 1
     * @param machineLoad the share of all processors that were busy, from 0 to 1
     * @param networkIn bytes that the machine received, over all interfaces but the loopback one
     * @param networkOut bytes that the machine sent
     */
    public record Sample(
            double in,
            double out,
            double requests,
            double refused,
            double failed,
            double processLoad,
            double machineLoad,
            double networkIn,
            double networkOut) {}

    private record Totals(
            double in, double out, Requests requests, long processNanos, Machine.Network network, long atNanos) {}

    private record Requests(double all, double refused, double failed) {}

    /** Begins to look. */
    public Throughput(MeterRegistry meters, Machine machine) {
        this.meters = meters;
        this.machine = machine;
        this.last = totals();
        register();
        this.sampler = Thread.ofVirtual().name("varve-throughput").start(this::run);
    }

    private void register() {
        Gauge.builder("varve.process.cpu.load", this, self -> self.newest.processLoad())
                .description("Share of all processors that this process used in the last seconds")
                .register(meters);
        Gauge.builder("varve.system.cpu.load", this, self -> self.newest.machineLoad())
                .description("Share of all processors of the machine or container that were busy in the last seconds")
                .register(meters);
        Gauge.builder("varve.system.cpus", machine, Machine::processors)
                .description("Processors that this process may use")
                .register(meters);
        network("in", Machine.Network::received, "Bytes that came in over the machine's network interfaces");
        network("out", Machine.Network::sent, "Bytes that went out over the machine's network interfaces");
    }

    private void network(String direction, ToDoubleFunction<Machine.Network> bytes, String description) {
        FunctionCounter.builder("varve.system.network.bytes", machine, from -> bytes.applyAsDouble(from.network()))
                .tag("direction", direction)
                .description(description)
                .register(meters);
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
        double seconds = Math.max(1, now.atNanos() - last.atNanos()) / 1e9;
        newest = new Sample(
                (now.in() - last.in()) / seconds,
                (now.out() - last.out()) / seconds,
                (now.requests().all() - last.requests().all()) / seconds,
                (now.requests().refused() - last.requests().refused()) / seconds,
                (now.requests().failed() - last.requests().failed()) / seconds,
                Math.clamp((now.processNanos() - last.processNanos()) / 1e9 / seconds / machine.processors(), 0.0, 1.0),
                machine.load(),
                (now.network().received() - last.network().received()) / seconds,
                (now.network().sent() - last.network().sent()) / seconds);
        samples.addLast(newest);
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
        double all = 0;
        double refused = 0;
        double failed = 0;
        for (String door : DOORS) {
            in += bytes(door, "in");
            out += bytes(door, "out");
            for (Timer timer : meters.find(door + ".requests").timers()) {
                char kind = status(timer).charAt(0);
                all += timer.count();
                refused += kind == '4' ? timer.count() : 0;
                failed += kind == '5' ? timer.count() : 0;
            }
        }
        return new Totals(
                in,
                out,
                new Requests(all, refused, failed),
                machine.processNanos(),
                machine.network(),
                System.nanoTime());
    }

    private static String status(Timer timer) {
        String status = timer.getId().getTag("status");
        return status == null || status.isEmpty() ? "0" : status;
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
