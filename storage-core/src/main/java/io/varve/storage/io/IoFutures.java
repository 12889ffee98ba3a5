package io.varve.storage.io;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** Waiting for work that fails as I/O does. */
public final class IoFutures {
    private IoFutures() {}

    /**
     * Waits for a result, not interruptible.
     *
     * @throws IOException what the work failed with; unchecked exceptions and errors come through as they are
     */
    public static <R> R join(CompletableFuture<R> future) throws IOException {
        try {
            return future.join();
        } catch (CompletionException e) {
            Throwable cause = e.getCause();
            if (cause instanceof IOException failure) {
                throw failure;
            }
            if (cause instanceof RuntimeException failure) {
                throw failure;
            }
            if (cause instanceof Error failure) {
                throw failure;
            }
            throw e;
        }
    }
}
