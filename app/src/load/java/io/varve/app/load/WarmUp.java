package io.varve.app.load;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;

/**
 * Lets a started server compile its own code, as one that has run for a minute has: with generated content, in a bucket that is gone
 * afterwards. What it leaves in the history goes when the server is told to settle without it.
 *
 * @param dav the server's WebDAV door
 */
record WarmUp(Door dav) {
    private static final String BUCKET = "warm-up";
    private static final int BYTES = 24 << 20;
    private static final int WRITES = 3;
    private static final int READS = 4;

    /** Writes and reads several versions. */
    void writing() throws IOException {
        work(WRITES, 1);
    }

    /** Writes once and reads often. */
    void reading() throws IOException {
        work(1, READS);
    }

    private void work(int writes, int reads) throws IOException {
        Door bucket = dav.folder(BUCKET);
        byte[] content = text();
        SplittableRandom random = new SplittableRandom(3);
        try (Clients clients = Clients.open(bucket, 1)) {
            clients.run((connection, client) -> {
                Expect.success(connection.exchange(bucket.head("MKCOL", "")));
                for (int write = 0; write < writes; write++) {
                    Expect.success(connection.exchange(bucket.put("text", BYTES), ByteBuffer.wrap(content)));
                    for (int read = 0; read < reads; read++) {
                        Expect.success(connection.exchange(bucket.get("text")), BYTES);
                    }
                    for (int at = 0; at < BYTES; at += BYTES / 64) {
                        content[at + random.nextInt(BYTES / 64)] = '\n';
                    }
                }
                Expect.success(connection.exchange(bucket.head("DELETE", "text")));
                Expect.success(connection.exchange(bucket.head("DELETE", "")));
                return Amount.NONE;
            });
        }
    }

    private static byte[] text() {
        SplittableRandom random = new SplittableRandom(4);
        byte[] text = new byte[BYTES];
        for (int i = 0; i < BYTES; i++) {
            text[i] = (byte) (' ' + Math.min(random.nextInt(64), random.nextInt(64)));
        }
        return text;
    }
}
