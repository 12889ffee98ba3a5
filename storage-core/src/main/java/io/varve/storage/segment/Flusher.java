package io.varve.storage.segment;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A thread that does what it is given in the order it is given. Who waits for it when it has nothing to do does not wait, and wakes
 * nobody: most small commits write nothing into segments. Thread-safe.
 */
final class Flusher {
    private final ExecutorService thread;

    /** What was handed over and has not ended. */
    private final AtomicInteger pending = new AtomicInteger();

    Flusher(String name) {
        ThreadFactory daemons = Thread.ofPlatform().daemon().name(name).factory();
        thread = Executors.newSingleThreadExecutor(daemons);
    }

    /** Takes a task, which must not throw. */
    void handOver(Runnable task) {
        pending.incrementAndGet();
        thread.execute(() -> {
            try {
                task.run();
            } finally {
                pending.decrementAndGet();
            }
        });
    }

    /** Returns when everything that was handed over before has ended; waits even through an interrupt. */
    void await() {
        if (pending.get() > 0 && !thread.isShutdown()) {
            CompletableFuture.runAsync(() -> {}, thread).join();
        }
    }

    /** Takes nothing more. */
    void shutdown() {
        thread.shutdown();
    }
}
