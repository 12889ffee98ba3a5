package io.varve.app.load;

import io.varve.app.load.Payload.Content;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.Consumer;

/** Reads small objects for a time, the same {@link #OBJECTS} over and over; caches are as writing and reading left them. */
final class SmallGet implements Workload {
    private static final int OBJECTS = 1000;
    private static final int WRITERS = 16;

    private final Stage stage;
    private final int objectBytes;
    private final int connections;
    private byte[][] heads = {};
    private boolean compared;

    SmallGet(Stage stage, int objectBytes, int connections) {
        this.stage = stage;
        this.objectBytes = objectBytes;
        this.connections = connections;
    }

    @Override
    public int connections() {
        return connections;
    }

    @Override
    public void prepare(int round) throws IOException {
        compared = round == FIRST;
        if (compared) {
            stage.payload().fill(Content.RANDOM);
            try (Clients writers = Clients.open(stage.folder(), WRITERS)) {
                byte[][] puts = SmallPut.heads(stage.folder(), "", OBJECTS, objectBytes);
                SmallPut.write(writers, stage.payload(), puts, objectBytes, SmallPut.PREPARATION_MAX);
            }
        }
        heads = new byte[OBJECTS][];
        for (int i = 0; i < OBJECTS; i++) {
            heads[i] = stage.folder().get(i + Content.RANDOM.suffix());
        }
    }

    @Override
    public Amount run(Clients clients) throws IOException {
        long deadline = System.nanoTime() + stage.time().toNanos();
        ByteBuffer noBody = ByteBuffer.allocate(0);
        return clients.run((connection, client) -> {
            // Clients begin at different objects, so that they do not walk in step.
            int object = client * OBJECTS / connections;
            long read = 0;
            while (System.nanoTime() - deadline < 0) {
                Consumer<ByteBuffer> sink = compared
                        ? Expect.bytes(stage.payload().part(object * objectBytes, objectBytes))
                        : HttpConnection.DISCARD;
                Expect.success(connection.exchange(heads[object], noBody, sink), objectBytes);
                read++;
                object = (object + 1) % OBJECTS;
            }
            return new Amount(read, read * objectBytes);
        });
    }
}
