package io.varve.webdav;

import io.varve.storage.chunkstore.ContentReader;
import io.varve.storage.namespace.Entry;
import io.varve.storage.namespace.Namespace;
import io.varve.webdav.wire.DigestAlgorithm;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Streams the bytes of one file into an answer. */
final class FileBytes {
    /** From here on it pays to have the container pass on pieces of this size, which it then does not copy. */
    private static final int LARGE_BYTES_MIN = 1 << 20;

    private static final int PIECE_BYTES = 64 << 10;

    private final Exchange exchange;
    private final Entry entry;
    private final Source source;

    /** Where the bytes come from: the present or the past. */
    @FunctionalInterface
    interface Source {
        ContentReader read(long offset, long length);
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
        HttpServletResponse response = exchange.response();
        if (length >= LARGE_BYTES_MIN && !response.isCommitted() && response.getBufferSize() < PIECE_BYTES) {
            response.setBufferSize(PIECE_BYTES);
        }
        ServletOutputStream out = response.getOutputStream();
        try (ContentReader reader = source.read(first, length)) {
            long left = length;
            while (left > 0) {
                ByteBuffer piece = next(reader);
                int bytes = piece.remaining();
                out.write(piece);
                left -= bytes;
                exchange.countSent(bytes);
            }
        }
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
