package io.varve.storage.chunkstore;

import io.varve.storage.chunking.Chunker;
import io.varve.storage.compression.CompressionAdvice;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Takes the bytes of new content as a stream and stores them as chunks while they arrive. Blocks when the disk is slower than
 * the writer (back-pressure), for a bounded time. One thread at a time. Closing without {@link #finish()} gives up everything
 * written.
 *
 * <p>Small content stays in a small buffer of its own; only what outgrows it takes a slab from the shared pool, so a thousand
 * clients with a few kilobytes each do not wait for one another.
 */
public final class ContentWriter extends OutputStream {
    /** Content up to this size never takes a shared slab. */
    private static final int PRIVATE_BYTES_MAX = 64 << 10;

    private static final int PRIVATE_BYTES_MIN = 4 << 10;

    private final ChunkPipeline pipeline;
    private final SlabPool slabs;
    private final Chunker chunker;
    private final ContentHints hints;
    private final Runnable room;
    private @Nullable CompressionAdvice advice;

    private byte[] buffer;
    private SlabPool.@Nullable Slab slab;
    private int chunkStart;
    private int end;
    private long length;
    private boolean open = true;

    ContentWriter(ChunkPipeline pipeline, SlabPool slabs, Chunker chunker, ContentHints hints, Runnable room) {
        this.pipeline = pipeline;
        this.slabs = slabs;
        this.chunker = chunker;
        this.hints = hints;
        this.room = room;
        this.buffer = new byte[Math.clamp(hints.length(), PRIVATE_BYTES_MIN, PRIVATE_BYTES_MAX)];
    }

    @Override
    public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int count) throws IOException {
        Objects.checkFromIndexSize(offset, count, bytes.length);
        int from = offset;
        int left = count;
        while (left > 0) {
            ByteBuffer space = space();
            int taken = Math.min(left, space.remaining());
            space.put(bytes, from, taken);
            filled(taken);
            from += taken;
            left -= taken;
        }
    }

    /**
     * Where the next bytes may be put without a copy on their way; {@link #filled} then says how many were.
     *
     * @return the rest of a buffer with an array, one byte at least; valid until the next call of another method
     */
    public ByteBuffer space() throws IOException {
        requireOpen();
        if (end == buffer.length) {
            makeRoom();
        }
        return ByteBuffer.wrap(buffer, end, buffer.length - end);
    }

    /** Takes the first {@code count} bytes of the last {@link #space()} as written. */
    public void filled(int count) throws IOException {
        requireOpen();
        Objects.checkFromIndexSize(end, count, buffer.length);
        end += count;
        length += count;
        if (end == buffer.length) {
            cut(false);
        }
    }

    /** Hands on what is certain, and says whether that was all: then the next byte begins a chunk. */
    boolean isAtCut() throws IOException {
        requireOpen();
        cut(false);
        return chunkStart == end;
    }

    /** Takes what is stored elsewhere behind what was written, which must have come to a {@linkplain #isAtCut() cut}. */
    void acceptStored(ManifestChild child) throws IOException {
        requireOpen();
        if (chunkStart != end) {
            throw new IllegalStateException("stored content can follow a cut only");
        }
        if (length > 0) {
            // Its place is behind whatever is still being prepared.
            pipeline.drain(advice());
        }
        pipeline.acceptStored(List.of(child));
    }

    /** How many bytes were written so far. */
    public long length() {
        return length;
    }

    /**
     * Ends the content. What comes back is not yet durable and belongs to nobody: commit it with a name, or close it.
     *
     * @throws IOException if what was written could not be stored; it is given up
     */
    public StagedContent finish() throws IOException {
        requireOpen();
        cut(true);
        if (length > 0) {
            pipeline.drain(advice());
        }
        StagedContent staged = pipeline.finish();
        open = false;
        releaseSlab();
        return staged;
    }

    /** Gives up what was written, unless {@link #finish()} came first. */
    @Override
    public void close() {
        if (open) {
            open = false;
            pipeline.abandon();
            releaseSlab();
        }
    }

    private void requireOpen() throws IOException {
        if (!open) {
            throw new IOException("The content is ended already.");
        }
    }

    /** Hands on every chunk whose end is certain. */
    private void cut(boolean last) throws IOException {
        while (chunkStart < end) {
            int bytes = chunker.next(buffer, chunkStart, end - chunkStart, last);
            if (bytes < 0) {
                return;
            }
            pipeline.accept(buffer, chunkStart, bytes, slab, advice());
            chunkStart += bytes;
        }
    }

    private CompressionAdvice advice() {
        CompressionAdvice known = advice;
        if (known == null) {
            known = CompressionAdvice.of(hints.contentType(), hints.name(), buffer, chunkStart, end - chunkStart);
            advice = known;
        }
        return known;
    }

    /** The buffer is full and holds the beginning of one chunk: goes on in a larger or another one. */
    private void makeRoom() throws IOException {
        int kept = end - chunkStart;
        if (slab == null && chunkStart == 0 && buffer.length < PRIVATE_BYTES_MAX) {
            moveInto(new byte[Math.min(PRIVATE_BYTES_MAX, buffer.length * 4)], kept);
            return;
        }
        room.run();
        SlabPool.Slab next = slab == null ? slabs.acquire() : slabs.tryAcquire();
        if (next == null) {
            // Whoever has a slab can go on with it alone: writers that waited for a second one could wait for each
            // other.
            pipeline.drain(advice());
            moveInto(buffer, kept);
            return;
        }
        moveInto(next.bytes(), kept);
        releaseSlab();
        slab = next;
    }

    private void moveInto(byte[] target, int kept) {
        System.arraycopy(buffer, chunkStart, target, 0, kept);
        buffer = target;
        chunkStart = 0;
        end = kept;
    }

    private void releaseSlab() {
        if (slab != null) {
            slab.release();
            slab = null;
        }
    }
}
