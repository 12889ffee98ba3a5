package io.varve.storage.chunkstore;

import io.varve.storage.fingerprint.Fingerprint;
import io.varve.storage.metadata.Family;
import io.varve.storage.metadata.MetadataView;
import io.varve.storage.segment.ChunkLocation;
import io.varve.storage.segment.ChunkRecord;
import io.varve.storage.segment.SegmentAddress;
import io.varve.storage.segment.Tier;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Puts what one content consists of into a slower tier, in steps: the records of its chunks, with the frames they share with others. What
 * lies in that tier or a slower one already stays, and so do its manifest pages and the bases of its differences. One thread.
 */
public final class ContentMove {
    private final TierMover mover;
    private final MetadataView view;
    private final LeafWalker leaves;
    private final Tier to;

    ContentMove(TierMover mover, MetadataView view, LeafWalker leaves, Tier to) {
        this.mover = mover;
        this.view = view;
        this.leaves = leaves;
        this.to = to;
    }

    /**
     * Moves the next chunks.
     *
     * @param chunks how many are looked at, at most
     * @throws io.varve.storage.io.NoSpaceException if the tier has no room for them; nothing has changed then
     */
    public TierMover.Step step(int chunks) throws IOException {
        List<Fingerprint> next = new ArrayList<>();
        long bytes = 0;
        boolean more = leaves.advance();
        while (more && next.size() < chunks && bytes < TierMover.STEP_BYTES_MAX) {
            ManifestChild child = leaves.next();
            next.add(child.fingerprint());
            bytes += child.length();
            more = leaves.advance();
        }
        return mover.demote(records(next), to, !more);
    }

    /** Where the chunks' records lie that are to be moved, each once. */
    private List<ChunkLocation> records(List<Fingerprint> chunks) throws IOException {
        List<Optional<byte[]>> rows = new ArrayList<>();
        for (byte[] row : view.multiGet(
                Family.CHUNKS, chunks.stream().map(ChunkKeys::chunk).toList())) {
            rows.add(Optional.ofNullable(row));
        }
        Set<ChunkLocation> records = new LinkedHashSet<>();
        for (int i = 0; i < chunks.size(); i++) {
            if (rows.get(i).isPresent()) {
                ChunkRow row = ChunkRow.decode(rows.get(i).get());
                Optional<SegmentAddress> address = row.address().filter(this::isAbove);
                Fingerprint name = row instanceof ChunkRow.Framed ? ChunkRecord.NO_CHUNK : chunks.get(i);
                address.ifPresent(place -> records.add(new ChunkLocation(name, place)));
            }
        }
        return List.copyOf(records);
    }

    private boolean isAbove(SegmentAddress address) {
        return mover.tierOf(address.segment())
                .filter(tier -> tier.compareTo(to) < 0)
                .isPresent();
    }
}
