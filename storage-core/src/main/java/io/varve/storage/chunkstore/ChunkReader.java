package io.varve.storage.chunkstore;

import io.varve.storage.cache.MemoryCache;
import io.varve.storage.compression.Codecs;
import io.varve.storage.fingerprint.Checksums;
import io.varve.storage.fingerprint.Fingerprint;
import io.varve.storage.io.CorruptionException;
import io.varve.storage.metadata.Family;
import io.varve.storage.metadata.MetadataView;
import io.varve.storage.segment.ChunkLocation;
import io.varve.storage.segment.ChunkRead;
import io.varve.storage.segment.ChunkRecord;
import io.varve.storage.segment.SegmentMissingException;
import io.varve.storage.segment.SegmentStore;
import io.varve.storage.segment.StoredChunk;
import io.varve.storage.segment.UnreadableChunk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads chunks by fingerprint: from the cache, or else looked up, fetched, decoded and verified. Thread-safe. */
final class ChunkReader {
    /** A chunk may move once or twice while it is looked up; more often means that it is lost. */
    private static final int LOOKUPS_MAX = 4;

    private final MetadataView view;
    private final SegmentStore segments;
    private final MemoryCache cache;

    ChunkReader(MetadataView view, SegmentStore segments, MemoryCache cache) {
        this.view = view;
        this.segments = segments;
        this.cache = cache;
    }

    /**
     * Reads one chunk.
     *
     * @return its plain bytes, not to be changed
     * @throws CorruptionException if it is not there or does not verify
     */
    byte[] read(Fingerprint chunk) throws IOException {
        return read(List.of(chunk)).getFirst();
    }

    /**
     * Reads several chunks, with one batch of device reads.
     *
     * @return their plain bytes in the order asked for, not to be changed
     * @throws CorruptionException if one is not there or does not verify
     */
    List<byte[]> read(List<Fingerprint> chunks) throws IOException {
        List<byte @Nullable []> found = new ArrayList<>(chunks.size());
        List<Fingerprint> missing = new ArrayList<>();
        for (Fingerprint chunk : chunks) {
            byte[] plain = cache.get(chunk);
            found.add(plain);
            if (plain == null) {
                missing.add(chunk);
            }
        }
        Iterator<byte[]> read = missing.isEmpty()
                ? Collections.emptyIterator()
                : readStored(missing).iterator();
        List<byte[]> result = new ArrayList<>(chunks.size());
        for (int i = 0; i < chunks.size(); i++) {
            byte[] plain = found.get(i);
            if (plain == null) {
                plain = read.next();
                cache.offer(chunks.get(i), plain);
            }
            result.add(plain);
        }
        return result;
    }

    private List<byte[]> readStored(List<Fingerprint> chunks) throws IOException {
        for (int lookup = 1; ; lookup++) {
            try {
                return readAsLookedUp(chunks);
            } catch (SegmentMissingException e) {
                if (lookup == LOOKUPS_MAX) {
                    throw new CorruptionException("A segment that holds chunks is missing: " + e.getMessage(), e);
                }
            }
        }
    }

    private List<byte[]> readAsLookedUp(List<Fingerprint> chunks) throws IOException {
        List<ChunkRow> rows = lookUp(chunks);
        List<ChunkLocation> locations = new ArrayList<>();
        for (int i = 0; i < rows.size(); i++) {
            if (rows.get(i) instanceof ChunkRow.Located located) {
                locations.add(new ChunkLocation(chunks.get(i), located.address()));
            }
        }
        Iterator<ChunkRead> stored = locations.isEmpty()
                ? Collections.emptyIterator()
                : segments.readMany(locations).iterator();
        List<byte[]> plain = new ArrayList<>(chunks.size());
        try {
            for (int i = 0; i < rows.size(); i++) {
                plain.add(
                        switch (rows.get(i)) {
                            case ChunkRow.Inline inline ->
                                decode(
                                        chunks.get(i),
                                        inline.codec(),
                                        inline.stored(),
                                        inline.plainLength(),
                                        inline.plainXxh3());
                            case ChunkRow.Located ignored -> decode(chunks.get(i), stored.next());
                        });
            }
            return plain;
        } finally {
            // Whatever a failure left unread holds memory.
            stored.forEachRemaining(ChunkReader::close);
        }
    }

    private static byte[] decode(Fingerprint chunk, ChunkRead read) throws IOException {
        return switch (read) {
            case UnreadableChunk unreadable -> throw unreadable.cause();
            case StoredChunk stored -> {
                try (stored) {
                    ChunkRecord record = stored.chunk();
                    yield decode(chunk, record.codec(), stored.payload(), record.plainLength(), record.plainXxh3());
                }
            }
        };
    }

    private static void close(ChunkRead read) {
        if (read instanceof StoredChunk stored) {
            stored.close();
        }
    }

    private List<ChunkRow> lookUp(List<Fingerprint> chunks) throws IOException {
        List<byte @Nullable []> values = view.multiGet(
                Family.CHUNKS, chunks.stream().map(ChunkKeys::chunk).toList());
        List<ChunkRow> rows = new ArrayList<>(chunks.size());
        for (int i = 0; i < chunks.size(); i++) {
            byte[] value = values.get(i);
            if (value == null) {
                throw new CorruptionException("Chunk " + chunks.get(i).toHex() + " is not in the store.");
            }
            rows.add(ChunkRow.decode(value));
        }
        return rows;
    }

    private static byte[] decode(Fingerprint chunk, int codec, ByteBuffer stored, int plainLength, long plainXxh3)
            throws CorruptionException {
        byte[] plain = Codecs.decode(codec, stored.duplicate(), plainLength);
        if (Checksums.xxh3(plain, 0, plain.length) != plainXxh3) {
            throw new CorruptionException("Chunk " + chunk.toHex() + " does not verify after decoding.");
        }
        return plain;
    }
}
