package io.varve.webdav;

import io.varve.storage.chunkstore.ContentReader;
import io.varve.storage.namespace.Entry;
import io.varve.storage.namespace.Namespace;
import io.varve.webdav.wire.DigestAlgorithm;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;

/** Streams the bytes of one file into an answer. */
final class FileBytes {
    /** From here on it pays to send the headers by themselves, and then pieces of memory past the container's buffer. */
    private static final int LARGE_BYTES_MIN = 256 << 10;

    private final Exchange exchange;
    private final Entry entry;
    private final Source source;

    /** Where the bytes come from: the present or the past. */
    @FunctionalInterface
    interface Source {
        ContentReader read(long offset, long length);
    }

    /** Where the bytes go to, all of a piece at once. */
    @FunctionalInterface
    private interface Body {
        void write(ByteBuffer piece) throws IOException;
    }

    FileBytes(Exchange exchange, Entry entry, Source source) {
        this.exchange = exchange;
        this.entry = entry;
        this.source = source;
    }

    Entry entry() {
        return entry;
    }

    /**
     * Sends a range.
     *
     * @throws io.varve.storage.namespace.StorageException if stored bytes do not verify; what came before them
     *     may have been sent
     * @throws IOException if the client is gone
     */
    void send(long first, long length) throws IOException {
        Body body = body(length);
        try (ContentReader reader = source.read(first, length)) {
            long left = length;
            while (left > 0) {
                ByteBuffer piece = next(reader);
                int bytes = piece.remaining();
                body.write(piece);
                left -= bytes;
                exchange.countSent(bytes);
            }
        }
    }

    private Body body(long length) throws IOException {
        return length >= LARGE_BYTES_MIN
                        && exchange.request().getAttribute(WritableByteChannel.class.getName())
                                instanceof WritableByteChannel direct
                ? direct::write
                : exchange.response().getOutputStream()::write;
    }

    /** Reads the file for a digest of it, in hexadecimal. */
    String digest(DigestAlgorithm algorithm) {
        DigestAlgorithm.Running running = algorithm.start();
        try (ContentReader reader = source.read(0, entry.size())) {
            long left = entry.size();
            while (left > 0) {
                ByteBuffer piece = next(reader);
                byte[] bytes = new byte[piece.remaining()];
                piece.get(bytes);
                running.update(bytes, 0, bytes.length);
                left -= bytes.length;
            }
        }
        return running.finish();
    }

    private ByteBuffer next(ContentReader reader) {
        try {
            ByteBuffer piece = reader.next();
            if (!piece.hasRemaining()) {
                throw new Refused(500, "'" + entry.path() + "' is shorter in the store than its entry says.");
            }
            return piece;
        } catch (IOException e) {
            throw Namespace.explain(e);
        }
    }
}
