package io.varve.storage.chunkstore;

import io.varve.storage.cache.MemoryCache;
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
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Semaphore;

/**
 * Makes chunks ready for a commit: fingerprints them, leases them, and encodes and appends to a segment those the store has not.
 * Thread-safe; as many batches at once as there are processors, because the work is theirs.
 */
final class ChunkPreparer {
    /** Chunks up to this many plain bytes live in their record: a disk block of their own would cost more. */
    static final int INLINE_BYTES_MAX = 4096;

    private final MetadataView view;
    private final ChunkLeases leases;
    private final DamagedChunks damaged;
    private final IngestStatistics statistics;
    private final MemoryCache cache;
    private final Semaphore processors =
            new Semaphore(Math.max(2, Runtime.getRuntime().availableProcessors()));

    ChunkPreparer(
            MetadataView view,
            ChunkLeases leases,
            DamagedChunks damaged,
            IngestStatistics statistics,
            MemoryCache cache) {
        this.view = view;
        this.leases = leases;
        this.damaged = damaged;
        this.statistics = statistics;
        this.cache = cache;
    }

    /**
     * Prepares chunks of one content, in their order.
     *
     * @param plain buffers with arrays; they stay as they are
     * @throws IOException if one could not be stored; then nothing is held for any of them
     */
    List<PreparedChunk> prepare(SegmentLease segments, List<ByteBuffer> plain, CompressionAdvice advice)
            throws IOException {
        return prepare(segments, plain, advice, false);
    }

    /** Fingerprints rarely compress, so pages are tried like any data of unknown kind. */
    PreparedChunk preparePage(SegmentLease segments, byte[] page) throws IOException {
        return prepare(segments, List.of(ByteBuffer.wrap(page)), CompressionAdvice.UNKNOWN, true)
                .getFirst();
    }

    private List<PreparedChunk> prepare(
            SegmentLease segments, List<ByteBuffer> plain, CompressionAdvice advice, boolean page) throws IOException {
        processors.acquireUninterruptibly();
        List<PreparedChunk> prepared = new ArrayList<>(plain.size());
        try {
            List<Fingerprint> fingerprints = Fingerprint.ofAll(plain);
            Set<Fingerprint> stored = new HashSet<>();
            for (int i = 0; i < plain.size(); i++) {
                Fingerprint fingerprint = fingerprints.get(i);
                ByteBuffer bytes = plain.get(i);
                // Content often repeats itself at once: a run of zeros is one chunk, stored once.
                prepared.add(
                        stored.add(fingerprint)
                                ? prepare(segments, fingerprint, bytes, advice, page)
                                : again(fingerprint, bytes.remaining()));
            }
            offer(prepared, plain);
            return prepared;
        } catch (IOException | RuntimeException | Error e) {
            prepared.stream().filter(PreparedChunk::leased).forEach(chunk -> leases.release(chunk.fingerprint()));
            throw e;
        } finally {
            processors.release();
        }
    }

    /** What was just written is what is most likely read next. What lives in its row is found as fast there. */
    private void offer(List<PreparedChunk> prepared, List<ByteBuffer> plain) {
        List<Fingerprint> fresh = new ArrayList<>(prepared.size());
        List<ByteBuffer> bytes = new ArrayList<>(prepared.size());
        for (int i = 0; i < prepared.size(); i++) {
            PreparedChunk chunk = prepared.get(i);
            if (chunk.fresh().isPresent() && chunk.length() > INLINE_BYTES_MAX) {
                fresh.add(chunk.fingerprint());
                bytes.add(plain.get(i));
            }
        }
        cache.offer(fresh, bytes);
    }

    /** The chunk comes earlier in the same content, which holds it. */
    private PreparedChunk again(Fingerprint fingerprint, int length) {
        statistics.known(length);
        return new PreparedChunk(fingerprint, length, Optional.empty(), leases.acquire(fingerprint));
    }

    private PreparedChunk prepare(
            SegmentLease segments, Fingerprint fingerprint, ByteBuffer plain, CompressionAdvice advice, boolean page)
            throws IOException {
        int length = plain.remaining();
        boolean leased = leases.acquire(fingerprint);
        try {
            if (leased
                    && view.get(Family.CHUNKS, ChunkKeys.chunk(fingerprint)) != null
                    && !damaged.contains(fingerprint)) {
                statistics.known(length);
                return new PreparedChunk(fingerprint, length, Optional.empty(), true);
            }
            int offset = plain.arrayOffset() + plain.position();
            ChunkRow record = store(segments, fingerprint, plain.array(), offset, length, advice, page);
            statistics.stored(length, record.storedBytes());
            return new PreparedChunk(fingerprint, length, Optional.of(record), leased);
        } catch (IOException | RuntimeException | Error e) {
            if (leased) {
                leases.release(fingerprint);
            }
            throw e;
        }
    }

    /** Encodes a chunk and appends it to a segment, if it is not so small that its row takes it. */
    ChunkRow store(
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
