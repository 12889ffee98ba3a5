package io.varve.storage.chunkstore;

import io.varve.storage.fingerprint.Fingerprint;
import io.varve.storage.io.CorruptionException;
import io.varve.storage.metadata.Cursor;
import io.varve.storage.metadata.Family;
import io.varve.storage.metadata.MetadataView;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which chunks stand on which: from a delta down to the chunk that is stored whole, and from a base up to all that is decoded through
 * it. The DELTAS family names both ends by the beginning of their fingerprints; every match is checked against the chunk's row, so two
 * chunks that begin alike cost a look-up and nothing else. Of a view; one thread.
 */
final class StandingDeltas {
    /** Longer than any setting allows; what is longer is damage. */
    static final int CHAIN_MAX = 16;

    private final MetadataView view;

    StandingDeltas(MetadataView view) {
        this.view = view;
    }

    /** A chunk's row; null if the store has none. */
    @Nullable
    ChunkRow row(Fingerprint chunk) throws IOException {
        byte[] value = view.get(Family.CHUNKS, ChunkKeys.chunk(chunk));
        return value == null ? null : ChunkRow.decode(value);
    }

    /**
     * What a chunk is decoded through, its own base first.
     *
     * @throws CorruptionException if a base is missing, or there is no end
     */
    List<Fingerprint> chain(ChunkRow row) throws IOException {
        List<Fingerprint> chain = new ArrayList<>();
        ChunkRow at = row;
        while (at.base().isPresent()) {
            Fingerprint base = at.base().get();
            chain.add(base);
            ChunkRow next = row(base);
            if (next == null || chain.size() > CHAIN_MAX) {
                throw new CorruptionException("A chain of deltas has no end at chunk " + base.toHex() + ".");
            }
            at = next;
        }
        return chain;
    }

    /** The chunks whose base is this one. */
    List<Fingerprint> on(Fingerprint base) throws IOException {
        List<Fingerprint> found = new ArrayList<>();
        try (Cursor deltas = view.scanPrefix(Family.DELTAS, ChunkKeys.beginning(base.a()))) {
            while (deltas.next()) {
                long beginning = ByteBuffer.wrap(deltas.key()).getLong(Long.BYTES);
                addIfOn(base, beginning, found);
            }
        }
        return found;
    }

    private void addIfOn(Fingerprint base, long beginning, List<Fingerprint> found) throws IOException {
        try (Cursor chunks = view.scanPrefix(Family.CHUNKS, ChunkKeys.beginning(beginning))) {
            while (chunks.next()) {
                ChunkRow row = ChunkRow.decode(chunks.value());
                if (row.base().filter(base::equals).isPresent()) {
                    found.add(ChunkKeys.fingerprint(chunks.key()));
                }
            }
        }
    }

    /** How many deltas lie between a chunk and the farthest one that is decoded through it; 0 if there is none. */
    int height(Fingerprint chunk) throws IOException {
        int height = 0;
        List<Fingerprint> level = on(chunk);
        while (!level.isEmpty() && height <= CHAIN_MAX) {
            height++;
            List<Fingerprint> next = new ArrayList<>();
            for (Fingerprint each : level) {
                next.addAll(on(each));
            }
            level = next;
        }
        return height;
    }
}
