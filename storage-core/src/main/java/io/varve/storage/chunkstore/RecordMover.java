package io.varve.storage.chunkstore;

import io.varve.storage.compression.Codec;
import io.varve.storage.compression.Codecs;
import io.varve.storage.compression.Encoded;
import io.varve.storage.delta.Frame;
import io.varve.storage.fingerprint.Checksums;
import io.varve.storage.fingerprint.Fingerprint;
import io.varve.storage.metadata.Family;
import io.varve.storage.metadata.MetadataView;
import io.varve.storage.segment.ChunkLocation;
import io.varve.storage.segment.ChunkRead;
import io.varve.storage.segment.ChunkRecord;
import io.varve.storage.segment.SegmentAddress;
import io.varve.storage.segment.SegmentLease;
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
 * Copies live records to the end of a lease's tier, and says what rows become of it. A frame is copied as it is while all its members live;
 * else what lives of it, and of the other frames of the step, makes a new one. What does not verify stays where it is: a repair may still
 * read it.
 *
 * <p>Plans only: the commit compares and sets. For one step and one thread.
 */
final class RecordMover {
    /** What lives of a frame is written again whatever that takes: its segment is to become empty. */
    private static final int ANY_PERCENT = Integer.MAX_VALUE >>> 8;

    /** Another encoding is taken for what is saved beyond this, in percent of what a chunk takes. */
    private static final int HARDER_PERCENT_MAX = 97;

    private final SegmentStore segments;
    private final MetadataView view;
    private final SegmentLease lease;
    private final boolean harder;
    private final FramePacker packer;
    private final List<ChunkSwap> moves = new ArrayList<>();
    private int records;

    /** A chunk whose row points to the record. */
    private record Live(Fingerprint chunk, ChunkRow row) {
        boolean liesAt(SegmentAddress address) {
            return row.address().filter(address::equals).isPresent();
        }

        ChunkSwap movedTo(SegmentAddress target) {
            return new ChunkSwap(chunk, row, row.movedTo(target));
        }
    }

    /** @param harder whether chunks that are stored alone are compressed as hard as is affordable on the way */
    RecordMover(SegmentStore segments, MetadataView view, SegmentLease lease, boolean harder) {
        this.segments = segments;
        this.view = view;
        this.lease = lease;
        this.harder = harder;
        this.packer = new FramePacker(segments);
    }

    /** How many live records were found so far. */
    int records() {
        return records;
    }

    /** Copies those of some records that live, chunks and frames. */
    void move(List<ChunkLocation> found) throws IOException {
        List<ChunkLocation> chunks = new ArrayList<>();
        List<ChunkLocation> frames = new ArrayList<>();
        for (ChunkLocation each : found) {
            (each.fingerprint().equals(ChunkRecord.NO_CHUNK) ? frames : chunks).add(each);
        }
        moveChunks(chunks);
        moveFrames(frames);
    }

    /** Ends the step: what all of it changes. */
    List<ChunkSwap> finish() throws IOException {
        moves.addAll(packer.write(lease, ANY_PERCENT));
        return moves;
    }

    private void moveChunks(List<ChunkLocation> found) throws IOException {
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
                    records++;
                    moves.add(moveChunk(stored, live.get(i)));
                }
            }
        } finally {
            close(reads);
        }
    }

    private ChunkSwap moveChunk(StoredChunk stored, Live live) throws IOException {
        if (harder && live.row instanceof ChunkRow.Located located) {
            Optional<ChunkSwap> tightened = tighten(stored, live.chunk, located);
            if (tightened.isPresent()) {
                return tightened.get();
            }
        }
        return live.movedTo(lease.append(stored.chunk(), stored.payload()));
    }

    /** A chunk in its hardest form; empty if that does not pay, or the chunk does not verify. */
    private Optional<ChunkSwap> tighten(StoredChunk stored, Fingerprint chunk, ChunkRow.Located row)
            throws IOException {
        byte[] plain = Codecs.decode(row.codec(), stored.payload(), row.plainLength());
        long xxh3 = stored.chunk().plainXxh3();
        if (Checksums.xxh3(plain, 0, plain.length) != xxh3) {
            return Optional.empty();
        }
        // What was stored raw because of what it was called may compress; what does not at all is not worth the time.
        if (row.codec() == Codec.RAW.id()
                && Codecs.encode(plain, 0, plain.length, Codec.ZSTD).codec() == Codec.RAW) {
            return Optional.empty();
        }
        Encoded encoded = Codecs.encodeHardest(plain, 0, plain.length);
        long limit = (long) stored.payload().remaining() * HARDER_PERCENT_MAX / 100;
        if (encoded.codec() == Codec.RAW || encoded.bytes().remaining() > limit) {
            return Optional.empty();
        }
        int codec = encoded.codec().id();
        ChunkRecord record =
                new ChunkRecord(chunk, plain.length, codec, row.page() ? ChunkRecord.MANIFEST_PAGE : 0, xxh3);
        SegmentAddress target = lease.append(record, encoded.bytes());
        return Optional.of(
                new ChunkSwap(chunk, row, new ChunkRow.Located(codec, row.page(), row.plainLength(), target)));
    }

    private void moveFrames(List<ChunkLocation> found) throws IOException {
        List<ChunkRead> reads = read(found);
        try {
            for (ChunkRead read : reads) {
                if (read instanceof StoredChunk stored) {
                    moveFrame(stored);
                }
            }
        } finally {
            close(reads);
        }
    }

    private void moveFrame(StoredChunk stored) throws IOException {
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
        records += live.isEmpty() ? 0 : 1;
        if (live.size() == members.size()) {
            SegmentAddress target = lease.append(stored.chunk(), stored.payload());
            live.values().forEach(at -> moves.add(at.movedTo(target)));
        } else if (!live.isEmpty()) {
            byte[] plain = frame.decode();
            for (Map.Entry<Frame.Member, Live> each : live.entrySet()) {
                pack(each.getKey(), each.getValue(), plain);
            }
        }
    }

    private void pack(Frame.Member member, Live at, byte[] plain) throws IOException {
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
}
