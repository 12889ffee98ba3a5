package io.varve.storage.io;

/**
 * What several simulated disks of one machine run on: it fails for all of them at once, in the n-th operation that changes any of them.
 * Thread-safe.
 */
public final class Power {
    private long mutations;
    private long failAt = Long.MAX_VALUE;
    private boolean failed;

    /** Lets the power fail in the n-th changing operation from now, 1 being the very next. */
    public synchronized void failAt(long nth) {
        failAt = mutations + nth;
    }

    /** Whether it has failed. */
    public synchronized boolean hasFailed() {
        return failed;
    }

    /** Lets it fail now. */
    synchronized void fail() {
        failed = true;
    }

    /** Counts a changing operation. */
    synchronized void use() {
        mutations++;
        if (mutations >= failAt) {
            failed = true;
        }
    }
}
