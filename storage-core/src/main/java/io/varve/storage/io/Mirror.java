package io.varve.storage.io;

import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether the second copy of a store's files is as good as the first: one state for all of its directories, because a journal is worth
 * nothing without its segments.
 *
 * <p>FRESH: every change is made in both places, and answered when both have it. STALE: something was missed, and nothing more goes to the
 * mirror, so that it stays what it was at one moment. SYNCING: new files go to both, and the old ones are being compared and copied.
 *
 * <p>That the mirror may be stale is durable before anything can make it so: {@link #MARKER} lies beside the primary's journal from
 * before the first change of a run until a clean stop with a fresh mirror. So a failure of the mirror needs no note of its own, and a
 * crash leaves a mirror that is compared before it is trusted. Thread-safe.
 *
 * <p>What is done in the mirror must end by itself ({@link TimedDirectory}): a mirror that hangs is one that fails.
 */
public final class Mirror {
    private static final Logger LOG = LoggerFactory.getLogger(Mirror.class);

    /** In the primary's journal directory: the mirror may have missed something. */
    public static final String MARKER = "mirror-in-doubt";

    /** In the mirror's journal directory: it is being copied to, and no store to start on. */
    public static final String UNFINISHED = "mirror-unfinished";

    /** See the class. */
    public enum State {
        FRESH,
        SYNCING,
        STALE
    }

    /** Something that is done in one place. */
    @FunctionalInterface
    interface Action {
        void run() throws IOException;
    }

    private volatile State state;

    /** Why it is stale. */
    private volatile String reason = "It may have missed something before this start.";

    /** Rises with every sync: what was open in the mirror before it failed is not written there any more. */
    private final AtomicInteger epoch = new AtomicInteger();

    public Mirror(State state) {
        this.state = state;
    }

    public State state() {
        return state;
    }

    /** Why it is stale, if it is. */
    public Optional<String> trouble() {
        return state == State.STALE ? Optional.of(reason) : Optional.empty();
    }

    /** From now on new files go to both places. */
    public synchronized void beginSync() {
        epoch.incrementAndGet();
        state = State.SYNCING;
    }

    int epoch() {
        return epoch.get();
    }

    /**
     * Every file is the same in both places.
     *
     * @return false if something failed meanwhile
     */
    public synchronized boolean endSync() {
        if (state != State.SYNCING) {
            return false;
        }
        state = State.FRESH;
        return true;
    }

    /** The mirror missed something, or cannot be trusted any more. */
    public synchronized void fail(Throwable cause) {
        String message = cause.getMessage();
        reason = message == null ? cause.toString() : message;
        if (state != State.STALE) {
            state = State.STALE;
            LOG.warn("The mirror is stale from now on, until it has been copied again: {}", reason);
        }
    }

    /** Whether changes go to the mirror. */
    boolean takesChanges() {
        return state != State.STALE;
    }

    /** Does something in the mirror; a failure makes it stale and is nobody else's problem. */
    void attempt(Action inMirror) {
        if (takesChanges()) {
            try {
                inMirror.run();
            } catch (IOException | RuntimeException | Error e) {
                fail(e);
            }
        }
    }

    /** Does something in both places at once, and returns when both have ended. */
    void both(Action inPrimary, Action inMirror) throws IOException {
        if (!takesChanges()) {
            inPrimary.run();
            return;
        }
        CompletableFuture<Void> mirrored = new CompletableFuture<>();
        Thread.startVirtualThread(() -> {
            try {
                attempt(inMirror);
            } finally {
                mirrored.complete(null);
            }
        });
        try {
            inPrimary.run();
        } finally {
            mirrored.join();
        }
    }
}
