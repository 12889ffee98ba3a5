package io.varve.app.load;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;

/**
 * Lets a started server compile its own code, as one that has run for some minutes has: with generated content, in a bucket that is gone
 * afterwards. What it leaves in the history goes when the server is told to settle without it.
 *
 * @param dav the server's WebDAV door
 */
record WarmUp(Door dav) {
    private static final String BUCKET = "warm-up";
    private static final int BYTES = 24 << 20;
    private static final int WRITES = 12;
    private static final int KEPT = 6;
    private static final int STRIDE = 5;
    private static final int SMALL_FILES = 2000;
    private static final int SMALL_BYTES_MAX = 16 << 10;

    /** Writes versions of which half is new each time, and small files; reads them, and deletes them. */
    void writing() throws IOException {
        byte[] content = new byte[BYTES];
        SplittableRandom random = new SplittableRandom(3);
        text(content, 0, BYTES, random);
        Door bucket = dav.folder(BUCKET);
        work(connection -> {
            Expect.success(connection.exchange(bucket.head("MKCOL", "")));
            for (int write = 0; write < WRITES; write++) {
                text(content, write % 2 * (BYTES / 2), BYTES / 2, random);
                put(connection, "text", ByteBuffer.wrap(content));
                Expect.success(connection.exchange(bucket.get("text")), BYTES);
            }
            Expect.success(connection.exchange(bucket.head("MKCOL", "small/")));
            for (int file = 0; file < SMALL_FILES; file++) {
                int length = random.nextInt(SMALL_BYTES_MAX);
                put(connection, "small/" + file, ByteBuffer.wrap(content, random.nextInt(BYTES / 2), length));
            }
            delete(connection, "small/");
            delete(connection, "text");
            delete(connection, "");
        });
    }

    /** Writes some files that resemble each other a little; told to settle then, the server stores them as it does what stays. */
    void write() throws IOException {
        byte[] content = new byte[BYTES];
        SplittableRandom random = new SplittableRandom(4);
        Door bucket = dav.folder(BUCKET);
        work(connection -> {
            Expect.success(connection.exchange(bucket.head("MKCOL", "")));
            for (int file = 0; file < KEPT; file++) {
                text(content, file % 2 * (BYTES / 2), BYTES - file % 2 * (BYTES / 2), random);
                put(connection, "text-" + file, ByteBuffer.wrap(content));
            }
        });
    }

    /** Reads each from the disk, in an order that is not that of writing, then once more from the server's memory, and deletes them. */
    void read() throws IOException {
        Door bucket = dav.folder(BUCKET);
        work(connection -> {
            for (int read = 0; read < 2 * KEPT; read++) {
                Expect.success(connection.exchange(bucket.get("text-" + read * STRIDE % KEPT)), BYTES);
            }
            for (int file = 0; file < KEPT; file++) {
                delete(connection, "text-" + file);
            }
            delete(connection, "");
        });
    }

    private interface Work {
        void with(HttpConnection connection) throws IOException;
    }

    private void work(Work work) throws IOException {
        try (Clients clients = Clients.open(dav, 1)) {
            clients.run((connection, client) -> {
                work.with(connection);
                return Amount.NONE;
            });
        }
    }

    private void put(HttpConnection connection, String name, ByteBuffer content) throws IOException {
        Expect.success(connection.exchange(dav.folder(BUCKET).put(name, content.remaining()), content));
    }

    /** A bucket must be empty to be deleted. */
    private void delete(HttpConnection connection, String name) throws IOException {
        Expect.success(connection.exchange(dav.folder(BUCKET).head("DELETE", name)));
    }

    private static void text(byte[] into, int from, int length, SplittableRandom random) {
        for (int i = from; i < from + length; i++) {
            into[i] = (byte) (' ' + Math.min(random.nextInt(64), random.nextInt(64)));
        }
    }
}
