package io.varve.app.load;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * One of very many clients: writes a small object under one of a few names, so that it mostly overwrites, reads it back and compares.
 * It ends at its first failure. What it saw is read when its thread has ended.
 */
final class RoundTripClient implements Runnable {
    private static final int OBJECT_BYTES = 4 << 10;
    private static final int NAMES = 8;
    private static final int BUFFER_BYTES = 16 << 10;

    private final Door folder;
    private final int number;
    private final CountDownLatch connected;
    private final CompletableFuture<Long> deadline;
    private final LongStream.Builder puts = LongStream.builder();
    private final LongStream.Builder gets = LongStream.builder();
    private @Nullable String failure;

    /**
     * A client.
     *
     * @param number makes its names and bodies unlike all others'
     * @param connected is told when it has connected, or failed to
     * @param deadline completes when it may begin, with the moment of {@link System#nanoTime} at which it ends
     */
    RoundTripClient(Door folder, int number, CountDownLatch connected, CompletableFuture<Long> deadline) {
        this.folder = folder;
        this.number = number;
        this.connected = connected;
        this.deadline = deadline;
    }

    @Override
    public void run() {
        try (HttpConnection connection = new HttpConnection(folder.address(), BUFFER_BYTES)) {
            connected.countDown();
            work(connection, deadline.join());
        } catch (IOException | RuntimeException e) {
            failure = "client " + number + " at " + folder.root() + ": " + e;
        } finally {
            // A latch counts no lower than zero: for clients that connected this changes nothing they were waited for.
            connected.countDown();
        }
    }

    private void work(HttpConnection connection, long end) throws IOException {
        SplittableRandom random = new SplittableRandom(number);
        byte[] body = new byte[OBJECT_BYTES];
        for (int object = 0; System.nanoTime() - end < 0; object++) {
            random.nextBytes(body);
            String name = "client-" + number + "-" + object % NAMES;
            byte[] put = folder.put(name, OBJECT_BYTES);
            byte[] get = folder.get(name);
            long begin = System.nanoTime();
            Expect.success(connection.exchange(put, ByteBuffer.wrap(body)));
            long written = System.nanoTime();
            Expect.success(
                    connection.exchange(get, ByteBuffer.allocate(0), Expect.bytes(ByteBuffer.wrap(body))),
                    OBJECT_BYTES);
            puts.add(written - begin);
            gets.add(System.nanoTime() - written);
        }
    }

    Optional<String> failure() {
        return Optional.ofNullable(failure);
    }

    /** How long each write took. Once. */
    LongStream putNanos() {
        return puts.build();
    }

    /** How long each read took. Once. */
    LongStream getNanos() {
        return gets.build();
    }
}
