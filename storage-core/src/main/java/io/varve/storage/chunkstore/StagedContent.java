package io.varve.storage.chunkstore;

import io.varve.storage.commit.Commit;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Content that is stored but belongs to no name yet: a lease on its chunks. Committing it under a name ends the lease; closing it
 * otherwise gives the chunks up. Closing twice, or after a commit, does nothing. Thread-safe.
 */
public final class StagedContent implements AutoCloseable {
    private enum State {
        OPEN,
        COMMITTED,
        GIVEN_UP
    }

    private final Content content;
    private final IngestLease lease;
    private final AtomicReference<State> state = new AtomicReference<>(State.OPEN);

    StagedContent(Content content, IngestLease lease) {
        this.content = content;
        this.lease = lease;
    }

    /** The root of what was written. */
    public Content content() {
        return content;
    }

    /**
     * Stages the content as the next version of a file: like {@link #publish}, and its chunks are due for a better encoding after a
     * while.
     *
     * @param previous the version it follows; empty if it follows none
     */
    public void publishVersion(Commit commit, Content previous) throws IOException {
        publish(commit);
        lease.awaitEncoding(commit, content, previous);
    }

    /**
     * Stages the content's chunks and one reference on its root into a commit, in the place of the lease. May be called again
     * if the transaction is run again.
     *
     * @throws IOException if chunks were lost on their way to the disk, or the content was closed
     */
    public void publish(Commit commit) throws IOException {
        if (state.get() != State.OPEN) {
            throw new IOException("The content was closed or committed before.");
        }
        lease.publish(commit, content);
        commit.afterPublish(() -> {
            if (state.compareAndSet(State.OPEN, State.COMMITTED)) {
                lease.spent();
            }
        });
    }

    /** Gives the content up, unless it was committed. */
    @Override
    public void close() {
        if (state.compareAndSet(State.OPEN, State.GIVEN_UP)) {
            lease.giveUp();
        }
    }
}
