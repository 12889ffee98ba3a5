package io.varve.s3.operation;

import java.io.Closeable;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends events to an address, one after the other, in the order they happened. What cannot be delivered is tried again for a minute or so
 * and then dropped, as is what no longer fits into memory while the other side is slow: events are hints, and the log says how many
 * were lost. Thread-safe.
 */
public final class Webhook implements Closeable {
    private static final Logger LOG = LoggerFactory.getLogger(Webhook.class);
    private static final int WAITING_MAX = 10_000;
    private static final int ATTEMPTS_MAX = 6;
    private static final Duration PAUSE_FIRST = Duration.ofSeconds(1);
    private static final Duration ANSWER_MAX = Duration.ofSeconds(10);
    private static final Duration CLOSE_MAX = Duration.ofSeconds(5);

    private final URI address;
    private final String token;
    private final HttpClient client =
            HttpClient.newBuilder().connectTimeout(ANSWER_MAX).build();
    private final ArrayBlockingQueue<String> waiting = new ArrayBlockingQueue<>(WAITING_MAX);
    private final AtomicLong lost = new AtomicLong();
    private final Thread sender;

    /**
     * @param address where to
     * @param token sent as a bearer token; empty for none
     */
    public Webhook(URI address, String token) {
        this.address = address;
        this.token = token;
        this.sender = Thread.ofVirtual().name("varve-webhook").start(this::run);
    }

    /** Sends a document soon. */
    void send(String json) {
        if (!waiting.offer(json)) {
            lose("too many wait");
        }
    }

    /** How many events were lost. */
    public long lost() {
        return lost.get();
    }

    private void lose(String why) {
        LOG.warn("An event for {} is lost ({} so far): {}", address.getHost(), lost.incrementAndGet(), why);
    }

    private void run() {
        try {
            while (true) {
                deliver(waiting.take());
            }
        } catch (InterruptedException e) {
            if (!waiting.isEmpty()) {
                LOG.warn("{} events for {} are lost, since the server stops.", waiting.size(), address.getHost());
            }
        }
    }

    private void deliver(String json) throws InterruptedException {
        Duration pause = PAUSE_FIRST;
        String failure = "";
        for (int attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
            if (attempt > 0) {
                Thread.sleep(pause);
                pause = pause.multipliedBy(2);
            }
            HttpRequest.Builder request = HttpRequest.newBuilder(address)
                    .timeout(ANSWER_MAX)
                    .header("Content-Type", "application/json")
                    .POST(HttpRequest.BodyPublishers.ofString(json));
            if (!token.isEmpty()) {
                request.header("Authorization", "Bearer " + token);
            }
            try {
                int status = client.send(request.build(), HttpResponse.BodyHandlers.discarding())
                        .statusCode();
                if (status / 100 == 2) {
                    return;
                }
                failure = "it answered " + status;
            } catch (IOException e) {
                failure = e.toString();
            }
        }
        lose(failure);
    }

    @Override
    public void close() {
        sender.interrupt();
        try {
            if (!sender.join(CLOSE_MAX)) {
                LOG.warn("The sender of events did not end within {} seconds.", CLOSE_MAX.toSeconds());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        client.shutdownNow();
    }
}
