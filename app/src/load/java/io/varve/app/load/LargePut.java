package io.varve.app.load;

import io.varve.app.load.Payload.Content;
import java.io.IOException;

/** Writes {@link Payload#BYTES} of new content, a file per connection. */
final class LargePut implements Workload {
    private final Stage stage;
    private final int connections;
    private final Content content;
    private final boolean again;
    private byte[][] heads = {};

    /**
     * A workload.
     *
     * @param again whether the same content was written before, under another name
     */
    LargePut(Stage stage, int connections, Content content, boolean again) {
        this.stage = stage;
        this.connections = connections;
        this.content = content;
        this.again = again;
    }

    @Override
    public int connections() {
        return connections;
    }

    @Override
    public void prepare(int round) throws IOException {
        stage.payload().fill(content);
        if (again) {
            heads = heads(stage.folder(), round + "-first-", connections, content);
            try (Clients clients = Clients.open(stage.folder(), connections)) {
                run(clients);
            }
        }
        heads = heads(stage.folder(), round + "-", connections, content);
    }

    @Override
    public Amount run(Clients clients) throws IOException {
        return write(clients, stage.payload(), heads);
    }

    /** Requests that write one part each. */
    static byte[][] heads(Door folder, String prefix, int parts, Content content) {
        byte[][] heads = new byte[parts][];
        for (int i = 0; i < parts; i++) {
            heads[i] = folder.put(prefix + i + content.suffix(), Payload.BYTES / parts);
        }
        return heads;
    }

    /** Sends them, one by each client. */
    static Amount write(Clients clients, Payload payload, byte[][] heads) throws IOException {
        int length = Payload.BYTES / heads.length;
        return clients.run((connection, client) -> {
            Expect.success(connection.exchange(heads[client], payload.part(client * length, length)));
            return new Amount(1, length);
        });
    }
}
