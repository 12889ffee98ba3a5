package io.varve.storage.chunkstore;

import io.varve.storage.commit.TailCheck;
import io.varve.storage.fingerprint.Fingerprint;
import io.varve.storage.io.CorruptionException;
import io.varve.storage.metadata.Batch;
import io.varve.storage.metadata.Family;
import io.varve.storage.segment.ChunkRecord;
import io.varve.storage.segment.SegmentAddress;
import io.varve.storage.segment.SegmentMissingException;
import io.varve.storage.segment.SegmentStore;
import java.io.IOException;
import java.util.HashSet;
import java.util.Set;

/** Visits a batch and reads every chunk it puts into a segment. */
final class ChunkPresence implements Batch.Visitor {
    /** Answers recovery out of the segments as a crash left them. */
    record Check(SegmentStore segments) implements TailCheck {
        @Override
        public boolean isWhole(Batch batch) throws IOException {
            ChunkPresence presence = new ChunkPresence(segments);
            batch.forEach(presence);
            return presence.whole;
        }

        @Override
        public boolean isEmpty() throws IOException {
            return segments.isEmpty();
        }
    }

    private final SegmentStore segments;
    private final Set<SegmentAddress> read = new HashSet<>();

    /** Whether all of them could be read. */
    private boolean whole = true;

    ChunkPresence(SegmentStore segments) {
        this.segments = segments;
    }

    @Override
    public void put(Family family, byte[] key, byte[] value) throws IOException {
        if (whole && family == Family.CHUNKS) {
            ChunkRow row = ChunkRow.decode(value);
            Fingerprint expected = row instanceof ChunkRow.Framed ? ChunkRecord.NO_CHUNK : ChunkKeys.fingerprint(key);
            // A frame is read once for all its members.
            if (row.address().isPresent() && read.add(row.address().get())) {
                try {
                    segments.read(row.address().get(), expected).close();
                } catch (CorruptionException | SegmentMissingException e) {
                    whole = false;
                }
            }
        }
    }

    @Override
    public void delete(Family family, byte[] key) {}

    @Override
    public void add(Family family, byte[] key, long delta) {}
}
