package io.varve.storage.chunkstore;

import io.varve.storage.compression.CompressionAdvice;
import io.varve.storage.io.IoFutures;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Carries one writer's chunks from the cut to the manifest: fingerprinting and encoding run beside each other, the manifest
 * grows in the order of the content. Bounded by {@link #IN_FLIGHT_MAX} chunks. One writing thread.
 */
final class ChunkPipeline {
    /** Enough to keep a few cores busy; more would only hold more memory. */
    private static final int IN_FLIGHT_MAX = 16;

    private final ChunkPreparer preparer;
    private final IngestLease lease;
    private final ManifestBuilder manifest;
    private final Deque<CompletableFuture<PreparedChunk>> inFlight = new ArrayDeque<>(IN_FLIGHT_MAX);

    ChunkPipeline(ChunkPreparer preparer, IngestLease lease) {
        this.preparer = preparer;
        this.lease = lease;
        this.manifest = new ManifestBuilder(this::storePage);
    }

    /**
     * Takes the next chunk.
     *
     * @param slab the slab that {@code buffer} belongs to; null if it is the caller's own, which it then no longer changes
     * @param lone whether it is all there is: then it is prepared on the spot
     */
    void accept(
            byte[] buffer, int offset, int length, SlabPool.@Nullable Slab slab, CompressionAdvice advice, boolean lone)
            throws IOException {
        if (lone) {
            append(preparer.prepare(lease.segments(), buffer, offset, length, advice));
            return;
        }
        if (inFlight.size() == IN_FLIGHT_MAX) {
            appendNext();
        }
        CompletableFuture<PreparedChunk> prepared = new CompletableFuture<>();
        inFlight.addLast(prepared);
        if (slab != null) {
            slab.retain();
        }
        Thread.startVirtualThread(() -> {
            try {
                prepared.complete(preparer.prepare(lease.segments(), buffer, offset, length, advice));
            } catch (Throwable e) {
                prepared.completeExceptionally(e);
            } finally {
                if (slab != null) {
                    slab.release();
                }
            }
        });
    }

    /** Takes children of contents that are stored and held elsewhere. */
    void acceptStored(List<ManifestChild> children) throws IOException {
        for (ManifestChild child : children) {
            manifest.append(child);
        }
    }

    /** Ends the content. On failure everything is given up. */
    StagedContent finish() throws IOException {
        while (!inFlight.isEmpty()) {
            appendNext();
        }
        return new StagedContent(manifest.finish(), lease);
    }

    /** Gives up everything; waits for what is in flight, which ends by itself. */
    void abandon() {
        for (CompletableFuture<PreparedChunk> prepared : inFlight) {
            prepared.handle((chunk, ignored) -> {
                        if (chunk != null) {
                            lease.hold(chunk);
                        }
                        return true;
                    })
                    .join();
        }
        inFlight.clear();
        lease.giveUp();
    }

    private void appendNext() throws IOException {
        CompletableFuture<PreparedChunk> next = inFlight.removeFirst();
        append(IoFutures.join(next));
    }

    private void append(PreparedChunk chunk) throws IOException {
        lease.hold(chunk);
        manifest.append(chunk.asLeaf());
    }

    private ManifestChild storePage(List<ManifestChild> children) throws IOException {
        byte[] bytes = ManifestPage.encode(children);
        PreparedChunk page = preparer.preparePage(lease.segments(), bytes);
        lease.commitPage(page, children);
        long length = children.stream().mapToLong(ManifestChild::length).sum();
        return new ManifestChild(page.fingerprint(), length, true);
    }
}
