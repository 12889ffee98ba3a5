package io.varve.storage.chunkstore;

import io.varve.storage.compression.Codec;
import io.varve.storage.delta.DeltaCodec;
import io.varve.storage.fingerprint.Checksums;
import io.varve.storage.fingerprint.Fingerprint;
import io.varve.storage.segment.ChunkRecord;
import io.varve.storage.segment.SegmentLease;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;

/** Makes deltas and writes them where they belong. One thread. */
final class DeltaWriter {
    /** Up to so many bytes a delta lives in its row, which is on the disk twice (in a checkpoint, too) but needs no record. */
    private static final int INLINE_BYTES_MAX = 128;

    /** What a frame, or a higher level, would leave of what a chunk takes as it arrived: a delta has to beat that. */
    private static final int BESIDE_NEIGHBOURS_PERCENT = 80;

    private final SegmentLease lease;

    DeltaWriter(SegmentLease lease) {
        this.lease = lease;
    }

    /**
     * The difference of a chunk to a base.
     *
     * @return empty if storing that does not save enough to be worth reading the base for
     */
    static Optional<ByteBuffer> encode(StoredRow target, byte[] plain, byte[] base) {
        // A delta's row or record names the base, and its record has a header, which a frame's members share.
        int overhead = Fingerprint.BYTES
                + (target.row() instanceof ChunkRow.Framed || target.row() instanceof ChunkRow.Located
                        ? FramePacker.RECORD_BYTES
                        : 0);
        long alone = target.row() instanceof ChunkRow.Framed
                ? target.row().storedBytes()
                : target.row().storedBytes() * BESIDE_NEIGHBOURS_PERCENT / 100;
        int stored = Math.toIntExact(alone) - overhead;
        return stored <= 0 ? Optional.empty() : DeltaCodec.encode(plain, 0, plain.length, base, stored);
    }

    /** What a delta takes where it is written. */
    static long storedBytes(ByteBuffer delta) {
        return delta.remaining() <= INLINE_BYTES_MAX
                ? delta.remaining()
                : delta.remaining() + (long) Fingerprint.BYTES + FramePacker.RECORD_BYTES;
    }

    /** Writes a delta, and says what the chunk's row becomes. */
    ChunkRow write(StoredRow target, byte[] plain, Fingerprint base, ByteBuffer delta) throws IOException {
        boolean page = target.row().page();
        long xxh3 = Checksums.xxh3(plain, 0, plain.length);
        if (delta.remaining() <= INLINE_BYTES_MAX) {
            ByteBuffer own = ByteBuffer.allocate(delta.remaining())
                    .put(delta.duplicate())
                    .flip();
            return new ChunkRow.InlineDelta(page, plain.length, base, xxh3, own.asReadOnlyBuffer());
        }
        int flags = ChunkRecord.DELTA | (page ? ChunkRecord.MANIFEST_PAGE : 0);
        ChunkRecord record = new ChunkRecord(target.chunk(), plain.length, Codec.ZSTD.id(), flags, xxh3);
        return new ChunkRow.LocatedDelta(page, plain.length, base, lease.append(record, DeltaPayload.of(base, delta)));
    }
}
