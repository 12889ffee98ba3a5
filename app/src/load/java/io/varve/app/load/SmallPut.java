package io.varve.app.load;

import io.varve.app.load.Payload.Content;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

/** Writes new small objects for a time, or until the bodies that were made for the round are used up. */
final class SmallPut implements Workload {
    /** More than writing what will be read ever takes. */
    static final Duration PREPARATION_MAX = Duration.ofMinutes(30);

    private final Stage stage;
    private final int objectBytes;
    private final int connections;
    private byte[][] heads = {};

    SmallPut(Stage stage, int objectBytes, int connections) {
        this.stage = stage;
        this.objectBytes = objectBytes;
        this.connections = connections;
    }

    @Override
    public int connections() {
        return connections;
    }

    @Override
    public void prepare(int round) {
        stage.payload().fill(Content.RANDOM);
        heads = heads(stage.folder(), round + "-", Payload.BYTES / objectBytes, objectBytes);
    }

    @Override
    public Amount run(Clients clients) throws IOException {
        return write(clients, stage.payload(), heads, objectBytes, stage.time());
    }

    /** Requests that write objects of one length, numbered from 0. */
    static byte[][] heads(Door folder, String prefix, int objects, int objectBytes) {
        byte[][] heads = new byte[objects][];
        for (int i = 0; i < objects; i++) {
            heads[i] = folder.put(prefix + i + Content.RANDOM.suffix(), objectBytes);
        }
        return heads;
    }

    /** Sends them, whichever client comes first, for a time. */
    static Amount write(Clients clients, Payload payload, byte[][] heads, int objectBytes, Duration time)
            throws IOException {
        long deadline = System.nanoTime() + time.toNanos();
        AtomicInteger next = new AtomicInteger();
        return clients.run((connection, client) -> {
            long written = 0;
            while (System.nanoTime() - deadline < 0) {
                int object = next.getAndIncrement();
                if (object >= heads.length) {
                    break;
                }
                Expect.success(connection.exchange(heads[object], payload.part(object * objectBytes, objectBytes)));
                written++;
            }
            return new Amount(written, written * objectBytes);
        });
    }
}
