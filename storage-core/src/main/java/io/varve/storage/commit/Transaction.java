package io.varve.storage.commit;

import java.io.IOException;

/**
 * A change to the store, decided and staged in one step.
 *
 * <p>Runs on the committer's thread with nothing else changing: what it reads is what holds. It must be quick (no waiting, no
 * reading of content) and may be run again from the start, so it has no effect but through its {@link Commit}. Throwing
 * abandons it without a trace.
 *
 * @param <R> what the caller gets once the change is durable and published
 */
@FunctionalInterface
public interface Transaction<R> {
    /**
     * Stages the change.
     *
     * @throws IOException if metadata cannot be read
     */
    R apply(Commit commit) throws IOException;
}
