package io.varve.storage.chunkstore;

import io.varve.storage.commit.Commit;
import io.varve.storage.commit.Committer;
import io.varve.storage.io.NoSpaceException;
import io.varve.storage.metadata.Family;
import io.varve.storage.metadata.MetadataView;
import io.varve.storage.segment.ChunkLocation;
import io.varve.storage.segment.ChunkRead;
import io.varve.storage.segment.ScannedRecord;
import io.varve.storage.segment.SegmentAddress;
import io.varve.storage.segment.SegmentLease;
import io.varve.storage.segment.SegmentScan;
import io.varve.storage.segment.SegmentStore;
import io.varve.storage.segment.StoredChunk;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Moves the live records out of one segment, in steps of one commit each. A chunk moves by compare and set: the commit that names
 * its new place does so only if the old one still holds. So a chunk that is freed or moved by somebody else in between stays as they
 * left it, and the copy is garbage. Whoever looked up the old place finds the segment there until it is deleted, and then looks again.
 *
 * <p>Stopping after any step is safe: what was moved has moved. One thread.
 */
public final class Compaction implements AutoCloseable {
    /** The records of a step, together: a commit of a few milliseconds, and a fraction of the read buffers. */
    private static final int STEP_BYTES = 1 << 20;

    private final Committer committer;
    private final SegmentStore segments;
    private final MetadataView view;
    private final SegmentScan scan;

    Compaction(Committer committer, SegmentStore segments, int segment) throws IOException {
        this.committer = committer;
        this.segments = segments;
        this.view = committer.view();
        this.scan = segments.scan(segment);
    }

    /**
     * What a step did.
     *
     * @param bytes of the records that it moved
     * @param finished whether the segment's end was reached
     */
    public record Step(long bytes, boolean finished) {}

    /** A record that was copied. */
    private record Move(ChunkLocation from, SegmentAddress to) {}

    /**
     * Moves the next records.
     *
     * @throws NoSpaceException if the disk has no room for them
     */
    public Step step() throws IOException {
        List<ChunkLocation> live = nextLive();
        if (live.isEmpty()) {
            return new Step(0, !scan.hasNext());
        }
        try (SegmentLease lease = segments.lease()) {
            List<Move> moves = copy(live, lease);
            long bytes = moves.isEmpty() ? 0 : committer.commit(commit -> publish(commit, moves));
            return new Step(bytes, !scan.hasNext());
        }
    }

    @Override
    public void close() {
        scan.close();
    }

    /** The records in the next stretch of the segment that chunks refer to. */
    private List<ChunkLocation> nextLive() throws IOException {
        List<ChunkLocation> found = new ArrayList<>();
        long bytes = 0;
        while (bytes < STEP_BYTES && scan.hasNext()) {
            ScannedRecord record = scan.next();
            // What does not verify stays where it is: a repair may still read it.
            if (record instanceof ScannedRecord.Intact intact) {
                SegmentAddress address = intact.address();
                found.add(new ChunkLocation(intact.chunk().fingerprint(), address));
                bytes += address.end() - address.offset();
            }
        }
        List<byte[]> keys =
                found.stream().map(at -> ChunkKeys.chunk(at.fingerprint())).toList();
        List<ChunkLocation> live = new ArrayList<>();
        var rows = view.multiGet(Family.CHUNKS, keys);
        for (int i = 0; i < found.size(); i++) {
            byte[] row = rows.get(i);
            if (row != null && liesAt(ChunkRow.decode(row), found.get(i).address())) {
                live.add(found.get(i));
            }
        }
        return live;
    }

    private List<Move> copy(List<ChunkLocation> live, SegmentLease lease) throws IOException {
        List<ChunkRead> reads = segments.readMany(live);
        List<Move> moves = new ArrayList<>();
        try {
            for (int i = 0; i < live.size(); i++) {
                if (reads.get(i) instanceof StoredChunk stored) {
                    moves.add(new Move(live.get(i), lease.append(stored.chunk(), stored.payload())));
                }
            }
            return moves;
        } finally {
            for (ChunkRead read : reads) {
                if (read instanceof StoredChunk stored) {
                    stored.close();
                }
            }
        }
    }

    private long publish(Commit commit, List<Move> moves) throws IOException {
        long bytes = 0;
        for (Move move : moves) {
            byte[] key = ChunkKeys.chunk(move.from.fingerprint());
            byte[] row = commit.get(Family.CHUNKS, key);
            if (row != null
                    && ChunkRow.decode(row) instanceof ChunkRow.Located located
                    && liesAt(located, move.from.address())) {
                if (!segments.isIntact(move.to)) {
                    throw new NoSpaceException("The disk had no room to move chunks out of a segment.");
                }
                ChunkRow moved = new ChunkRow.Located(located.codec(), located.page(), located.plainLength(), move.to);
                commit.put(Family.CHUNKS, key, ChunkRow.encode(moved));
                commit.add(
                        Family.SEGMENTS, ChunkKeys.segment(move.from.address().segment()), -located.storedBytes());
                commit.add(Family.SEGMENTS, ChunkKeys.segment(move.to.segment()), moved.storedBytes());
                bytes += moved.storedBytes();
            }
        }
        return bytes;
    }

    private static boolean liesAt(ChunkRow row, SegmentAddress address) {
        return row instanceof ChunkRow.Located located && located.address().equals(address);
    }
}
