package io.varve.storage.chunkstore;

import io.varve.storage.fingerprint.Fingerprint;
import io.varve.storage.io.CorruptionException;
import io.varve.storage.io.IoFutures;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/**
 * Streams a range of stored content, verified chunk by chunk, reading ahead while the consumer works. Holds a read lease: the
 * bytes stay readable until it is closed, whatever happens to the name. One thread at a time.
 *
 * <p>{@link #read} throws {@link CorruptionException} before any byte of a chunk that does not verify is given out.
 *
 * <p>The first batch is one chunk, for a quick first byte; the next ones double up to {@link #BATCH_BYTES_MAX} as long as the
 * consumer goes on. Reading ahead takes memory from a budget of the whole store; without any left, it reads when asked.
 */
public final class ContentReader extends InputStream {
    private static final int BATCH_BYTES_MAX = 1 << 20;
    private static final int BATCH_BYTES_MIN = 128 << 10;
    private static final int BATCH_CHUNKS_MAX = 64;

    private final ChunkReader chunks;
    private final LeafWalker walker;
    private final Semaphore prefetchBudget;
    private final Runnable onClose;

    private final Deque<byte[]> ready = new ArrayDeque<>();
    private @Nullable CompletableFuture<List<byte[]>> ahead;
    private int aheadPermits;
    private int batchBytes = 1;
    private long unplanned;
    private int skip;
    private byte[] current = new byte[0];
    private int position;
    private long remaining;
    private boolean closed;

    /**
     * Opens a reader.
     *
     * @param offset the first byte
     * @param length how many bytes
     * @param prefetchBudget bytes that all readers may hold ahead
     * @param onClose ends the read lease
     */
    ContentReader(
            ChunkReader chunks, Content content, long offset, long length, Semaphore prefetchBudget, Runnable onClose) {
        Objects.checkFromIndexSize(offset, length, content.length());
        this.chunks = chunks;
        this.walker = new LeafWalker(chunks, content, offset);
        this.remaining = length;
        this.unplanned = length;
        this.prefetchBudget = prefetchBudget;
        this.onClose = onClose;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, bytes.length);
        if (length == 0) {
            return 0;
        }
        if (remaining == 0) {
            return -1;
        }
        if (position == current.length) {
            nextChunk();
        }
        int count = (int) Math.min(Math.min(length, current.length - position), remaining);
        System.arraycopy(current, position, bytes, offset, count);
        position += count;
        remaining -= count;
        return count;
    }

    /** Hands the rest to a stream without copying it first. */
    @Override
    public long transferTo(OutputStream target) throws IOException {
        long moved = 0;
        while (remaining > 0) {
            if (position == current.length) {
                nextChunk();
            }
            int count = (int) Math.min(current.length - position, remaining);
            target.write(current, position, count);
            position += count;
            remaining -= count;
            moved += count;
        }
        return moved;
    }

    @Override
    public int available() {
        return (int) Math.min(current.length - position, remaining);
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            remaining = 0;
            CompletableFuture<List<byte[]>> running = ahead;
            int permits = aheadPermits;
            if (running == null) {
                onClose.run();
            } else {
                closeAfter(running, permits);
            }
        }
    }

    /** The lease ends with the last read that needs it. */
    private void closeAfter(CompletableFuture<List<byte[]>> running, int permits) {
        Thread.startVirtualThread(() -> {
            try {
                running.join();
            } catch (CompletionException e) {
                // Nobody is there to be told, and nothing of it was given out.
            } finally {
                prefetchBudget.release(permits);
                onClose.run();
            }
        });
    }

    private void nextChunk() throws IOException {
        if (closed) {
            throw new IOException("The reader is closed.");
        }
        if (ready.isEmpty()) {
            ready.addAll(ahead == null ? fetchBatch() : awaitAhead());
            startAhead();
        }
        byte[] next = ready.pollFirst();
        if (next == null || next.length <= skip) {
            throw new CorruptionException("The content ends " + remaining + " bytes too early.");
        }
        current = next;
        position = skip;
        skip = 0;
    }

    /** Has the next batch fetched beside the consumer, if there is one and memory for it. */
    private void startAhead() {
        if (unplanned <= 0) {
            return;
        }
        int permits = (int) Math.min(batchBytes, unplanned);
        if (!prefetchBudget.tryAcquire(permits)) {
            return;
        }
        CompletableFuture<List<byte[]>> running = new CompletableFuture<>();
        ahead = running;
        aheadPermits = permits;
        Thread.startVirtualThread(() -> {
            try {
                running.complete(fetchBatch());
            } catch (Throwable e) {
                running.completeExceptionally(e);
            }
        });
    }

    private List<byte[]> awaitAhead() throws IOException {
        CompletableFuture<List<byte[]>> running = Objects.requireNonNull(ahead);
        try {
            return IoFutures.join(running);
        } finally {
            ahead = null;
            prefetchBudget.release(aheadPermits);
        }
    }

    /** Plans and reads the next batch; runs in one thread at a time. */
    private List<byte[]> fetchBatch() throws IOException {
        List<ManifestChild> batch = new ArrayList<>();
        List<Fingerprint> wanted = new ArrayList<>();
        long bytes = 0;
        while (bytes < Math.min(batchBytes, unplanned) && batch.size() < BATCH_CHUNKS_MAX && walker.advance()) {
            int before = (int) walker.bytesToSkip();
            if (before > 0) {
                skip = before;
            }
            ManifestChild child = walker.next();
            batch.add(child);
            wanted.add(child.fingerprint());
            bytes += child.length() - before;
        }
        unplanned -= bytes;
        batchBytes = Math.min(BATCH_BYTES_MAX, Math.max(batchBytes * 2, BATCH_BYTES_MIN));
        List<byte[]> plain = chunks.read(wanted);
        for (int i = 0; i < batch.size(); i++) {
            if (plain.get(i).length != batch.get(i).length()) {
                throw new CorruptionException("Chunk " + wanted.get(i).toHex() + " has " + plain.get(i).length
                        + " bytes where the manifest says " + batch.get(i).length() + ".");
            }
        }
        return plain;
    }
}
