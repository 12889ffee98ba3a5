package io.varve.storage.namespace;

import java.util.Optional;

/**
 * What must hold of the current entry for a change to happen, asked in the same atomic step that
 * makes the change. Runs on the committer's thread: no I/O, no waiting, no calls into the store.
 */
@FunctionalInterface
public interface Precondition {

    /** Holds always. */
    Precondition NONE = current -> {};

    /**
     * Checks the entry that the change would replace or remove.
     *
     * @param current the entry at the path now, or empty
     * @throws StorageException to refuse; mostly {@link StorageException.PreconditionFailed}
     */
    void check(Optional<Entry> current);
}
