package io.varve.app.load;

import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Connections to one door, each with a platform thread that waits for work: for up to some hundred connections, blocking calls of
 * such threads cost the client the least. Used by one thread.
 */
final class Clients implements Closeable {
    private static final int BUFFER_BYTES_SUM = 4 << 20;
    private static final int BUFFER_BYTES_MIN = 16 << 10;
    private static final int BUFFER_BYTES_MAX = 512 << 10;

    /** A server that takes longer for a round hangs; its clients are interrupted, which closes their connections. */
    private static final Duration TASK_MAX = Duration.ofMinutes(30);

    private final List<HttpConnection> connections;
    private final ThreadPoolExecutor threads;

    /** What one client does; clients do it at the same time. */
    interface Task {
        /**
         * Does one client's part.
         *
         * @param client its number, from 0
         */
        Amount run(HttpConnection connection, int client) throws IOException;
    }

    private Clients(List<HttpConnection> connections) {
        this.connections = connections;
        int count = connections.size();
        threads = new ThreadPoolExecutor(count, count, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>());
        threads.prestartAllCoreThreads();
    }

    /** Connects. */
    static Clients open(Door door, int count) throws IOException {
        int bufferBytes = Math.clamp(BUFFER_BYTES_SUM / count, BUFFER_BYTES_MIN, BUFFER_BYTES_MAX);
        List<HttpConnection> connections = new ArrayList<>(count);
        try {
            for (int i = 0; i < count; i++) {
                connections.add(new HttpConnection(door.address(), bufferBytes));
            }
        } catch (IOException e) {
            for (HttpConnection connection : connections) {
                connection.close();
            }
            throw e;
        }
        return new Clients(connections);
    }

    /**
     * Has every client do its part, waits for all, and adds up what they did.
     *
     * @throws IOException the first client's failure
     */
    Amount run(Task task) throws IOException {
        List<Callable<Amount>> parts = new ArrayList<>(connections.size());
        for (int i = 0; i < connections.size(); i++) {
            int client = i;
            parts.add(() -> task.run(connections.get(client), client));
        }
        Amount sum = Amount.NONE;
        try {
            for (Future<Amount> part : threads.invokeAll(parts, TASK_MAX.toSeconds(), TimeUnit.SECONDS)) {
                sum = sum.plus(part.get());
            }
        } catch (ExecutionException e) {
            throw new IOException(String.valueOf(e.getCause()), e.getCause());
        } catch (CancellationException e) {
            throw new IOException("A server did not answer for " + TASK_MAX + ".", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("Interrupted while clients were at work.", e);
        }
        return sum;
    }

    @Override
    public void close() throws IOException {
        threads.shutdownNow();
        for (HttpConnection connection : connections) {
            connection.close();
        }
    }
}
