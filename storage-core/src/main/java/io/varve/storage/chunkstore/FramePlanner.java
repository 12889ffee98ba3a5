package io.varve.storage.chunkstore;

import io.varve.storage.compression.Codec;
import io.varve.storage.compression.Codecs;
import io.varve.storage.compression.Encoded;
import io.varve.storage.fingerprint.Checksums;
import io.varve.storage.fingerprint.Fingerprint;
import io.varve.storage.io.CorruptionException;
import io.varve.storage.metadata.MetadataView;
import io.varve.storage.segment.ChunkRecord;
import io.varve.storage.segment.SegmentLease;
import io.varve.storage.segment.SegmentStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Gathers neighbouring chunks that stayed whole for one frame, also those that deltas stand on: whoever reads a version reads their neighbours
 * as well. What finds no company is compressed harder by itself. Plans only; for one frame and one thread.
 */
final class FramePlanner {
    /** What a frame may take of what its members take, in percent: less gain is not worth decoding a neighbour for. */
    private static final int FRAME_PERCENT_MAX = 95;

    /** So many versions without anything to frame make a step, too. */
    private static final int VERSIONS_MAX = 500;

    /** And so many chunks that are compressed by themselves. */
    private static final long ALONE_BYTES_MAX = 8L << 20;

    private final MetadataView view;
    private final ChunkReader reader;
    private final SegmentLease lease;
    private final ReencodingStatistics statistics;
    private final FramePacker packer;
    private final Set<Fingerprint> seen = new HashSet<>();
    private final Plan plan = new Plan(new ArrayList<>(), new ArrayList<>());

    /** The last member; a frame of one would be that chunk with a directory. */
    private @Nullable StoredRow last;

    private byte[] lastPlain = new byte[0];

    private boolean full;
    private long aloneBytes;

    /** All that is planned, and how far the versions were gone through. */
    record Plan(List<ChunkSwap> swaps, List<WaitingVersion> progress) {}

    FramePlanner(
            MetadataView view,
            ChunkReader reader,
            SegmentStore segments,
            SegmentLease lease,
            ReencodingStatistics statistics) {
        this.view = view;
        this.reader = reader;
        this.lease = lease;
        this.statistics = statistics;
        this.packer = new FramePacker(segments);
    }

    /** Whether a step's work is there. */
    boolean isFull() {
        return full || plan.progress.size() >= VERSIONS_MAX || aloneBytes >= ALONE_BYTES_MAX;
    }

    /** Notes how far a version was gone through. */
    void progress(WaitingVersion version) {
        plan.progress.add(version);
    }

    /**
     * Takes what it can of a stretch.
     *
     * @return the version, up to where it was gone through
     */
    WaitingVersion gather(WaitingVersion version, VersionWindow window) throws IOException {
        for (VersionWindow.Leaf leaf : window.leaves()) {
            if (!leaf.common() && seen.add(leaf.chunk())) {
                StoredRow stored = StoredRow.alive(view, leaf.chunk());
                if (stored != null && stored.row().whole() && !stored.isIncompressible() && !take(stored)) {
                    full = true;
                    seen.remove(leaf.chunk());
                    return version.at(leaf.position());
                }
            }
        }
        return version.at(window.end());
    }

    /** Ends the frame. */
    Plan finish() throws IOException {
        StoredRow only = last;
        if (packer.members() == 1 && only != null) {
            alone(only, lastPlain);
        } else if (packer.members() > 1) {
            List<ChunkSwap> swaps = packer.write(lease, FRAME_PERCENT_MAX);
            plan.swaps.addAll(swaps);
            if (!swaps.isEmpty()) {
                statistics.frame();
            }
        }
        return plan;
    }

    /** False if the frame has no room for it. */
    private boolean take(StoredRow stored) throws IOException {
        if (packer.members() > 0 && !packer.fits(stored.row().plainLength())) {
            return false;
        }
        Optional<byte[]> plain = read(stored.chunk());
        if (plain.isEmpty()) {
            return true;
        }
        if (!packer.fits(plain.get().length)) {
            alone(stored, plain.get());
        } else {
            packer.add(stored.chunk(), stored.row(), plain.get());
            last = stored;
            lastPlain = plain.get();
        }
        return true;
    }

    /** Compresses a chunk by itself as well as is affordable. */
    private void alone(StoredRow stored, byte[] plain) throws IOException {
        aloneBytes += plain.length;
        if (!(stored.row() instanceof ChunkRow.Located)) {
            return;
        }
        Encoded encoded = Codecs.encodeThoroughly(plain, 0, plain.length);
        ByteBuffer bytes = encoded.bytes();
        long before = stored.row().storedBytes();
        if (encoded.codec() != Codec.RAW && (long) bytes.remaining() + FramePacker.RECORD_BYTES < before) {
            boolean page = stored.row().page();
            ChunkRecord record = new ChunkRecord(
                    stored.chunk(),
                    plain.length,
                    encoded.codec().id(),
                    page ? ChunkRecord.MANIFEST_PAGE : 0,
                    Checksums.xxh3(plain, 0, plain.length));
            ChunkRow row = new ChunkRow.Located(encoded.codec().id(), page, plain.length, lease.append(record, bytes));
            plan.swaps.add(new ChunkSwap(stored.chunk(), stored.row(), row));
        }
    }

    private Optional<byte[]> read(Fingerprint chunk) throws IOException {
        try {
            byte[] plain = reader.read(chunk);
            statistics.read(plain.length);
            return Optional.of(plain);
        } catch (CorruptionException e) {
            // Checks and scrubs tell of it; the others are encoded all the same.
            return Optional.empty();
        }
    }
}
