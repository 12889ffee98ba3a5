package io.varve.storage.chunkstore;

import io.varve.storage.compression.Codecs;
import io.varve.storage.compression.CompressionAdvice;
import io.varve.storage.compression.Encoded;
import io.varve.storage.fingerprint.Checksums;
import io.varve.storage.fingerprint.Fingerprint;
import io.varve.storage.metadata.Family;
import io.varve.storage.metadata.MetadataView;
import io.varve.storage.segment.ChunkRecord;
import io.varve.storage.segment.SegmentAddress;
import io.varve.storage.segment.SegmentLease;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.Semaphore;

/**
 * Makes a chunk ready for a commit: fingerprints it, leases it, and, if the store has no such chunk, encodes it and appends it
 * to a segment. Thread-safe; as many chunks at once as there are processors, because the work is theirs.
 */
final class ChunkPreparer {
    /** Chunks up to this many plain bytes live in their record: a disk block of their own would cost more. */
    static final int INLINE_BYTES_MAX = 4096;

    private final MetadataView view;
    private final ChunkLeases leases;
    private final IngestStatistics statistics;
    private final Semaphore processors =
            new Semaphore(Math.max(2, Runtime.getRuntime().availableProcessors()));

    ChunkPreparer(MetadataView view, ChunkLeases leases, IngestStatistics statistics) {
        this.view = view;
        this.leases = leases;
        this.statistics = statistics;
    }

    PreparedChunk prepare(SegmentLease segments, byte[] plain, int offset, int length, CompressionAdvice advice)
            throws IOException {
        return prepare(segments, plain, offset, length, advice, false);
    }

    /** Fingerprints rarely compress, so pages are tried like any data of unknown kind. */
    PreparedChunk preparePage(SegmentLease segments, byte[] page) throws IOException {
        return prepare(segments, page, 0, page.length, CompressionAdvice.UNKNOWN, true);
    }

    private PreparedChunk prepare(
            SegmentLease segments, byte[] plain, int offset, int length, CompressionAdvice advice, boolean page)
            throws IOException {
        processors.acquireUninterruptibly();
        try {
            Fingerprint fingerprint = Fingerprint.of(plain, offset, length);
            boolean leased = leases.acquire(fingerprint);
            try {
                if (leased && view.get(Family.CHUNKS, ChunkKeys.chunk(fingerprint)) != null) {
                    statistics.known(length);
                    return new PreparedChunk(fingerprint, length, Optional.empty(), true);
                }
                ChunkRow record = store(segments, fingerprint, plain, offset, length, advice, page);
                statistics.stored(length, record.storedBytes());
                return new PreparedChunk(fingerprint, length, Optional.of(record), leased);
            } catch (IOException | RuntimeException | Error e) {
                if (leased) {
                    leases.release(fingerprint);
                }
                throw e;
            }
        } finally {
            processors.release();
        }
    }

    private ChunkRow store(
            SegmentLease segments,
            Fingerprint fingerprint,
            byte[] plain,
            int offset,
            int length,
            CompressionAdvice advice,
            boolean page)
            throws IOException {
        long xxh3 = Checksums.xxh3(plain, offset, length);
        Encoded encoded = Codecs.encode(plain, offset, length, advice);
        ByteBuffer stored = encoded.bytes();
        if (length <= INLINE_BYTES_MAX) {
            ByteBuffer own = ByteBuffer.allocate(stored.remaining()).put(stored).flip();
            return new ChunkRow.Inline(encoded.codec().id(), page, length, xxh3, own.asReadOnlyBuffer());
        }
        int flags = page ? ChunkRecord.MANIFEST_PAGE : 0;
        SegmentAddress address = segments.append(
                new ChunkRecord(fingerprint, length, encoded.codec().id(), flags, xxh3), stored);
        return new ChunkRow.Located(encoded.codec().id(), page, length, address);
    }
}
