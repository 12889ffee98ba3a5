package io.varve.storage.chunkstore;

import io.varve.storage.compression.CompressionAdvice;
import io.varve.storage.io.IoFutures;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Carries one writer's chunks from the cut to the manifest: batches of them are fingerprinted and encoded beside each other, the
 * manifest grows in the order of the content. Bounded by {@link #BATCHES_MAX} batches under way. One writing thread.
 */
final class ChunkPipeline {
    /** Long enough that chunks of different lengths fill the lanes of vector registers evenly. */
    private static final int BATCH_BYTES = 4 << 20;

    private static final int BATCH_CHUNKS_MAX = 256;

    /** Enough to keep a few processors busy; more would only hold more memory. */
    private static final int BATCHES_MAX = Math.clamp(Runtime.getRuntime().availableProcessors(), 2, 4);

    private final ChunkPreparer preparer;
    private final IngestLease lease;
    private final ManifestBuilder manifest;
    private final Deque<CompletableFuture<List<PreparedChunk>>> underWay = new ArrayDeque<>(BATCHES_MAX);

    private List<ByteBuffer> batch = new ArrayList<>();
    private List<SlabPool.Slab> batchSlabs = new ArrayList<>();
    private int batchBytes;

    ChunkPipeline(ChunkPreparer preparer, IngestLease lease) {
        this.preparer = preparer;
        this.lease = lease;
        this.manifest = new ManifestBuilder(this::storePage);
    }

    /**
     * Takes the next chunk.
     *
     * @param slab the slab that {@code buffer} belongs to; null if it is the caller's own, which it then no longer changes
     */
    void accept(byte[] buffer, int offset, int length, SlabPool.@Nullable Slab slab, CompressionAdvice advice)
            throws IOException {
        batch.add(ByteBuffer.wrap(buffer, offset, length));
        batchBytes += length;
        if (slab != null && (batchSlabs.isEmpty() || batchSlabs.getLast() != slab)) {
            slab.retain();
            batchSlabs.add(slab);
        }
        if (batchBytes >= BATCH_BYTES || batch.size() == BATCH_CHUNKS_MAX) {
            start(advice);
        }
    }

    /** Waits until every chunk taken so far is prepared: no slab is in use here after that. */
    void drain(CompressionAdvice advice) throws IOException {
        if (underWay.isEmpty() && !batch.isEmpty()) {
            List<ByteBuffer> chunks = batch;
            List<SlabPool.Slab> slabs = batchSlabs;
            nextBatch();
            // Nothing runs beside it, so another thread would only cost the switch.
            append(prepare(chunks, slabs, advice));
            return;
        }
        if (!batch.isEmpty()) {
            start(advice);
        }
        while (!underWay.isEmpty()) {
            appendNext();
        }
    }

    private void start(CompressionAdvice advice) throws IOException {
        if (underWay.size() == BATCHES_MAX) {
            appendNext();
        }
        List<ByteBuffer> chunks = batch;
        List<SlabPool.Slab> slabs = batchSlabs;
        nextBatch();
        CompletableFuture<List<PreparedChunk>> prepared = new CompletableFuture<>();
        underWay.addLast(prepared);
        Thread.startVirtualThread(() -> {
            try {
                prepared.complete(prepare(chunks, slabs, advice));
            } catch (Throwable e) {
                prepared.completeExceptionally(e);
            }
        });
    }

    private List<PreparedChunk> prepare(List<ByteBuffer> chunks, List<SlabPool.Slab> slabs, CompressionAdvice advice)
            throws IOException {
        try {
            return preparer.prepare(lease.segments(), chunks, advice);
        } finally {
            slabs.forEach(SlabPool.Slab::release);
        }
    }

    private void nextBatch() {
        batch = new ArrayList<>();
        batchSlabs = new ArrayList<>();
        batchBytes = 0;
    }

    /** Takes children of contents that are stored and held elsewhere. */
    void acceptStored(List<ManifestChild> children) throws IOException {
        for (ManifestChild child : children) {
            manifest.append(child);
        }
    }

    /** Ends the content; everything taken must be {@linkplain #drain drained}. */
    StagedContent finish() throws IOException {
        return new StagedContent(manifest.finish(), lease);
    }

    /** Gives up everything; waits for what is under way, which ends by itself. */
    void abandon() {
        batchSlabs.forEach(SlabPool.Slab::release);
        nextBatch();
        for (CompletableFuture<List<PreparedChunk>> prepared : underWay) {
            prepared.handle((chunks, ignored) -> {
                        if (chunks != null) {
                            chunks.forEach(lease::hold);
                        }
                        return true;
                    })
                    .join();
        }
        underWay.clear();
        lease.giveUp();
    }

    private void appendNext() throws IOException {
        CompletableFuture<List<PreparedChunk>> next = underWay.removeFirst();
        append(IoFutures.join(next));
    }

    private void append(List<PreparedChunk> chunks) throws IOException {
        chunks.forEach(lease::hold);
        for (PreparedChunk chunk : chunks) {
            manifest.append(chunk.asLeaf());
        }
    }

    private ManifestChild storePage(List<ManifestChild> children) throws IOException {
        byte[] bytes = ManifestPage.encode(children);
        PreparedChunk page = preparer.preparePage(lease.segments(), bytes);
        lease.commitPage(page, children);
        long length = children.stream().mapToLong(ManifestChild::length).sum();
        return new ManifestChild(page.fingerprint(), length, true);
    }
}
