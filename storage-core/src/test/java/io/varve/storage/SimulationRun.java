package io.varve.storage;

import io.varve.storage.io.Power;
import java.io.IOException;
import java.util.Collection;

/** One seed of a simulation: what it was told to do, and what it tells of what it did. Thread-safe. */
final class SimulationRun {
    private final long seed;
    private final int crashes;
    private final SimulationReport report;
    private volatile int crash;

    SimulationRun(long seed, int crashes, SimulationReport report) {
        this.seed = seed;
        this.crashes = crashes;
        this.report = report;
    }

    long seed() {
        return seed;
    }

    /** How often the power is to fail. */
    int crashes() {
        return crashes;
    }

    /** From now on the number of a failure is this. */
    void beginCrash(int number) {
        crash = number;
    }

    /** Counts something that was done. */
    void count(String operation) {
        report.count("operations");
        report.count("operations: " + operation);
    }

    /** The power has failed. */
    void crashed(String phase, Power power) {
        report.count("crashes");
        report.count("crashes " + phase);
        report.count("crashes in: " + power.failedIn());
    }

    /** A store was opened again. */
    void recovered(long nanos) {
        report.recovered(nanos);
    }

    /** Files were found as they have to be. */
    void compared(Collection<byte[]> files) {
        report.add("files compared", files.size());
        report.add(
                "bytes compared", files.stream().mapToLong(file -> file.length).sum());
    }

    /** Counts all of a store's references anew, which must find nothing. */
    void recount(StoreFixture store) throws IOException {
        try {
            store.requireClean();
        } catch (AssertionError e) {
            throw new AssertionError(toString(), e);
        }
        report.count("full recounts");
    }

    /** The flags that repeat it, and where it is. */
    @Override
    public String toString() {
        return "-Dvarve.simulation.seed=" + seed + " -Dvarve.simulation.crashes=" + crashes + ", crash " + crash;
    }
}
