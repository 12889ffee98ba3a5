package io.varve.storage.chunkstore;

import io.varve.storage.fingerprint.Fingerprint;
import io.varve.storage.metadata.Cursor;
import io.varve.storage.metadata.Family;
import io.varve.storage.metadata.MetadataView;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;

/**
 * What a collection would look at and free now, chunks that only freed manifest pages hold among them.
 *
 * @param candidates chunks that lost a reference since the last collection
 * @param chunks those that nobody will refer to
 * @param bytes their bytes on disk
 * @param exact false if there is so much garbage that what pages hold was not followed to the end
 */
public record GarbageEstimate(long candidates, long chunks, long bytes, boolean exact) {
    /** Chunks whose lost references are remembered: some 100 MB. */
    private static final int REMEMBERED_MAX = 1_000_000;

    /** Counts; its cost follows the garbage, not the store. */
    static GarbageEstimate of(MetadataView view, ChunkStore store) throws IOException {
        Counting counting = new Counting(view, store);
        long candidates = 0;
        try (Cursor cursor = view.scan(Family.CANDIDATES, new byte[0], null)) {
            while (cursor.next()) {
                candidates++;
                if (view.counter(Family.COUNTS, cursor.key()) == 0) {
                    counting.free(ChunkKeys.fingerprint(cursor.key()));
                }
            }
        }
        return new GarbageEstimate(candidates, counting.chunks, counting.bytes, counting.exact);
    }

    /** Follows pages, and deltas to their bases, down. */
    private static final class Counting {
        private final MetadataView view;
        private final ChunkStore store;
        private final Map<Fingerprint, Integer> lost = new HashMap<>();
        private final Deque<Fingerprint> pages = new ArrayDeque<>();
        private long chunks;
        private long bytes;
        private boolean exact = true;

        Counting(MetadataView view, ChunkStore store) {
            this.view = view;
            this.store = store;
        }

        void free(Fingerprint chunk) throws IOException {
            count(chunk);
            while (!pages.isEmpty()) {
                for (ManifestChild child : store.page(pages.pop())) {
                    lose(child.fingerprint());
                }
            }
        }

        private void lose(Fingerprint child) throws IOException {
            if (lost.size() >= REMEMBERED_MAX && !lost.containsKey(child)) {
                exact = false;
                return;
            }
            if (lost.merge(child, 1, Integer::sum) == view.counter(Family.COUNTS, ChunkKeys.chunk(child))) {
                count(child);
            }
        }

        private void count(Fingerprint chunk) throws IOException {
            byte[] value = view.get(Family.CHUNKS, ChunkKeys.chunk(chunk));
            if (value != null) {
                ChunkRow row = ChunkRow.decode(value);
                chunks++;
                bytes += row.storedBytes();
                if (row.page()) {
                    pages.push(chunk);
                }
                if (row.base().isPresent()) {
                    lose(row.base().get());
                }
            }
        }
    }
}
