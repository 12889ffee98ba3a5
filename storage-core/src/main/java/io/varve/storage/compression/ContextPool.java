package io.varve.storage.compression;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.function.Function;
import java.util.function.Supplier;

/** Keeps a few native contexts for reuse; more are made when needed and released at once. Thread-safe. */
final class ContextPool<C extends AutoCloseable> {
    private final ArrayBlockingQueue<C> idle;
    private final Supplier<C> maker;

    ContextPool(int idleMax, Supplier<C> maker) {
        this.idle = new ArrayBlockingQueue<>(idleMax);
        this.maker = maker;
    }

    /** Lends a context for one call. One whose call failed is not used again. */
    <R> R with(Function<C, R> call) {
        C pooled = idle.poll();
        C context = pooled == null ? maker.get() : pooled;
        boolean reusable = false;
        try {
            R result = call.apply(context);
            reusable = true;
            return result;
        } finally {
            if (!reusable || !idle.offer(context)) {
                release(context);
            }
        }
    }

    private static void release(AutoCloseable context) {
        try {
            context.close();
        } catch (Exception e) {
            throw new IllegalStateException("A native context could not be released.", e);
        }
    }
}
