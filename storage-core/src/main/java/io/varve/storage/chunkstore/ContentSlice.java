package io.varve.storage.chunkstore;

import io.varve.storage.compression.CompressionAdvice;
import io.varve.storage.fingerprint.Fingerprint;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;

/**
 * Makes content of a range of other content by reference: chunks and whole pages inside the range are taken as they are, and only
 * what is left of the chunks at its two edges is stored anew. Costs a page a level at each edge, however long the range. For one
 * range, one thread.
 */
final class ContentSlice {
    private final ChunkStore chunks;
    private final ChunkReader reader;
    private final ChunkPipeline pipeline;
    private final ContentHints hints;
    private final long from;
    private final long to;

    /**
     * @param from the first byte
     * @param to the byte behind the last
     */
    ContentSlice(
            ChunkStore chunks, ChunkReader reader, ChunkPipeline pipeline, ContentHints hints, long from, long to) {
        this.chunks = chunks;
        this.reader = reader;
        this.pipeline = pipeline;
        this.hints = hints;
        this.from = from;
        this.to = to;
    }

    /** Takes what lies in the range of some children that begin at {@code start}. */
    void take(List<ManifestChild> children, long start) throws IOException {
        long at = start;
        for (ManifestChild child : children) {
            long end = at + child.length();
            boolean touched = from < to && at < to && end > from;
            if (touched && at >= from && end <= to) {
                pipeline.acceptStored(List.of(child));
            } else if (touched && child.page()) {
                take(chunks.page(child.fingerprint()), at);
            } else if (touched) {
                takeEdge(child.fingerprint(), (int) (Math.max(from, at) - at), (int) (Math.min(to, end) - at));
            }
            at = end;
        }
    }

    private void takeEdge(Fingerprint chunk, int first, int end) throws IOException {
        byte[] edge = Arrays.copyOfRange(reader.read(chunk), first, end);
        CompressionAdvice advice = CompressionAdvice.of(hints.contentType(), hints.name(), edge, 0, edge.length);
        pipeline.accept(edge, 0, edge.length, null, advice);
        // Its place is before whatever comes next.
        pipeline.drain(advice);
    }
}
