package io.varve.storage.namespace;

import io.varve.storage.chunkstore.BusyException;
import io.varve.storage.commit.ReadOnlyException;
import io.varve.storage.io.CorruptionException;
import io.varve.storage.io.NoSpaceException;
import java.io.IOException;
import java.io.SyncFailedException;

/** The one place where failures of the rows below become what doors understand. */
final class Translation {
    private Translation() {}

    /** Something that can fail as the rows below fail. */
    @FunctionalInterface
    interface Action<R> {
        R run() throws IOException;
    }

    static <R> R translated(Action<R> action) {
        try {
            return action.run();
        } catch (IOException e) {
            throw translate(e);
        }
    }

    static StorageException translate(IOException e) {
        return switch (e) {
            case CorruptionException damage ->
                new StorageException.Damaged("Stored data does not verify; the server's log names it.", damage);
            case NoSpaceException full ->
                new StorageException.NoSpace("The disk is full: delete something or add space.", full);
            case ReadOnlyException refused ->
                new StorageException.ReadOnly("The store takes no changes now: " + refused.getMessage(), refused);
            case SyncFailedException refused ->
                new StorageException.ReadOnly("The store takes no changes since the disk failed to sync.", refused);
            case BusyException busy -> new StorageException.Busy("The store is too busy; try again.", busy);
            default -> new StorageException.Failure("The store failed: the server's log tells why.", e);
        };
    }
}
