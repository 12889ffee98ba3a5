package io.varve.storage.fingerprint;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.LongSupplier;

/**
 * Whether SHA-256 and XXH3 run in the lanes of vector registers. Which way is faster is a matter of the processor (one with SHA
 * instructions needs no lanes), of the compiler and of the JVM's flags (the lanes need {@code --add-modules jdk.incubator.vector}), so it
 * is measured, once for a JVM. Results are the same either way. Thread-safe.
 */
public final class VectorLanes {
    private static final int RUNS = 32;
    private static final int RUN_BYTES = 4 << 10;

    /** The lanes' code is interpreted first and compiled after some tens of trials. */
    private static final int TRIALS_MAX = 400;

    private static final int WINS_IN_A_ROW = 3;

    private static volatile boolean sha256;
    private static volatile boolean xxh3;

    private VectorLanes() {}

    /** Whether batches of runs are fingerprinted in lanes. */
    public static boolean haveSha256() {
        return sha256;
    }

    /** Whether XXH3 is computed in lanes. */
    public static boolean haveXxh3() {
        return xxh3;
    }

    /**
     * Measures both ways on made-up data until the lanes win or have had every chance to be compiled; takes up to a few seconds of
     * one processor's time, for a background thread to spend. Until then nothing runs in lanes.
     *
     * @param nanoTime a clock as {@link System#nanoTime()}
     */
    public static synchronized void calibrate(LongSupplier nanoTime) {
        if (ModuleLayer.boot().findModule("jdk.incubator.vector").isEmpty()
                || ByteOrder.nativeOrder() != ByteOrder.LITTLE_ENDIAN
                || Sha256Lanes.LANES < Sha256Lanes.BUSY_LANES_MIN) {
            return;
        }
        List<ByteBuffer> runs = new ArrayList<>();
        Random random = new Random(1);
        for (int i = 0; i < RUNS; i++) {
            byte[] run = new byte[RUN_BYTES];
            random.nextBytes(run);
            runs.add(ByteBuffer.wrap(run));
        }
        xxh3 = wins(nanoTime, () -> xxh3InLanes(runs), () -> xxh3(runs));
        sha256 = wins(nanoTime, () -> Sha256Lanes.of(runs), () -> Fingerprint.oneByOne(runs));
    }

    private static List<Long> xxh3(List<ByteBuffer> runs) {
        return runs.stream()
                .map(run -> Checksums.xxh3Scalar(run.array(), run.arrayOffset(), run.remaining()))
                .toList();
    }

    private static List<Long> xxh3InLanes(List<ByteBuffer> runs) {
        return runs.stream()
                .map(run -> Xxh3Lanes.hash(run.array(), run.arrayOffset(), run.remaining()))
                .toList();
    }

    private interface Way<T> {
        List<T> compute();
    }

    /** Whether the lanes are faster, several times in a row, and right. */
    private static <T> boolean wins(LongSupplier nanoTime, Way<T> lanes, Way<T> scalar) {
        int wins = 0;
        for (int trial = 0; trial < TRIALS_MAX && wins < WINS_IN_A_ROW; trial++) {
            long start = nanoTime.getAsLong();
            List<T> inLanes = lanes.compute();
            long middle = nanoTime.getAsLong();
            List<T> expected = scalar.compute();
            long end = nanoTime.getAsLong();
            if (!inLanes.equals(expected)) {
                throw new AssertionError("Vector lanes compute wrong results on this machine.");
            }
            wins = middle - start < end - middle ? wins + 1 : 0;
        }
        return wins == WINS_IN_A_ROW;
    }
}
