package io.varve.storage.access;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Where slow hashes of passwords are computed: few at once, so that neither memory nor processors go to whoever sends many passwords, and
 * on threads of the platform, since a virtual thread that computes for long keeps others from its carrier. Those that come
 * meanwhile wait for their turn; too many, or too long, and they are sent away. There are no threads while there is nothing to do. Thread-safe.
 */
final class SlowHashing {
    /** How many may wait for their turn: a few seconds of work. */
    static final int WAITING_MAX = 24;

    /** Nobody waits longer. */
    static final Duration WAIT_MAX = Duration.ofSeconds(10);

    private static final int THREADS_MAX = 2;
    private static final Duration IDLE = Duration.ofSeconds(10);

    private final ThreadPoolExecutor executor;
    private final Duration waitMax;

    SlowHashing() {
        this(Math.clamp(Runtime.getRuntime().availableProcessors() / 2, 1, THREADS_MAX), WAITING_MAX, WAIT_MAX);
    }

    /**
     * @param threads how many compute at once
     * @param waiting how many may wait beside those
     * @param waitMax how long somebody waits for a result
     */
    SlowHashing(int threads, int waiting, Duration waitMax) {
        this.waitMax = waitMax;
        executor = new ThreadPoolExecutor(
                threads,
                threads,
                IDLE.toSeconds(),
                TimeUnit.SECONDS,
                new ArrayBlockingQueue<>(waiting),
                Thread.ofPlatform().daemon().name("varve-passwords-", 0).factory());
        executor.allowCoreThreadTimeOut(true);
    }

    /**
     * Computes something on one of the threads and waits for it.
     *
     * @throws PasswordsBusyException if too many wait already, or the time is over before there is a result
     * @throws InterruptedIOException if the caller's thread is interrupted
     */
    <T> T compute(Callable<T> work) throws IOException {
        Future<T> result;
        try {
            result = executor.submit(work);
        } catch (RejectedExecutionException e) {
            throw new PasswordsBusyException();
        }
        try {
            return result.get(waitMax.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new PasswordsBusyException();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("Interrupted while a password was checked");
        } catch (ExecutionException e) {
            throw new IllegalStateException("A password could not be hashed", e.getCause());
        } finally {
            // One that nobody waits for any more is not begun; what is under way ends by itself.
            result.cancel(false);
        }
    }
}
