package io.varve.storage.maintenance;

import java.util.concurrent.locks.LockSupport;

/**
 * How hard background work may press.
 *
 * @param patient whether requests come first; else somebody waits for the end of the work
 * @param bytesPerSecond how fast chunks may be read or written by patient work
 */
record Pace(boolean patient, long bytesPerSecond) {
    private static final long PAUSE_NANOS_MAX = 50_000_000;

    /** Called after each step: pauses as long as the step took, so that background work takes half of the time at most. */
    void giveWay(long begunNanos) {
        if (patient) {
            LockSupport.parkNanos(Math.min(System.nanoTime() - begunNanos, PAUSE_NANOS_MAX));
        }
    }

    /** Called after a step that moved bytes: pauses until they are within the rate. */
    void keepRate(long begunNanos, long bytes) {
        if (patient) {
            long due = begunNanos + bytes * 1_000_000_000L / bytesPerSecond;
            LockSupport.parkNanos(due - System.nanoTime());
        }
    }
}
