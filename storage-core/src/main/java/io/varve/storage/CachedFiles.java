package io.varve.storage;

import io.varve.storage.chunkstore.ChunkStore;
import io.varve.storage.chunkstore.ContentReader;
import io.varve.storage.fingerprint.Fingerprint;
import io.varve.storage.namespace.Entry;
import io.varve.storage.namespace.EntryPath;
import io.varve.storage.namespace.Namespace;
import io.varve.storage.namespace.StorageException;
import java.io.IOException;
import java.util.List;

/** What an operator does with the disk cache's part of a file. Thread-safe. */
public final class CachedFiles {
    private static final int BUFFER_BYTES = 64 << 10;

    private final Namespace namespace;
    private final ChunkStore chunks;

    CachedFiles(Namespace namespace, ChunkStore chunks) {
        this.namespace = namespace;
        this.chunks = chunks;
    }

    /**
     * Reads a file through, so that what takes more than one read to have is in the cache.
     *
     * @return the file's length
     * @throws StorageException if there is none of the name, or it cannot be read
     */
    public long prefetch(EntryPath path) {
        Entry entry = file(path);
        byte[] buffer = new byte[BUFFER_BYTES];
        long bytes = 0;
        try (ContentReader reader = namespace.readSealed(entry, 0, entry.size())) {
            for (int n = reader.read(buffer, 0, buffer.length); n > 0; n = reader.read(buffer, 0, buffer.length)) {
                bytes += n;
            }
        } catch (IOException e) {
            throw Namespace.explain(e);
        }
        return bytes;
    }

    /** The chunks of a file, in its order. */
    public List<Fingerprint> chunks(EntryPath path) {
        try {
            return chunks.chunks(file(path).content());
        } catch (IOException e) {
            throw Namespace.explain(e);
        }
    }

    private Entry file(EntryPath path) {
        return namespace
                .find(path)
                .filter(entry -> !entry.isDirectory())
                .orElseThrow(() -> new StorageException.NoSuchEntry(path));
    }
}
