package io.varve.storage.compression;

import io.varve.storage.io.CorruptionException;

/** How a chunk's bytes are stored. Ids are on disk: a constant keeps its own for ever. */
public enum Codec {
    /** As they are. */
    RAW(0),
    /** One LZ4 block (github.com/lz4/lz4, doc/lz4_Block_format.md). */
    LZ4(1),
    /** One Zstandard frame (RFC 8878). */
    ZSTD(2);

    private final int id;

    Codec(int id) {
        this.id = id;
    }

    /** The id on disk, 0 to 7. */
    public int id() {
        return id;
    }

    /**
     * The codec with an id.
     *
     * @throws CorruptionException if there is none
     */
    public static Codec ofId(int id) throws CorruptionException {
        return switch (id) {
            case 0 -> RAW;
            case 1 -> LZ4;
            case 2 -> ZSTD;
            default ->
                throw new CorruptionException("A chunk names codec " + id + ", which this version does not know.");
        };
    }
}
