package io.varve.storage.compression;

import com.github.luben.zstd.Zstd;
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
    private static final LZ4Factory LZ4_FACTORY = lz4();
    private static final LZ4Compressor LZ4 = LZ4_FACTORY.fastCompressor();
    private static final LZ4SafeDecompressor LZ4_SAFE = LZ4_FACTORY.safeDecompressor();

    /** The level for bytes that arrive: about as fast as a disk. */
    private static final int ZSTD_LEVEL = 1;

    /** The level for what stays and is compressed once more, in the background. */
    private static final int ZSTD_LEVEL_THOROUGH = 9;

    /** The level for what hardly anybody will read again. */
    private static final int ZSTD_LEVEL_HARDEST = 16;

    /** Contexts hold some hundred kilobytes each; as many are kept as can be in use on a small machine. */
    private static final int CONTEXTS_MAX = 16;

    private static final ContextPool<ZstdCompressCtx> COMPRESSORS =
            new ContextPool<>(CONTEXTS_MAX, () -> new ZstdCompressCtx().setLevel(ZSTD_LEVEL));
    private static final ContextPool<ZstdCompressCtx> THOROUGH_COMPRESSORS =
            new ContextPool<>(2, () -> new ZstdCompressCtx().setLevel(ZSTD_LEVEL_THOROUGH));
    private static final ContextPool<ZstdCompressCtx> HARDEST_COMPRESSORS =
            new ContextPool<>(1, () -> new ZstdCompressCtx().setLevel(ZSTD_LEVEL_HARDEST));
    private static final ContextPool<ZstdDecompressCtx> DECOMPRESSORS =
            new ContextPool<>(CONTEXTS_MAX, ZstdDecompressCtx::new);

    /** Below this, headers eat what compression saves. */
    private static final int ENCODE_BYTES_MIN = 64;

    /** Encoded must be smaller than this share of plain, in percent: else reading raw is the better deal. */
    static final int WORTH_PERCENT_MAX = 95;

    /** More than any chunk or metadata block has: damaged lengths must not take the memory. */
    private static final int PLAIN_BYTES_MAX = 64 << 20;

    private Codecs() {}

    /**
     * The native library, also from inside another jar, where {@code fastestInstance} would choose a Java one of a third of the
     * speed; that one where the native library cannot be loaded.
     */
    private static LZ4Factory lz4() {
        try {
            return LZ4Factory.nativeInstance();
        } catch (LinkageError e) {
            return LZ4Factory.fastestJavaInstance();
        }
    }

    /** Encodes a chunk by the codec that is likely to pay; what does not get smaller is stored as it is. */
    public static Encoded encode(byte[] plain, int offset, int length, CompressionAdvice advice) {
        Codec codec = length < ENCODE_BYTES_MIN
                ? Codec.RAW
                : switch (advice) {
                    case INCOMPRESSIBLE -> Codec.RAW;
                    case TEXT -> Codec.ZSTD;
                    case UNKNOWN -> Probe.choose(plain, offset, length, LZ4);
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
            case ZSTD -> zstd(COMPRESSORS, plain, offset, length, target);
        };
        return encoded < 0
                ? new Encoded(Codec.RAW, ByteBuffer.wrap(plain, offset, length))
                : new Encoded(codec, ByteBuffer.wrap(target, 0, encoded));
    }

    /** Encodes what stays: smaller than {@link #encode} makes it, for ten times the time. What does not get smaller is stored as it is. */
    public static Encoded encodeThoroughly(byte[] plain, int offset, int length) {
        return encode(THOROUGH_COMPRESSORS, plain, offset, length);
    }

    /** Encodes what is put away: smaller than {@link #encodeThoroughly} makes it, for ten times the time again. Decoding takes no longer. */
    public static Encoded encodeHardest(byte[] plain, int offset, int length) {
        return encode(HARDEST_COMPRESSORS, plain, offset, length);
    }

    private static Encoded encode(ContextPool<ZstdCompressCtx> compressors, byte[] plain, int offset, int length) {
        byte[] target = new byte[(int) ((long) length * WORTH_PERCENT_MAX / 100)];
        int encoded = zstd(compressors, plain, offset, length, target);
        return encoded < 0
                ? new Encoded(Codec.RAW, ByteBuffer.wrap(plain, offset, length))
                : new Encoded(Codec.ZSTD, ByteBuffer.wrap(target, 0, encoded));
    }

    /** The encoded length, or -1 if it does not fit. */
    private static int lz4(byte[] plain, int offset, int length, byte[] target) {
        try {
            return LZ4.compress(plain, offset, length, target, 0, target.length);
        } catch (LZ4Exception e) {
            return -1;
        }
    }

    private static int zstd(
            ContextPool<ZstdCompressCtx> compressors, byte[] plain, int offset, int length, byte[] target) {
        return compressors.with(context -> {
            try {
                return context.compressByteArray(target, 0, target.length, plain, offset, length);
            } catch (ZstdException e) {
                if (e.getErrorCode() != Zstd.errDstSizeTooSmall()) {
                    throw e;
                }
                return -1;
            }
        });
    }

    /**
     * Decodes a chunk.
     *
     * @param codec the id on disk
     * @param stored the stored bytes from position to limit, heap or direct; the position is not changed
     * @param plainLength how many bytes must come out
     * @throws CorruptionException if others do, or more are claimed than a chunk can have
     */
    public static byte[] decode(int codec, ByteBuffer stored, int plainLength) throws CorruptionException {
        Codec known = Codec.ofId(codec);
        if (plainLength < 0 || plainLength > PLAIN_BYTES_MAX) {
            throw new CorruptionException("A chunk claims to have " + plainLength + " bytes.");
        }
        byte[] plain = new byte[plainLength];
        ByteBuffer source = stored.hasArray() || stored.isDirect() ? stored : heapCopy(stored);
        int decoded = switch (known) {
            case RAW -> copy(source, plain);
            case LZ4 -> unLz4(source, plain);
            case ZSTD -> unZstd(source, plain);
        };
        if (decoded != plainLength) {
            throw new CorruptionException("A chunk decodes to " + decoded + " bytes, not " + plainLength + ".");
        }
        return plain;
    }

    /** The array of a read-only heap buffer is hidden from the libraries. */
    private static ByteBuffer heapCopy(ByteBuffer stored) {
        return ByteBuffer.allocate(stored.remaining()).put(stored.duplicate()).flip();
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
        int length = stored.remaining();
        try {
            return DECOMPRESSORS.with(context -> stored.hasArray()
                    ? context.decompressByteArray(
                            plain, 0, plain.length, stored.array(), stored.arrayOffset() + stored.position(), length)
                    : context.decompressDirectByteBufferToByteArray(
                            plain, 0, plain.length, stored, stored.position(), length));
        } catch (ZstdException e) {
            throw new CorruptionException("A chunk's Zstd frame is damaged.", e);
        }
    }
}
