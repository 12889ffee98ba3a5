package io.varve.storage.io;

/**
 * What several simulated disks of one machine run on: it fails for all of them at once, in the n-th operation that changes any of them.
 * Thread-safe.
 */
public final class Power {
    private long mutations;
    private long failAt = Long.MAX_VALUE;
    private boolean failed;
    private String failedIn = "nothing";

    /** Lets the power fail in the n-th changing operation from now, 1 being the very next. */
    public synchronized void failAt(long nth) {
        failAt = mutations + nth;
    }

    /** Whether it has failed. */
    public synchronized boolean hasFailed() {
        return failed;
    }

    /** What it failed in, in a word: a write, a sync … */
    public synchronized String failedIn() {
        return failedIn;
    }

    /** Lets it fail now. */
    synchronized void fail() {
        failed = true;
    }

    /** Counts a changing operation. */
    synchronized void use(String operation) {
        mutations++;
        if (mutations >= failAt && !failed) {
            failed = true;
            failedIn = operation;
        }
    }
}
