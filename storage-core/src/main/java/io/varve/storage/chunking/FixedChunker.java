package io.varve.storage.chunking;

import java.util.Objects;

/** Cuts every so many bytes: for data that changes in place, such as disk images. */
final class FixedChunker implements Chunker {
    private final int chunkBytes;

    FixedChunker(int chunkBytes) {
        this.chunkBytes = chunkBytes;
    }

    @Override
    public int next(byte[] data, int offset, int available, boolean last) {
        Objects.checkFromIndexSize(offset, available, data.length);
        if (available >= chunkBytes) {
            return chunkBytes;
        }
        return last && available > 0 ? available : MORE;
    }
}
