package io.varve.storage.fingerprint;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * Fingerprints many runs of bytes at once, in the lanes of vector registers where that is faster, else one after the other. The results
 * are those of {@link Fingerprint#of(ByteBuffer)} either way.
 *
 * <p>Which way is faster is a matter of the processor (one with SHA instructions needs no lanes), of the compiler and of the JVM's flags
 * (the lanes need {@code --add-modules jdk.incubator.vector}), so it is measured: {@link #calibrate}. Thread-safe.
 */
public final class BatchFingerprinter {
    /** Fewer full lanes than this do not pay for the idle ones. */
    private static final int BUSY_LANES_MIN = 6;

    private static final int TRIAL_RUNS = 32;
    private static final int TRIAL_RUN_BYTES = 16 << 10;

    /** The lanes' code is interpreted first and compiled after some tens of trials. */
    private static final int TRIALS_MAX = 400;

    private volatile boolean lanesPay;

    /** Starts without lanes. */
    public BatchFingerprinter() {}

    /** Whether batches are hashed in lanes. */
    public boolean lanesPay() {
        return lanesPay;
    }

    /**
     * The fingerprints of the buffers' remaining bytes, in their order; positions and limits stay as they are.
     *
     * @param runs buffers with arrays
     * @throws UnsupportedOperationException if a buffer has no array
     */
    public List<Fingerprint> of(List<ByteBuffer> runs) {
        return lanesPay && fillsLanes(runs) ? Sha256Lanes.of(runs) : oneByOne(runs);
    }

    /**
     * Measures both ways on made-up data until the lanes win or have had every chance to be compiled; takes up to a few seconds of
     * one processor's time, for a background thread to spend. Until it returns, batches are hashed one by one.
     *
     * @param nanoTime a clock as {@link System#nanoTime()}
     * @return {@link #lanesPay()} from now on
     */
    public boolean calibrate(LongSupplier nanoTime) {
        if (ModuleLayer.boot().findModule("jdk.incubator.vector").isEmpty()) {
            return false;
        }
        List<ByteBuffer> runs = new ArrayList<>();
        for (int i = 0; i < TRIAL_RUNS; i++) {
            runs.add(ByteBuffer.allocate(TRIAL_RUN_BYTES));
        }
        if (!fillsLanes(runs)) {
            return false;
        }
        int wins = 0;
        for (int trial = 0; trial < TRIALS_MAX && wins < 3; trial++) {
            long start = nanoTime.getAsLong();
            List<Fingerprint> inLanes = Sha256Lanes.of(runs);
            long middle = nanoTime.getAsLong();
            List<Fingerprint> expected = oneByOne(runs);
            long end = nanoTime.getAsLong();
            if (!inLanes.equals(expected)) {
                throw new AssertionError("SHA-256 in vector lanes gives wrong results on this machine.");
            }
            wins = middle - start < end - middle ? wins + 1 : 0;
        }
        lanesPay = wins > 0;
        return lanesPay;
    }

    /** Whether the runs keep enough lanes busy until the longest of them ends. */
    private static boolean fillsLanes(List<ByteBuffer> runs) {
        long total = 0;
        int longest = 1;
        for (ByteBuffer run : runs) {
            total += run.remaining();
            longest = Math.max(longest, run.remaining());
        }
        return total / longest >= BUSY_LANES_MIN && Sha256Lanes.LANES >= BUSY_LANES_MIN;
    }

    private static List<Fingerprint> oneByOne(List<ByteBuffer> runs) {
        return runs.stream()
                .map(run -> Fingerprint.of(run.array(), run.arrayOffset() + run.position(), run.remaining()))
                .toList();
    }
}
