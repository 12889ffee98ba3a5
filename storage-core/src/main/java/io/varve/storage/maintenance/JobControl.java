package io.varve.storage.maintenance;

import java.io.IOException;
import java.io.Serial;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What a running job shares with whoever watches it: how far it is, and whether it shall stop. One thread reports; any number watch.
 */
public final class JobControl {
    private final AtomicLong done = new AtomicLong();
    private volatile long total;
    private volatile String phase = "";
    private volatile boolean cancelled;

    /** The job was told to stop, and did, at a place where nothing is half done. */
    public static final class CancelledException extends IOException {
        @Serial
        private static final long serialVersionUID = 1L;

        CancelledException() {
            super("The job was cancelled.");
        }
    }

    /** Begins a part of the work. */
    public void begin(String nextPhase, long nextTotal) {
        phase = nextPhase;
        total = nextTotal;
        done.set(0);
    }

    /** Counts what is done of the present part. */
    public void advance(long amount) {
        done.addAndGet(amount);
    }

    /** Asks the job to stop at its next step. */
    public void cancel() {
        cancelled = true;
    }

    /** Whether it shall stop. */
    public boolean isCancelled() {
        return cancelled;
    }

    /**
     * Called by the job between two steps.
     *
     * @throws CancelledException if it shall stop
     */
    public void requireWanted() throws CancelledException {
        if (cancelled) {
            throw new CancelledException();
        }
    }

    /** What is being done, in a few words. */
    public String phase() {
        return phase;
    }

    /** How much of the present part is done, in the unit its words tell. */
    public long done() {
        return done.get();
    }

    /** How much the present part is in all; 0 if nobody knows. */
    public long total() {
        return total;
    }
}
