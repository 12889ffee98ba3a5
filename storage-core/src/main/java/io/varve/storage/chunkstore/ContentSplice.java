package io.varve.storage.chunkstore;

import java.io.IOException;
import java.util.List;

/**
 * Writes content that is other content with new bytes from an offset on: they take the place of as many old ones, and go on behind the
 * end. What lies before them is taken by reference, the chunk they begin in is cut anew, and behind them old bytes are until the cuts
 * meet the old ones again; the rest is taken by reference. So a splice costs a few chunks and a page a level at each edge however
 * long the content is, and the result is cut as if all of it had been written. One thread at a time.
 */
public final class ContentSplice implements AutoCloseable {
    private final ChunkStore chunks;
    private final ChunkReader reader;
    private final ReadLease lease;
    private final Content before;
    private final long offset;
    private final ContentWriter writer;
    private long written;
    private boolean met;

    /**
     * Begins.
     *
     * @param lease taken before the old content was found; closed with this
     * @param offset the first byte that is replaced or added, 0 to the length of the content
     * @param writer a new one, which is closed with this
     */
    ContentSplice(
            ChunkStore chunks, ChunkReader reader, ReadLease lease, Content before, long offset, ContentWriter writer)
            throws IOException {
        this.chunks = chunks;
        this.reader = reader;
        this.lease = lease;
        this.before = before;
        this.offset = offset;
        this.writer = writer;
        takeHead(before.children(), 0);
        this.written = writer.length();
    }

    /** What takes the new bytes; it must not be finished or closed by itself. */
    public ContentWriter writer() {
        return writer;
    }

    /**
     * Ends with the last new byte. What comes back must be committed, or closed, before this is closed.
     *
     * @throws IOException if what was written could not be stored
     */
    public StagedContent finish() throws IOException {
        written = writer.length() - written;
        takeTail(before.children(), 0, offset + written);
        return writer.finish();
    }

    /** Up to the chunk with the first replaced byte. The last chunk of all ended with the content and not with a cut. */
    private void takeHead(List<ManifestChild> children, long start) throws IOException {
        long at = start;
        for (ManifestChild child : children) {
            long end = at + child.length();
            if (at >= offset) {
                return;
            }
            if (end < offset || (end == offset && end < before.length())) {
                writer.acceptStored(child);
            } else if (child.page()) {
                takeHead(chunks.page(child.fingerprint()), at);
            } else {
                writer.write(reader.read(child.fingerprint()), 0, (int) (offset - at));
            }
            at = end;
        }
    }

    private void takeTail(List<ManifestChild> children, long start, long from) throws IOException {
        long at = start;
        for (ManifestChild child : children) {
            long end = at + child.length();
            if (end > from) {
                met = met || (at >= from && writer.isAtCut());
                if (met) {
                    writer.acceptStored(child);
                } else if (child.page()) {
                    takeTail(chunks.page(child.fingerprint()), at, from);
                } else {
                    byte[] chunk = reader.read(child.fingerprint());
                    int first = (int) (Math.max(from, at) - at);
                    writer.write(chunk, first, chunk.length - first);
                }
            }
            at = end;
        }
    }

    /** Gives up what was written, unless it was finished, and lets go of the old content. */
    @Override
    public void close() {
        writer.close();
        lease.close();
    }
}
