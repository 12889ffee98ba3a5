package io.varve.storage.chunkstore;

import io.varve.storage.fingerprint.Fingerprint;
import io.varve.storage.metadata.Cursor;
import io.varve.storage.metadata.Family;
import io.varve.storage.metadata.MetadataView;
import io.varve.storage.segment.SegmentAddress;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/**
 * Every chunk once, in an order that is kind to disks: first those that live in their rows, then segment by segment in the order of the
 * file. Segments are taken as many at once as have some hundred thousand chunks: one scan of all rows finds theirs, so memory is
 * bounded and the scans are few.
 *
 * <p>Chunks that are stored or moved meanwhile may be left out: they were just written and verified. One thread.
 */
public final class ChunkScrub {
    /** Where a walk begins: with the chunks that live in their rows. */
    public static final int START = -1;

    private static final int BATCH_CHUNKS_MAX = 256;
    private static final int BATCH_BYTES_MAX = 4 << 20;

    /** Rows looked at for one batch of those that hold their chunks themselves. */
    private static final int ROWS_MAX = 20_000;

    private final MetadataView view;
    private final int windowChunksMax;
    private final Deque<Target> targets = new ArrayDeque<>();
    private byte[] row = new byte[0];
    private boolean inRows;
    private int nextSegment;

    /**
     * Chunks to verify together.
     *
     * @param chunks their fingerprints, in the order of the disk; none: the walk is at its end
     * @param plainBytes their plain bytes
     */
    public record Batch(List<Fingerprint> chunks, long plainBytes) {
        public Batch {
            chunks = List.copyOf(chunks);
        }
    }

    /** A chunk to be read. */
    private record Target(Fingerprint chunk, SegmentAddress address, int plainLength) {}

    /**
     * Begins or goes on.
     *
     * @param from {@link #START}, or an earlier walk's {@link #position}
     * @param windowChunksMax how many chunks are chosen at once, about
     */
    ChunkScrub(MetadataView view, int from, int windowChunksMax) {
        this.view = view;
        this.windowChunksMax = windowChunksMax;
        this.inRows = from == START;
        this.nextSegment = Math.max(from, 0);
    }

    /** Where a walk that is broken off now goes on: everything before it is done. */
    public int position() {
        if (inRows) {
            return START;
        }
        // Targets lie in the order of segments.
        return targets.isEmpty() ? nextSegment : targets.element().address.segment();
    }

    /** The next chunks to verify together; none at the end. */
    public Batch next() throws IOException {
        while (inRows) {
            Batch batch = nextInRows();
            if (!batch.chunks.isEmpty()) {
                return batch;
            }
        }
        while (targets.isEmpty()) {
            if (nextSegment > lastSegment()) {
                return new Batch(List.of(), 0);
            }
            choose();
        }
        List<Fingerprint> batch = new ArrayList<>();
        long bytes = 0;
        while (!targets.isEmpty() && batch.size() < BATCH_CHUNKS_MAX && bytes < BATCH_BYTES_MAX) {
            Target target = targets.pop();
            batch.add(target.chunk);
            bytes += target.plainLength;
        }
        return new Batch(batch, bytes);
    }

    private Batch nextInRows() throws IOException {
        List<Fingerprint> batch = new ArrayList<>();
        long bytes = 0;
        int rows = 0;
        try (Cursor cursor = view.scan(Family.CHUNKS, row, null)) {
            while (cursor.next()) {
                if (rows++ == ROWS_MAX || batch.size() == BATCH_CHUNKS_MAX) {
                    row = cursor.key();
                    return new Batch(batch, bytes);
                }
                if (addressOf(cursor.value()).isEmpty()) {
                    batch.add(ChunkKeys.fingerprint(cursor.key()));
                    bytes += ChunkRow.decode(cursor.value()).plainLength();
                }
            }
        }
        inRows = false;
        return new Batch(batch, bytes);
    }

    /** Chooses the next segments, and finds their chunks. */
    private void choose() throws IOException {
        int segment = nextSegment;
        nextSegment = windowEnd(segment);
        List<Target> found = new ArrayList<>();
        try (Cursor cursor = view.scan(Family.CHUNKS, new byte[0], null)) {
            while (cursor.next()) {
                Optional<SegmentAddress> address = addressOf(cursor.value());
                if (address.isPresent()
                        && address.get().segment() >= segment
                        && address.get().segment() < nextSegment) {
                    int length = ChunkRow.decode(cursor.value()).plainLength();
                    found.add(new Target(ChunkKeys.fingerprint(cursor.key()), address.get(), length));
                }
            }
        }
        found.sort(Comparator.comparing(Target::address));
        targets.addAll(found);
    }

    private int windowEnd(int segment) throws IOException {
        ChunkTotals totals = ChunkTotals.read(view);
        long chunkBytes = Math.max(1, totals.storedBytes() / Math.max(1, totals.chunks()));
        long bytes = 0;
        try (Cursor use = view.scan(Family.SEGMENTS, ChunkKeys.segment(segment), null)) {
            while (use.next()) {
                bytes += view.counter(Family.SEGMENTS, use.key());
                if (bytes / chunkBytes >= windowChunksMax) {
                    return ChunkKeys.segment(use.key()) + 1;
                }
            }
        }
        return lastSegment() + 1;
    }

    private int lastSegment() throws IOException {
        int last = -1;
        try (Cursor use = view.scan(Family.SEGMENTS, new byte[0], null)) {
            while (use.next()) {
                last = ChunkKeys.segment(use.key());
            }
        }
        return last;
    }

    private static Optional<SegmentAddress> addressOf(byte[] row) throws IOException {
        return ChunkRow.decode(row).address();
    }
}
