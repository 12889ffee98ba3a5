package io.varve.storage.chunkstore;

import io.varve.storage.io.CorruptionException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/**
 * Walks a manifest tree's chunks in order from an offset on, loading only the pages on the way: O(log n) pages to the first
 * chunk. One thread.
 */
final class LeafWalker {
    /** Deeper than any tree of pages of 128 children and more can be; a guard against damaged, cyclic pages. */
    private static final int DEPTH_MAX = 12;

    private final ChunkReader reader;
    private final Deque<Deque<ManifestChild>> path = new ArrayDeque<>();
    private long skip;

    /**
     * Starts a walk.
     *
     * @param offset where in the content, from 0 to its length
     */
    LeafWalker(ChunkReader reader, Content content, long offset) {
        this.reader = reader;
        this.skip = offset;
        path.push(new ArrayDeque<>(content.children()));
    }

    /** How many bytes of the next chunk lie before the offset; only before the first {@link #next()} other than 0. */
    long bytesToSkip() {
        return skip;
    }

    /** Whether the next child of the content is at hand, as a chunk: loads pages until it is. */
    boolean advance() throws IOException {
        while (!path.isEmpty()) {
            ManifestChild child = path.element().peek();
            if (child == null) {
                path.pop();
            } else if (child.length() <= skip) {
                skip -= child.length();
                path.element().remove();
            } else if (child.page()) {
                path.element().remove();
                path.push(new ArrayDeque<>(load(child)));
            } else {
                return true;
            }
        }
        return false;
    }

    /** Takes the chunk that {@link #advance} found. */
    ManifestChild next() {
        skip = 0;
        return path.element().remove();
    }

    private List<ManifestChild> load(ManifestChild page) throws IOException {
        if (path.size() > DEPTH_MAX) {
            throw new CorruptionException("A manifest is deeper than " + DEPTH_MAX + " pages.");
        }
        List<ManifestChild> children =
                ManifestPage.decode(ByteBuffer.wrap(reader.read(page.fingerprint())), ManifestPage.CHILDREN_MAX);
        long length = children.stream().mapToLong(ManifestChild::length).sum();
        if (length != page.length()) {
            throw new CorruptionException("Manifest page " + page.fingerprint().toHex() + " lists " + length
                    + " bytes, not " + page.length() + ".");
        }
        return children;
    }
}
