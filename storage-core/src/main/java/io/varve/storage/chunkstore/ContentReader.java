package io.varve.storage.chunkstore;

import io.varve.storage.io.CorruptionException;
import io.varve.storage.io.IoFutures;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Semaphore;

/**
 * Streams a range of stored content, verified chunk by chunk, reading ahead while the consumer works. Holds a read lease: the
 * bytes stay readable until it is closed, whatever happens to the name. One thread at a time.
 *
 * <p>{@link #read} throws {@link CorruptionException} before any byte of a chunk that does not verify is given out.
 *
 * <p>The first batch is one chunk, for a quick first byte; the next ones double up to {@link #BATCH_BYTES_MAX} as long as the
 * consumer goes on, and more of them are under way at once, up to {@link #AHEAD_MAX}: while one is decoded, the disk works on the
 * next. Reading ahead takes memory from a budget of the whole store; without any left, it reads when asked.
 */
public final class ContentReader extends InputStream {
    private static final int BATCH_BYTES_MAX = 1 << 20;
    private static final int BATCH_BYTES_MIN = 128 << 10;
    private static final int BATCH_CHUNKS_MAX = 64;
    private static final int AHEAD_MAX = 3;

    private final ChunkReader chunks;
    private final LeafWalker walker;
    private final Semaphore prefetchBudget;
    private final Runnable onClose;

    /** Chunks in the order of the content, on their way, with the memory they take from the budget. */
    private record Batch(CompletableFuture<List<byte[]>> plain, int permits) {}

    private final Deque<byte[]> ready = new ArrayDeque<>();
    private final Deque<Batch> ahead = new ArrayDeque<>();
    private int aheadMax;
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

    /**
     * The next bytes without a copy, as many as are at hand: at least one, and none only at the end.
     *
     * @return a read-only view, valid for ever
     */
    public ByteBuffer next() throws IOException {
        if (remaining > 0 && position == current.length) {
            nextChunk();
        }
        int count = available();
        ByteBuffer piece = ByteBuffer.wrap(current, position, count).asReadOnlyBuffer();
        position += count;
        remaining -= count;
        return piece;
    }

    @Override
    public int available() {
        return (int) Math.min(current.length - position, remaining);
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        remaining = 0;
        if (ahead.isEmpty()) {
            onClose.run();
        } else {
            List<Batch> running = List.copyOf(ahead);
            Thread.startVirtualThread(() -> closeAfter(running));
        }
    }

    /** The lease ends with the last read that needs it. */
    private void closeAfter(List<Batch> running) {
        for (Batch batch : running) {
            try {
                batch.plain().join();
            } catch (CompletionException e) {
                // Nobody is there to be told, and nothing of it was given out.
            } finally {
                prefetchBudget.release(batch.permits());
            }
        }
        onClose.run();
    }

    private void nextChunk() throws IOException {
        if (closed) {
            throw new IOException("The reader is closed.");
        }
        if (ready.isEmpty()) {
            Batch batch = ahead.pollFirst();
            ready.addAll(batch == null ? fetch(plan()) : await(batch));
            aheadMax = Math.min(aheadMax + 1, AHEAD_MAX);
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

    /** Has the next batches fetched beside the consumer, as far as there are any and memory for them. */
    private void startAhead() {
        while (unplanned > 0 && ahead.size() < aheadMax) {
            int permits = (int) Math.min(batchBytes, unplanned);
            if (!prefetchBudget.tryAcquire(permits)) {
                return;
            }
            CompletableFuture<List<byte[]>> plain = new CompletableFuture<>();
            ahead.addLast(new Batch(plain, permits));
            try {
                List<ManifestChild> batch = plan();
                Thread.startVirtualThread(() -> {
                    try {
                        plain.complete(fetch(batch));
                    } catch (Throwable e) {
                        plain.completeExceptionally(e);
                    }
                });
            } catch (IOException e) {
                // Told when the consumer comes to it: what lies before is good.
                plain.completeExceptionally(e);
                unplanned = 0;
            }
        }
    }

    private List<byte[]> await(Batch batch) throws IOException {
        try {
            return IoFutures.join(batch.plain());
        } finally {
            prefetchBudget.release(batch.permits());
        }
    }

    /** Chooses the next chunks to read. */
    private List<ManifestChild> plan() throws IOException {
        List<ManifestChild> batch = new ArrayList<>();
        long bytes = 0;
        while (bytes < Math.min(batchBytes, unplanned) && batch.size() < BATCH_CHUNKS_MAX && walker.advance()) {
            int before = (int) walker.bytesToSkip();
            if (before > 0) {
                skip = before;
            }
            ManifestChild child = walker.next();
            batch.add(child);
            bytes += child.length() - before;
        }
        unplanned -= bytes;
        batchBytes = Math.min(BATCH_BYTES_MAX, Math.max(batchBytes * 2, BATCH_BYTES_MIN));
        return batch;
    }

    private List<byte[]> fetch(List<ManifestChild> batch) throws IOException {
        List<byte[]> plain =
                chunks.read(batch.stream().map(ManifestChild::fingerprint).toList());
        for (int i = 0; i < batch.size(); i++) {
            ManifestChild child = batch.get(i);
            if (plain.get(i).length != child.length()) {
                throw new CorruptionException("Chunk " + child.fingerprint().toHex() + " has " + plain.get(i).length
                        + " bytes where the manifest says " + child.length() + ".");
            }
        }
        return plain;
    }
}
