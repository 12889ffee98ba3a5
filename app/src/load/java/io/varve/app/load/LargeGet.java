package io.varve.app.load;

import io.varve.app.load.Payload.Content;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.Consumer;

/** Reads {@link Payload#BYTES} that were written just before, a file per connection; caches are as writing left them. */
final class LargeGet implements Workload {
    private final Stage stage;
    private final int connections;
    private byte[][] heads = {};
    private boolean compared;

    LargeGet(Stage stage, int connections) {
        this.stage = stage;
        this.connections = connections;
    }

    @Override
    public int connections() {
        return connections;
    }

    @Override
    public void prepare(int round) throws IOException {
        compared = round == FIRST;
        stage.payload().fill(Content.RANDOM);
        String prefix = round + "-";
        try (Clients clients = Clients.open(stage.folder(), connections)) {
            byte[][] puts = LargePut.heads(stage.folder(), prefix, connections, Content.RANDOM);
            LargePut.write(clients, stage.payload(), puts);
        }
        heads = new byte[connections][];
        for (int i = 0; i < connections; i++) {
            heads[i] = stage.folder().get(prefix + i + Content.RANDOM.suffix());
        }
    }

    @Override
    public Amount run(Clients clients) throws IOException {
        int length = Payload.BYTES / connections;
        return clients.run((connection, client) -> {
            Consumer<ByteBuffer> sink =
                    compared ? Expect.bytes(stage.payload().part(client * length, length)) : HttpConnection.DISCARD;
            Expect.success(connection.exchange(heads[client], ByteBuffer.allocate(0), sink), length);
            return new Amount(1, length);
        });
    }
}
