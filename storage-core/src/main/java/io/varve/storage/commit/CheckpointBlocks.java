package io.varve.storage.commit;

import io.varve.storage.compression.Codec;
import io.varve.storage.compression.Codecs;
import io.varve.storage.compression.Encoded;
import io.varve.storage.io.CorruptionException;
import java.nio.ByteBuffer;

/** The form of a checkpoint's blocks: codec u8, plain length u32, stored bytes. */
final class CheckpointBlocks {
    private static final int HEAD_BYTES = 1 + Integer.BYTES;

    /** A writer makes blocks of a few hundred kilobytes; one large row may add to that. */
    private static final int PLAIN_BYTES_MAX = 64 << 20;

    private CheckpointBlocks() {}

    static ByteBuffer compress(byte[] plain) {
        Encoded encoded = Codecs.encode(plain, 0, plain.length, Codec.ZSTD);
        return ByteBuffer.allocate(HEAD_BYTES + encoded.bytes().remaining())
                .put((byte) encoded.codec().id())
                .putInt(plain.length)
                .put(encoded.bytes())
                .flip();
    }

    static byte[] expand(ByteBuffer block) throws CorruptionException {
        if (block.remaining() < HEAD_BYTES) {
            throw new CorruptionException("A checkpoint block is cut short.");
        }
        int codec = block.get();
        int plainLength = block.getInt();
        if (plainLength < 0 || plainLength > PLAIN_BYTES_MAX) {
            throw new CorruptionException("A checkpoint block claims " + plainLength + " bytes.");
        }
        return Codecs.decode(codec, block, plainLength);
    }
}
