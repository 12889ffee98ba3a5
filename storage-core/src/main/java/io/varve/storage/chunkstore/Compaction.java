package io.varve.storage.chunkstore;

import io.varve.storage.commit.Commit;
import io.varve.storage.commit.Committer;
import io.varve.storage.delta.ChainRules;
import io.varve.storage.delta.Frame;
import io.varve.storage.fingerprint.Checksums;
import io.varve.storage.fingerprint.Fingerprint;
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
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Moves the live records out of one segment, in steps of one commit each. A chunk moves by compare and set: the commit that names
 * its new place does so only if the old one still holds. So a chunk that is freed or moved by somebody else in between stays as they
 * left it, and the copy is garbage. Whoever looked up the old place finds the segment there until it is deleted, and then looks again.
 *
 * <p>A frame moves as it is while all its members live; else what lives of it, and of the other frames of the step, makes a new one.
 *
 * <p>Stopping after any step is safe: what was moved has moved. One thread.
 */
public final class Compaction implements AutoCloseable {
    /** The records of a step, together: a commit of a few milliseconds, and a fraction of the read buffers. */
    private static final int STEP_BYTES = 1 << 20;

    /** What lives of a frame is written again whatever that takes: the segment is to become empty. */
    private static final int ANY_PERCENT = Integer.MAX_VALUE >>> 8;

    private final Committer committer;
    private final SegmentStore segments;
    private final ChunkSwap.Terms terms;
    private final MetadataView view;
    private final SegmentScan scan;

