package io.varve.app.load;

import io.varve.app.load.Payload.Content;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;

/** Lists a folder of small files for a time, as file managers do: PROPFIND of depth 1 for the four properties they show. */
final class Listing implements Workload {
    private static final int ENTRY_BYTES = 64;
    private static final int WRITERS = 32;
    private static final byte[] BODY =
            ("<?xml version=\"1.0\" encoding=\"utf-8\"?><D:propfind xmlns:D=\"DAV:\"><D:prop>"
                            + "<D:resourcetype/><D:getcontentlength/><D:getlastmodified/><D:getetag/></D:prop></D:propfind>")
                    .getBytes(StandardCharsets.UTF_8);
    private static final Pattern RESPONSE_END = Pattern.compile("</(\\w+:)?response>");

    private final Stage stage;
    private final int entries;
    private byte[] head = {};
    private boolean compared;

    Listing(Stage stage, int entries) {
        this.stage = stage;
        this.entries = entries;
    }

    @Override
    public int connections() {
        return 1;
    }

    @Override
    public void prepare(int round) throws IOException {
        compared = round == FIRST;
        if (compared) {
            stage.payload().fill(Content.RANDOM);
            try (Clients writers = Clients.open(stage.folder(), WRITERS)) {
                byte[][] puts = SmallPut.heads(stage.folder(), "entry-", entries, ENTRY_BYTES);
                SmallPut.write(writers, stage.payload(), puts, ENTRY_BYTES, SmallPut.PREPARATION_MAX);
            }
        }
        head = stage.folder()
                .head("PROPFIND", "", "Depth: 1", "Content-Type: application/xml", "Content-Length: " + BODY.length);
    }

    @Override
    public Amount run(Clients clients) throws IOException {
        long deadline = System.nanoTime() + stage.time().toNanos();
        return clients.run((connection, client) -> {
            if (compared) {
                requireAllEntries(connection);
            }
            long listings = 0;
            long bytes = 0;
            while (System.nanoTime() - deadline < 0) {
                bytes += Expect.success(connection.exchange(head, ByteBuffer.wrap(BODY)))
                        .bytes();
                listings++;
            }
            return new Amount(listings, bytes);
        });
    }

    private void requireAllEntries(HttpConnection connection) throws IOException {
        ByteArrayOutputStream answer = new ByteArrayOutputStream();
        Expect.success(connection.exchange(head, ByteBuffer.wrap(BODY), part -> {
            byte[] bytes = new byte[part.remaining()];
            part.get(bytes);
            answer.writeBytes(bytes);
        }));
        long listed = RESPONSE_END
                .matcher(answer.toString(StandardCharsets.UTF_8))
                .results()
                .count();
        if (listed != entries + 1) {
            throw new IOException("Listed " + listed + " of " + (entries + 1) + " resources.");
        }
    }
}
