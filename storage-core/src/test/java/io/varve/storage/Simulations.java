package io.varve.storage;

import java.io.PrintStream;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How long simulations run. By default with one seed and so many crashes. {@code -Dvarve.simulation.seed=N} is another seed, {@code
 * -Dvarve.simulation.crashes=N} more crashes; both stand in the message of a failure, which they repeat. With {@code
 * -Dvarve.simulation.time=24h} (also {@code s}, {@code m}) seed follows seed until that time is over, and what was run is told every five minutes, at
 * the end, and when one fails.
 *
 * @param name of what is simulated
 * @param seed the first
 * @param crashes of each seed
 * @param time until when seeds follow each other; empty for one seed
 */
record Simulations(String name, long seed, int crashes, Optional<Duration> time) {
    private static final Duration TOLD_EVERY = Duration.ofMinutes(5);

    /** What runs with one seed. */
    @FunctionalInterface
    interface Simulation {
        void run(SimulationRun run) throws Exception;
    }

    /** As the system properties want it, else with these. */
    static Simulations of(String name, long seed, int crashes) {
        return new Simulations(
                name,
                Long.getLong("varve.simulation.seed", seed),
                Integer.getInteger("varve.simulation.crashes", crashes),
                duration(System.getProperty("varve.simulation.time")));
    }

    private static Optional<Duration> duration(@Nullable String text) {
        return text == null || text.isBlank() ? Optional.empty() : Optional.of(Duration.parse("PT" + text));
    }

    void run(Simulation simulation) throws Exception {
        SimulationReport report = new SimulationReport();
        if (time.isEmpty()) {
            simulation.run(new SimulationRun(seed, crashes, report));
            return;
        }
        PrintStream out = System.out;
        long begin = System.nanoTime();
        long end = begin + time.get().toNanos();
        long told = begin;
        for (long next = seed; end - System.nanoTime() > 0; next++) {
            SimulationRun run = new SimulationRun(next, crashes, report);
            try {
                simulation.run(run);
            } catch (Exception | AssertionError e) {
                out.println(name + ": the first failure, repeated by " + run + "\n" + report.told(begin));
                throw new AssertionError(run.toString(), e);
            }
            report.count("seeds");
            if (System.nanoTime() - told > TOLD_EVERY.toNanos()) {
                told = System.nanoTime();
                out.println(name + ": " + report.told(begin));
            }
        }
        out.println(name + ": seeds from " + seed + " on, none failed; " + report.told(begin));
    }
}
