package io.varve.webdav;

import io.varve.storage.chunkstore.ContentReader;
import io.varve.storage.namespace.Entry;
import io.varve.storage.namespace.Namespace;
import java.io.IOException;
import java.io.OutputStream;

/** Streams the bytes of one file into an answer. */
final class FileBytes {

    private final Share share;
    private final Exchange exchange;
    private final Entry entry;
    private final byte[] buffer;

    FileBytes(Share share, Exchange exchange, Entry entry) {
        this.share = share;
        this.exchange = exchange;
        this.entry = entry;
        this.buffer = new byte[Math.clamp(entry.size(), 1, Exchange.BUFFER_BYTES)];
    }

    /**
     * Sends a range.
     *
     * @throws io.varve.storage.namespace.StorageException if stored bytes do not verify; what came before them
     *     may have been sent
     * @throws IOException if the client is gone
     */
    void send(long first, long length) throws IOException {
        OutputStream out = exchange.response().getOutputStream();
        try (ContentReader reader = share.namespace().read(entry, first, length)) {
            long left = length;
            while (left > 0) {
                int read = read(reader, (int) Math.min(left, buffer.length));
                out.write(buffer, 0, read);
                left -= read;
                exchange.countSent(read);
            }
        }
    }

    private int read(ContentReader reader, int wanted) {
        try {
            int read = reader.read(buffer, 0, wanted);
            if (read < 0) {
                throw new Refused(500, "'" + entry.path() + "' is shorter in the store than its entry says.");
            }
            return read;
        } catch (IOException e) {
            throw Namespace.explain(e);
        }
    }
}
