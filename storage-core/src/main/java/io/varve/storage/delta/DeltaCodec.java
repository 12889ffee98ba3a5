package io.varve.storage.delta;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;
import com.github.luben.zstd.ZstdDecompressCtx;
import com.github.luben.zstd.ZstdDictContentType;
import com.github.luben.zstd.ZstdException;
import io.varve.storage.io.CorruptionException;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.Optional;

/**
 * Stores a chunk as its difference to a similar one, the base: a Zstandard frame (RFC 8878) that was compressed with the base as
 * history, so that whatever both have in common is a reference into the base. Thread-safe.
 *
 * <p>The base is always loaded as raw content. In the form that looks for a dictionary's magic number, a user who stores a dictionary
 * could make chunks that do not decode.
 *
 * <p><b>Memory.</b> Outside the heap, an encoder takes the base's length and up to 17 MiB of tables, a decoder the base's length. Of each
 * there are no more at once than processors.
 */
public final class DeltaCodec {
    /** The longest target or base, in bytes: no chunk is longer. */
    public static final int PLAIN_BYTES_MAX = 16 << 20;

    /** A delta must be smaller than this share of the chunk by itself, in percent: reading it means to read the base, too. */
    private static final int WORTH_PERCENT = 90;

    /** Up to this length, tables as long as the base are searched thoroughly. */
    private static final int THOROUGH_BYTES_MAX = 1 << 20;

    /** 8 % smaller than level 3 for a fifth more time. */
    private static final int THOROUGH_LEVEL = 6;

    private static final int THOROUGH_HASH_LOG_MIN = 17;

    /**
     * Its table holds every third place of the base. With the thorough search the places found last would displace the others: most of
     * a long base would be forgotten, or the tables would be many times longer.
     */
    private static final int LONG_LEVEL = 1;

    /** Enough for the longest base. */
    private static final int LONG_HASH_LOG = 21;

    private static final int WINDOW_LOG_MIN = 10;

    private DeltaCodec() {}

    /**
     * Encodes a chunk as a delta.
     *
     * @param target holds the chunk's plain bytes
     * @param offset where they begin
     * @param length how many there are, up to {@link #PLAIN_BYTES_MAX}
     * @param base the plain bytes of another chunk, up to {@link #PLAIN_BYTES_MAX}
     * @param storedBytes what the chunk takes without a base
     * @return the delta from position to limit; empty if it does not pay, which is unless it is below 90 % of {@code storedBytes}
     */
    public static Optional<ByteBuffer> encode(byte[] target, int offset, int length, byte[] base, int storedBytes) {
        Objects.checkFromIndexSize(offset, length, target.length);
        if (length > PLAIN_BYTES_MAX || base.length > PLAIN_BYTES_MAX) {
            throw new IllegalArgumentException("Chunks of " + length + " and " + base.length + " bytes are too long.");
        }
        int bytesMax = (int) (((long) storedBytes * WORTH_PERCENT - 1) / 100);
        if (bytesMax <= 0) {
            return Optional.empty();
        }
        byte[] delta = new byte[bytesMax];
        int bytes = ZstdContexts.compress(context -> {
            prepare(context, length, base);
            return compress(context, delta, target, offset, length);
        });
        return bytes < 0 ? Optional.empty() : Optional.of(ByteBuffer.wrap(delta, 0, bytes));
    }

    private static void prepare(ZstdCompressCtx context, int length, byte[] base) {
        int longer = Math.max(base.length, length);
        boolean thorough = longer <= THOROUGH_BYTES_MAX;
        int hashLog = thorough ? Math.max(THOROUGH_HASH_LOG_MIN, log2(longer)) : LONG_HASH_LOG;
        // A shorter window would forget the base before the target's end.
        int windowLog = Math.max(WINDOW_LOG_MIN, log2(base.length + length));
        context.setLevel(thorough ? THOROUGH_LEVEL : LONG_LEVEL)
                .setHashLog(hashLog)
                .setChainLog(hashLog)
                .setWindowLog(windowLog)
                .loadDict(base, ZstdDictContentType.RAW_CONTENT);
    }

    /** The compressed length, or -1 if it does not fit. */
    private static int compress(ZstdCompressCtx context, byte[] delta, byte[] target, int offset, int length) {
        try {
            return context.compressByteArray(delta, 0, delta.length, target, offset, length);
        } catch (ZstdException e) {
            if (e.getErrorCode() != Zstd.errDstSizeTooSmall()) {
                throw e;
            }
            return -1;
        }
    }

    /**
     * Decodes a chunk. The result has the right length; that it has the right bytes is for a checksum to say, because a damaged delta,
     * or one with another chunk for its base, may well decode to something.
     *
     * @param delta the delta from position to limit, heap or direct; the position is not changed
     * @param base the base's plain bytes
     * @param length how many bytes must come out
     * @throws CorruptionException if others do, or {@code length} is none that a chunk can have
     */
    public static byte[] decode(ByteBuffer delta, byte[] base, int length) throws CorruptionException {
        if (length < 0 || length > PLAIN_BYTES_MAX) {
            throw new CorruptionException("A chunk stored as delta claims to have " + length + " bytes.");
        }
        byte[] plain = new byte[length];
        int decoded = decompress(delta, base, plain);
        if (decoded != length) {
            throw new CorruptionException(
                    "A chunk stored as delta decodes to " + decoded + " bytes, not " + length + ".");
        }
        return plain;
    }

    private static int decompress(ByteBuffer delta, byte[] base, byte[] plain) throws CorruptionException {
        try {
            return ZstdContexts.decompress(context -> {
                context.loadDict(base, ZstdDictContentType.RAW_CONTENT);
                return delta.isDirect()
                        ? context.decompressDirectByteBufferToByteArray(
                                plain, 0, plain.length, delta, delta.position(), delta.remaining())
                        : decompress(context, delta.hasArray() ? delta : heapCopy(delta), plain);
            });
        } catch (ZstdException e) {
            throw new CorruptionException("A chunk stored as delta is damaged.", e);
        }
    }

    private static int decompress(ZstdDecompressCtx context, ByteBuffer heap, byte[] plain) {
        return context.decompressByteArray(
                plain, 0, plain.length, heap.array(), heap.arrayOffset() + heap.position(), heap.remaining());
    }

    /** The array of a read-only heap buffer is hidden from the library. */
    private static ByteBuffer heapCopy(ByteBuffer delta) {
        return ByteBuffer.allocate(delta.remaining()).put(delta.duplicate()).flip();
    }

    /** The binary logarithm, rounded up; 0 for 0. */
    private static int log2(int value) {
        return value <= 1 ? 0 : Integer.SIZE - Integer.numberOfLeadingZeros(value - 1);
    }
}
