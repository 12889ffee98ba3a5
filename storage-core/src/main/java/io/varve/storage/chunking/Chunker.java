package io.varve.storage.chunking;

/**
 * Finds where chunks end. Holds the state of one stream; not thread-safe.
 *
 * <p>The caller keeps the bytes of the chunk that is being looked for in one run and asks again with more of them when there was no
 * answer; bytes that were looked at are not looked at again. Where the stream is cut does not depend on how it is handed over.
 */
public interface Chunker {
    /** No end yet: ask again with more bytes. */
    int MORE = -1;

    /**
     * Looks for the end of the chunk that begins at {@code offset}.
     *
     * @param data the bytes
     * @param offset where the chunk begins
     * @param available how many bytes of the stream there are from {@code offset} on; the first of them the same as in earlier
     *     calls that gave {@link #MORE}
     * @param last whether the stream ends with them
     * @return the chunk's length, from 1 to the maximum; or {@link #MORE} if that is not certain yet, which cannot be when
     *     {@code last} is set or the maximum is available
     */
    int next(byte[] data, int offset, int available, boolean last);

    /** Makes a chunker for a new stream. */
    static Chunker of(ChunkingParameters parameters) {
        return switch (parameters.algorithm()) {
            case RABIN_KARP -> new RabinKarpChunker(parameters);
            case FIXED -> new FixedChunker(parameters.avgBytes());
        };
    }
}
