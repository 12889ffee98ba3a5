package io.varve.storage.chunkstore;

import io.varve.storage.commit.Commit;
import io.varve.storage.metadata.Batch;
import io.varve.storage.metadata.Family;
import io.varve.storage.metadata.MetadataView;
import io.varve.storage.segment.SegmentAddress;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * Totals over all chunks of the store, kept as counters in the USAGE family.
 *
 * @param chunks chunks, manifest pages among them
 * @param plainBytes their decoded bytes: what the store would hold without compression
 * @param storedBytes their encoded bytes with record headers: what it does hold, in segments and in chunk records
 * @param inlineBytes the part of {@code storedBytes} that lies in chunk records
 */
public record ChunkTotals(long chunks, long plainBytes, long storedBytes, long inlineBytes) {
    private static final byte[] CHUNKS = key("chunks");
    private static final byte[] PLAIN = key("chunk-plain-bytes");
    private static final byte[] STORED = key("chunk-stored-bytes");
    private static final byte[] INLINE = key("chunk-inline-bytes");

    /** Reads the totals as of the view. */
    public static ChunkTotals read(MetadataView view) throws IOException {
        return new ChunkTotals(
                view.counter(Family.USAGE, CHUNKS),
                view.counter(Family.USAGE, PLAIN),
                view.counter(Family.USAGE, STORED),
                view.counter(Family.USAGE, INLINE));
    }

    /** Stages that a chunk's row appears or goes: here, and in the use of the segment that has its bytes. */
    static void stage(Commit commit, ChunkRow row, int sign) {
        commit.add(Family.USAGE, CHUNKS, sign);
        commit.add(Family.USAGE, PLAIN, (long) sign * row.plainLength());
        commit.add(Family.USAGE, STORED, sign * row.storedBytes());
        Optional<SegmentAddress> address = row.address();
        if (address.isPresent()) {
            byte[] segment = ChunkKeys.segment(address.get().segment());
            commit.add(Family.SEGMENTS, segment, sign * row.storedBytes());
        } else {
            commit.add(Family.USAGE, INLINE, sign * row.storedBytes());
        }
    }

    /** Counts a chunk's row in a recount, here and in the use of the segment that has its bytes. */
    static void record(Batch batch, ChunkRow row) {
        batch.add(Family.USAGE, CHUNKS, 1);
        batch.add(Family.USAGE, PLAIN, row.plainLength());
        batch.add(Family.USAGE, STORED, row.storedBytes());
        Optional<SegmentAddress> address = row.address();
        if (address.isPresent()) {
            byte[] segment = ChunkKeys.segment(address.get().segment());
            batch.add(Family.SEGMENTS, segment, row.storedBytes());
        } else {
            batch.add(Family.USAGE, INLINE, row.storedBytes());
        }
    }

    /** Store-wide keys begin with a zero byte, directories' with an id that is never 0. */
    private static byte[] key(String name) {
        return ("\0" + name).getBytes(StandardCharsets.US_ASCII);
    }
}
