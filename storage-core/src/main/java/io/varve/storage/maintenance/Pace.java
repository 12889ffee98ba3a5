package io.varve.storage.maintenance;

import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * How hard background work may press.
 *
 * @param patient whether requests come first; else somebody waits for the end of the work
 * @param bytesPerSecond how fast chunks may be read or written by patient work
 * @param over asked after each step, and while the work pauses: whether it is to end
 */
record Pace(boolean patient, long bytesPerSecond, BooleanSupplier over) {
    private static final long PAUSE_NANOS_MAX = 50_000_000;

    /** Whether the work is to end at its next step. */
    boolean isOver() {
        return over.getAsBoolean();
    }

    /** Called after each step: pauses as long as the step took, so that background work takes half of the time at most. */
    void giveWay(long begunNanos) {
        if (patient) {
            LockSupport.parkNanos(Math.min(System.nanoTime() - begunNanos, PAUSE_NANOS_MAX));
        }
    }

    /** Called after a step that moved bytes: pauses until they are within the rate, or the work is to end. */
    void keepRate(long begunNanos, long bytes) {
        if (patient) {
            long due = begunNanos + bytes * 1_000_000_000L / bytesPerSecond;
            for (long rest = due - System.nanoTime(); rest > 0 && !isOver(); rest = due - System.nanoTime()) {
                LockSupport.parkNanos(Math.min(rest, PAUSE_NANOS_MAX));
            }
        }
    }
}
