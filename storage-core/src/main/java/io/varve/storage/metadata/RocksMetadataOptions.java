package io.varve.storage.metadata;

/**
 * How much a {@link RocksMetadataStore} may take. Both sizes are memory outside the Java heap, and together they bound what the
 * store holds beside short-lived readers: what batches do not need of theirs serves as cache.
 *
 * @param cacheBytes cache of blocks, indexes and filters, and an eighth as much for single rows; at least 1 MiB
 * @param writeBufferBytes batches that are not flushed yet; at least 1 MiB. What a crash leaves to be replayed from the journal grows
 *     with it, and the number of files shrinks
 * @param openFilesMax file descriptors; at least 32
 */
public record RocksMetadataOptions(long cacheBytes, long writeBufferBytes, int openFilesMax) {
    private static final long BYTES_MIN = 1 << 20;
    private static final int OPEN_FILES_MIN = 32;

    /** 64 MiB each, and 512 descriptors. */
    public static final RocksMetadataOptions DEFAULTS = new RocksMetadataOptions(64 << 20, 64 << 20, 512);

    /** Checks the limits. */
    public RocksMetadataOptions {
        if (cacheBytes < BYTES_MIN || writeBufferBytes < BYTES_MIN) {
            throw new IllegalArgumentException("the metadata cache and the metadata write buffers each need at least "
                    + BYTES_MIN + " bytes, not " + cacheBytes + " and " + writeBufferBytes);
        }
        if (openFilesMax < OPEN_FILES_MIN) {
            throw new IllegalArgumentException(
                    "the metadata store needs at least " + OPEN_FILES_MIN + " open files, not " + openFilesMax);
        }
    }
}
