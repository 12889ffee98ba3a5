package io.varve.storage.delta;

import com.github.luben.zstd.ZstdCompressCtx;
import com.github.luben.zstd.ZstdDecompressCtx;
import java.util.concurrent.Semaphore;
import java.util.function.Function;

/**
 * Makes a native context for each call and releases it at the end. A context grows with the base it is given, to 33 MiB at most, so none
 * is kept, and no more are in use at once than there are processors. With chunks of the default lengths keeping them gains nothing, because
 * loading the base is what costs. Thread-safe.
 */
final class ZstdContexts {
    private static final int CALLS_MAX = Math.max(2, Runtime.getRuntime().availableProcessors());

    private static final Semaphore COMPRESSORS = new Semaphore(CALLS_MAX);

    /** Of their own, so that reading does not wait for background work. */
    private static final Semaphore DECOMPRESSORS = new Semaphore(CALLS_MAX);

    private ZstdContexts() {}

    static <R> R compress(Function<ZstdCompressCtx, R> call) {
        COMPRESSORS.acquireUninterruptibly();
        try (ZstdCompressCtx context = new ZstdCompressCtx()) {
            return call.apply(context);
        } finally {
            COMPRESSORS.release();
        }
    }

    static <R> R decompress(Function<ZstdDecompressCtx, R> call) {
        DECOMPRESSORS.acquireUninterruptibly();
        try (ZstdDecompressCtx context = new ZstdDecompressCtx()) {
            return call.apply(context);
        } finally {
            DECOMPRESSORS.release();
        }
    }
}
