package io.varve.storage.chunkstore;

import io.varve.storage.cache.Pin;
import io.varve.storage.fingerprint.Fingerprint;
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
import java.util.Optional;
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
    private final Runnable onDamage;
    private final Ending onClose;

    /** Told when a reader was closed. */
    @FunctionalInterface
    interface Ending {
        /** The reader was closed, and everything read before, or not. */
        void closed(boolean readToTheEnd);
    }

    /** Chunks in the order of the content, on their way, with the memory they take from the budget. */
    private record Batch(CompletableFuture<List<Pin>> plain, int permits) {}

    private final Deque<Pin> ready = new ArrayDeque<>();
    private final Deque<Batch> ahead = new ArrayDeque<>();
    private int aheadMax;
    private int batchBytes = 1;
    private long unplanned;
    private int skip;
    private Pin pin = Pin.of(new byte[0]);
    private ByteBuffer current = pin.bytes();
    private long remaining;
    private boolean closed;

    /**
     * Opens a reader.
     *
     * @param offset the first byte
     * @param length how many bytes
     * @param prefetchBudget bytes that all readers may hold ahead
     * @param onDamage told before a read is refused because something does not verify
     * @param onClose ends the read lease, when nothing is read any more
     */
    ContentReader(
            ChunkReader chunks,
            Content content,
            long offset,
            long length,
            Semaphore prefetchBudget,
            Runnable onDamage,
            Ending onClose) {
        Objects.checkFromIndexSize(offset, length, content.length());
        this.chunks = chunks;
        this.walker = new LeafWalker(chunks, content, offset);
        this.remaining = length;
        this.unplanned = length;
        this.prefetchBudget = prefetchBudget;
        this.onDamage = onDamage;
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
        if (!current.hasRemaining()) {
            nextPiece();
        }
        int count = Math.min(length, available());
        current.get(bytes, offset, count);
        remaining -= count;
        return count;
    }

    /**
     * The next bytes without a copy, as many as are at hand: at least one, and none only at the end.
     *
     * @return a read-only view, valid until the next call of any method
     */
    public ByteBuffer next() throws IOException {
        if (remaining > 0 && !current.hasRemaining()) {
            nextPiece();
        }
        int count = available();
        ByteBuffer piece = current.slice(current.position(), count);
        current.position(current.position() + count);
        remaining -= count;
        return piece;
    }

    @Override
    public int available() {
        return (int) Math.min(current.remaining(), remaining);
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        boolean whole = remaining == 0;
        remaining = 0;
        pin.close();
        ready.forEach(Pin::close);
        ready.clear();
        if (ahead.isEmpty()) {
            onClose.closed(whole);
        } else {
            List<Batch> running = List.copyOf(ahead);
            Thread.startVirtualThread(() -> closeAfter(running));
        }
    }

    /** The lease ends with the last read that needs it. */
    private void closeAfter(List<Batch> running) {
        for (Batch batch : running) {
            try {
                batch.plain().join().forEach(Pin::close);
            } catch (CompletionException e) {
                // Nobody is there to be told, and nothing of it was given out.
            } finally {
                prefetchBudget.release(batch.permits());
            }
        }
        onClose.closed(false);
    }

    private void nextPiece() throws IOException {
        if (closed) {
            throw new IOException("The reader is closed.");
        }
        try {
            takePiece();
        } catch (CorruptionException e) {
            onDamage.run();
            throw e;
        }
    }

    private void takePiece() throws IOException {
        pin.close();
        if (ready.isEmpty()) {
            Batch batch = ahead.pollFirst();
            ready.addAll(batch == null ? fetch(plan()) : await(batch));
            aheadMax = Math.min(aheadMax + 1, AHEAD_MAX);
            startAhead();
        }
        Pin next = ready.pollFirst();
        if (next == null || next.length() <= skip) {
            throw new CorruptionException("The content ends " + remaining + " bytes too early.");
        }
        pin = joined(next);
        current = pin.bytes().position(skip);
        skip = 0;
    }

    /** With all that lies behind it in memory: few large pieces cost a socket less than many small ones. */
    private Pin joined(Pin first) {
        Pin all = first;
        while (!ready.isEmpty()) {
            Optional<Pin> longer = all.join(ready.getFirst());
            if (longer.isEmpty()) {
                break;
            }
            all = longer.get();
            ready.removeFirst();
        }
        return all;
    }

    /** Has the next batches fetched beside the consumer, as far as there are any and memory for them. */
    private void startAhead() {
        while (unplanned > 0 && ahead.size() < aheadMax) {
            int permits = (int) Math.min(batchBytes, unplanned);
            if (!prefetchBudget.tryAcquire(permits)) {
                return;
            }
            CompletableFuture<List<Pin>> plain = new CompletableFuture<>();
            ahead.addLast(new Batch(plain, permits));
            try {
                List<ManifestChild> batch = plan();
                if (chunks.atHand(fingerprints(batch))) {
                    plain.complete(fetch(batch));
                    return;
                }
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

    private List<Pin> await(Batch batch) throws IOException {
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

    private List<Pin> fetch(List<ManifestChild> batch) throws IOException {
        List<Pin> plain = chunks.pin(fingerprints(batch));
        for (int i = 0; i < batch.size(); i++) {
            ManifestChild child = batch.get(i);
            if (plain.get(i).length() != child.length()) {
                plain.forEach(Pin::close);
                throw new CorruptionException("Chunk " + child.fingerprint().toHex() + " has "
                        + plain.get(i).length() + " bytes where the manifest says " + child.length() + ".");
            }
        }
        return plain;
    }

    private static List<Fingerprint> fingerprints(List<ManifestChild> batch) {
        return batch.stream().map(ManifestChild::fingerprint).toList();
    }
}
