package io.varve.storage.io;

import java.io.IOException;
import java.io.SyncFailedException;
import org.jspecify.annotations.Nullable;

/**
 * Remembers the first failed sync and refuses everything after it. See {@link BlockDevice#sync} for the reason, and "Can
 * Applications Recover from fsync Failures?" (Rebello et al., USENIX ATC 2020) for the evidence.
 */
final class SyncFence {

    private volatile @Nullable IOException failure;

    /** @throws SyncFailedException if a sync has failed */
    void check() throws SyncFailedException {
        IOException first = failure;
        if (first != null) {
            throw refusal(first);
        }
    }

    /** Closes the fence for ever, and returns the exception to throw. */
    synchronized SyncFailedException failed(IOException cause) {
        if (failure == null) {
            failure = cause;
        }
        return refusal(failure);
    }

    private static SyncFailedException refusal(IOException cause) {
        SyncFailedException refusal = new SyncFailedException(
                "A sync failed, so nothing more is written here until a restart has read back what is on the disk: "
                        + cause.getMessage());
        refusal.initCause(cause);
        return refusal;
    }
}
