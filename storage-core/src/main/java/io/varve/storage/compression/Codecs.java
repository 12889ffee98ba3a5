package io.varve.storage.compression;

import com.github.luben.zstd.ZstdCompressCtx;
import com.github.luben.zstd.ZstdDecompressCtx;
import com.github.luben.zstd.ZstdException;
import io.varve.storage.io.CorruptionException;
import java.nio.ByteBuffer;
import net.jpountz.lz4.LZ4Compressor;
import net.jpountz.lz4.LZ4Exception;
import net.jpountz.lz4.LZ4Factory;
import net.jpountz.lz4.LZ4SafeDecompressor;

/**
 * Encodes chunks by the codec that pays, and decodes them. Thread-safe.
 *
 * <p>Decoding trusts nothing: stored bytes that do not decode to exactly the expected length are a {@link CorruptionException}, and
 * nothing is written outside the result.
 */
public final class Codecs {
    private static final LZ4Compressor LZ4 = LZ4Factory.fastestInstance().fastCompressor();
    private static final LZ4SafeDecompressor LZ4_SAFE =
            LZ4Factory.fastestInstance().safeDecompressor();

    /** The level for bytes that arrive: about as fast as a disk. */
    private static final int ZSTD_LEVEL = 1;

    /** Contexts hold some hundred kilobytes each; as many are kept as can be in use on a small machine. */
    private static final int CONTEXTS_MAX = 16;

    private static final ContextPool<ZstdCompressCtx> COMPRESSORS =
            new ContextPool<>(CONTEXTS_MAX, () -> new ZstdCompressCtx().setLevel(ZSTD_LEVEL));
    private static final ContextPool<ZstdDecompressCtx> DECOMPRESSORS =
            new ContextPool<>(CONTEXTS_MAX, ZstdDecompressCtx::new);

    /** Below this, headers eat what compression saves. */
    private static final int ENCODE_BYTES_MIN = 64;

    /** Encoded must be smaller than this share of plain, in percent: else reading raw is the better deal. */
    private static final int WORTH_PERCENT_MAX = 95;

    /** Samples that shrink below this share are worth Zstd's time. */
    private static final int STRONG_PERCENT_MAX = 70;

    private static final int SAMPLE_BYTES = 4096;
    private static final int SAMPLES = 3;

    private Codecs() {}

    /** Encodes a chunk by the codec that is likely to pay; what does not get smaller is stored as it is. */
    public static Encoded encode(byte[] plain, int offset, int length, CompressionAdvice advice) {
        Codec codec = length < ENCODE_BYTES_MIN
                ? Codec.RAW
                : switch (advice) {
                    case INCOMPRESSIBLE -> Codec.RAW;
                    case TEXT -> Codec.ZSTD;
                    case UNKNOWN -> probe(plain, offset, length);
                };
        return encode(plain, offset, length, codec);
    }

    /** Encodes by a given codec; what does not get smaller is stored as it is. */
    public static Encoded encode(byte[] plain, int offset, int length, Codec codec) {
        int limit = (int) ((long) length * WORTH_PERCENT_MAX / 100);
        byte[] target = codec == Codec.RAW ? plain : new byte[limit];
        int encoded = switch (codec) {
            case RAW -> -1;
            case LZ4 -> lz4(plain, offset, length, target);
            case ZSTD -> zstd(plain, offset, length, target);
        };
        return encoded < 0
                ? new Encoded(Codec.RAW, ByteBuffer.wrap(plain, offset, length))
                : new Encoded(codec, ByteBuffer.wrap(target, 0, encoded));
    }

    /** The encoded length, or -1 if it does not fit. */
    private static int lz4(byte[] plain, int offset, int length, byte[] target) {
        try {
            return LZ4.compress(plain, offset, length, target, 0, target.length);
        } catch (LZ4Exception e) {
            return -1;
        }
    }

    private static int zstd(byte[] plain, int offset, int length, byte[] target) {
        return COMPRESSORS.with(context -> {
            try {
                return context.compressByteArray(target, 0, target.length, plain, offset, length);
            } catch (ZstdException e) {
                return -1;
            }
        });
    }

    /** Compresses a few samples and goes by how they fare. */
    private static Codec probe(byte[] plain, int offset, int length) {
        byte[] target = new byte[LZ4.maxCompressedLength(SAMPLE_BYTES)];
        int sample = Math.min(SAMPLE_BYTES, length);
        int samples = length <= SAMPLES * SAMPLE_BYTES ? 1 : SAMPLES;
        int encoded = 0;
        for (int i = 0; i < samples; i++) {
            int from = samples == 1 ? 0 : (int) ((long) (length - sample) * i / (samples - 1));
            encoded += LZ4.compress(plain, offset + from, sample, target, 0, target.length);
        }
        int percent = (int) (100L * encoded / ((long) sample * samples));
        if (percent >= WORTH_PERCENT_MAX) {
            return Codec.RAW;
        }
        return percent <= STRONG_PERCENT_MAX ? Codec.ZSTD : Codec.LZ4;
    }

    /**
     * Decodes a chunk.
     *
     * @param codec the id on disk
     * @param stored the stored bytes from position to limit, heap or direct; the position is not changed
     * @param plainLength how many bytes must come out
     * @throws CorruptionException if others do
     */
    public static byte[] decode(int codec, ByteBuffer stored, int plainLength) throws CorruptionException {
        byte[] plain = new byte[plainLength];
        int decoded = switch (Codec.ofId(codec)) {
            case RAW -> copy(stored, plain);
            case LZ4 -> unLz4(stored, plain);
            case ZSTD -> unZstd(stored, plain);
        };
        if (decoded != plainLength) {
            throw new CorruptionException("A chunk decodes to " + decoded + " bytes, not " + plainLength + ".");
        }
        return plain;
    }

    private static int copy(ByteBuffer stored, byte[] plain) {
        int length = stored.remaining();
        if (length == plain.length) {
            stored.get(stored.position(), plain);
        }
        return length;
    }

    private static int unLz4(ByteBuffer stored, byte[] plain) throws CorruptionException {
        try {
            return LZ4_SAFE.decompress(
                    stored, stored.position(), stored.remaining(), ByteBuffer.wrap(plain), 0, plain.length);
        } catch (LZ4Exception e) {
            throw new CorruptionException("A chunk's LZ4 block is damaged.", e);
        }
    }

    private static int unZstd(ByteBuffer stored, byte[] plain) throws CorruptionException {
        byte[] source;
        int offset;
        if (stored.hasArray()) {
            source = stored.array();
            offset = stored.arrayOffset() + stored.position();
        } else {
            source = new byte[stored.remaining()];
            stored.get(stored.position(), source);
            offset = 0;
        }
        int length = stored.remaining();
        try {
            return DECOMPRESSORS.with(
                    context -> context.decompressByteArray(plain, 0, plain.length, source, offset, length));
        } catch (ZstdException e) {
            throw new CorruptionException("A chunk's Zstd frame is damaged.", e);
        }
    }
}
