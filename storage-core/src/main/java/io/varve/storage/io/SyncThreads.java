package io.varve.storage.io;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Threads that nobody can interrupt, because nobody knows them: on them runs what an interrupt must not break off. Platform threads,
 * so that a sync never waits for a carrier that is busy computing. Idle ones end after a minute, and there are never more than
 * callers waiting.
 */
final class SyncThreads {

    /** Something that may fail as I/O does. */
    interface Action {
        void run() throws IOException;
    }

    private static final ExecutorService THREADS = Executors.newCachedThreadPool(
            Thread.ofPlatform().daemon().name("varve-sync-", 0).factory());

    private SyncThreads() {}

    /** Runs the action to its end, whatever interrupts the caller meanwhile: where nothing can, at once. */
    static void call(Action action) throws IOException {
        if (Thread.currentThread() instanceof UninterruptibleThread) {
            action.run();
            return;
        }
        CompletableFuture<Void> outcome = CompletableFuture.runAsync(
                () -> {
                    try {
                        action.run();
                    } catch (IOException e) {
                        throw new CompletionException(e);
                    }
                },
                THREADS);
        try {
            // join ignores interrupts and leaves the status set.
            outcome.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof IOException cause) {
                throw cause;
            }
            throw e;
        }
    }
}