    Compaction(Committer committer, SegmentStore segments, int segment) throws IOException {
        this.committer = committer;
        this.segments = segments;
        // Nothing that moves gets another base, so no rule of chains is asked.
        this.terms = new ChunkSwap.Terms(segments, ChainRules.DEFAULT);
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

    /** A chunk whose row points into the segment. */
    private record Live(Fingerprint chunk, ChunkRow row) {
        boolean liesAt(SegmentAddress address) {
            return row.address().filter(address::equals).isPresent();
        }

        ChunkSwap movedTo(SegmentAddress target) {
            return new ChunkSwap(chunk, row, row.movedTo(target));
        }
    }

    /**
     * Moves the next records.
     *
     * @throws NoSpaceException if the disk has no room for them
     */
    public Step step() throws IOException {
        List<ChunkLocation> chunks = new ArrayList<>();
        List<ChunkLocation> frames = new ArrayList<>();
        next(chunks, frames);
        try (SegmentLease lease = segments.lease()) {
            List<ChunkSwap> moves = new ArrayList<>();
            moveChunks(chunks, lease, moves);
            moveFrames(frames, lease, moves);
            long bytes = moves.isEmpty() ? 0 : committer.commit(commit -> publish(commit, moves));
            return new Step(bytes, !scan.hasNext());
        }
    }

    @Override
    public void close() {
        scan.close();
    }

    /** The records in the next stretch of the segment. What does not verify stays where it is: a repair may still read it. */
    private void next(List<ChunkLocation> chunks, List<ChunkLocation> frames) throws IOException {
        long bytes = 0;
        while (bytes < STEP_BYTES && scan.hasNext()) {
            ScannedRecord record = scan.next();
            if (record instanceof ScannedRecord.Intact intact) {
                SegmentAddress address = intact.address();
                (intact.chunk().isFrame() ? frames : chunks)
                        .add(new ChunkLocation(intact.chunk().fingerprint(), address));
                bytes += address.end() - address.offset();
            }
        }
    }

    private void moveChunks(List<ChunkLocation> found, SegmentLease lease, List<ChunkSwap> moves) throws IOException {
        List<Optional<Live>> rows =
                rows(found.stream().map(ChunkLocation::fingerprint).toList());
        List<ChunkLocation> places = new ArrayList<>();
        List<Live> live = new ArrayList<>();
        for (int i = 0; i < found.size(); i++) {
            SegmentAddress address = found.get(i).address();
            Optional<Live> at = rows.get(i).filter(row -> row.liesAt(address));
            if (at.isPresent()) {
                places.add(found.get(i));
                live.add(at.get());
            }
        }
        List<ChunkRead> reads = read(places);
        try {
            for (int i = 0; i < reads.size(); i++) {
                if (reads.get(i) instanceof StoredChunk stored) {
                    SegmentAddress target = lease.append(stored.chunk(), stored.payload());
                    moves.add(live.get(i).movedTo(target));
                }
            }
        } finally {
            close(reads);
        }
    }

    private void moveFrames(List<ChunkLocation> found, SegmentLease lease, List<ChunkSwap> moves) throws IOException {
        if (found.isEmpty()) {
            return;
        }
        FramePacker packer = new FramePacker(segments);
        List<ChunkRead> reads = read(found);
        try {
            for (ChunkRead read : reads) {
                if (read instanceof StoredChunk stored) {
                    moveFrame(stored, packer, lease, moves);
                }
            }
        } finally {
            close(reads);
        }
        moves.addAll(packer.write(lease, ANY_PERCENT));
    }

    private void moveFrame(StoredChunk stored, FramePacker packer, SegmentLease lease, List<ChunkSwap> moves)
            throws IOException {
        Frame frame = Frame.read(stored.payload());
        List<Frame.Member> members = frame.members();
        List<Optional<Live>> rows = rows(members.stream()
                .map(member -> Fingerprint.read(member.fingerprint()))
                .toList());
        Map<Frame.Member, Live> live = new LinkedHashMap<>();
        for (int i = 0; i < members.size(); i++) {
            Optional<Live> at = rows.get(i).filter(row -> row.liesAt(stored.address()));
            if (at.isPresent() && at.get().row instanceof ChunkRow.Framed framed && framed.index() == i) {
                live.put(members.get(i), at.get());
            }
        }
        if (live.size() == members.size()) {
            SegmentAddress target = lease.append(stored.chunk(), stored.payload());
            live.values().forEach(at -> moves.add(at.movedTo(target)));
        } else if (!live.isEmpty()) {
            byte[] plain = frame.decode();
            for (Map.Entry<Frame.Member, Live> each : live.entrySet()) {
                pack(each.getKey(), each.getValue(), plain, packer, lease, moves);
            }
        }
    }

    private static void pack(
            Frame.Member member, Live at, byte[] plain, FramePacker packer, SegmentLease lease, List<ChunkSwap> moves)
            throws IOException {
        if (Checksums.xxh3(plain, member.offset(), member.length()) != member.plainXxh3()) {
            // It stays with its segment: written again, it would look intact.
            return;
        }
        if (!packer.fits(member.length())) {
            moves.addAll(packer.write(lease, ANY_PERCENT));
        }
        byte[] bytes = Arrays.copyOfRange(plain, member.offset(), member.offset() + member.length());
        packer.add(at.chunk, at.row, bytes);
    }

    /** The chunks' rows in their order; empty for one that is not in the store. */
    private List<Optional<Live>> rows(List<Fingerprint> chunks) throws IOException {
        var values = view.multiGet(
                Family.CHUNKS, chunks.stream().map(ChunkKeys::chunk).toList());
        List<Optional<Live>> rows = new ArrayList<>(chunks.size());
        for (int i = 0; i < chunks.size(); i++) {
            byte[] value = values.get(i);
            rows.add(value == null ? Optional.empty() : Optional.of(new Live(chunks.get(i), ChunkRow.decode(value))));
        }
        return rows;
    }

    private List<ChunkRead> read(List<ChunkLocation> places) throws IOException {
        return places.isEmpty() ? List.of() : segments.readMany(places);
    }

    private static void close(List<ChunkRead> reads) {
        for (ChunkRead read : reads) {
            if (read instanceof StoredChunk stored) {
                stored.close();
            }
        }
    }

    private long publish(Commit commit, List<ChunkSwap> moves) throws IOException {
        ReferenceChanges changes = new ReferenceChanges();
        long bytes = 0;
        for (ChunkSwap move : moves) {
            bytes += move.stage(commit, terms, changes) ? move.after().storedBytes() : 0;
        }
        changes.stage(commit);
        return bytes;
    }
}
