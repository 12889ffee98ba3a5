package io.varve.storage.maintenance;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.varve.storage.EngineSettings;
import io.varve.storage.StorageEngine;
import io.varve.storage.chunking.ChunkingParameters;
import io.varve.storage.chunkstore.ContentHints;
import io.varve.storage.chunkstore.ContentWriter;
import io.varve.storage.chunkstore.StagedContent;
import io.varve.storage.namespace.EntryPath;
import io.varve.storage.namespace.PutRequest;
import io.varve.storage.namespace.RetentionPolicy;
import io.varve.storage.namespace.WriteOptions;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Locale;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * Frees a share of the chunks of a large store, and tells how long that takes and how much heap.
 *
 * <p>{@code java -Xmx256m -cp … io.varve.storage.maintenance.CollectionBenchmark DIRECTORY CHUNKS GARBAGE}: fills a new store with so
 * many chunks of 8 KiB, a hundred to a file, deletes files until so many chunks are garbage, and collects. Run it with
 * the same garbage in stores of different sizes: neither time nor memory follows the store.
 */
public final class CollectionBenchmark {
    private static final int CHUNK_BYTES = 8 << 10;
    private static final int CHUNKS_PER_FILE = 100;
    private static final int DISTINCT_BYTES = 32;

    private CollectionBenchmark() {}

    public static void main(String[] args) throws IOException, InterruptedException {
        Path directory = Path.of(args[0]);
        int files = Integer.parseInt(args[1]) / CHUNKS_PER_FILE;
        int garbageFiles = Integer.parseInt(args[2]) / CHUNKS_PER_FILE;
        EngineSettings settings = new EngineSettings(
                directory,
                ChunkingParameters.fixed(CHUNK_BYTES),
                Optional.empty(),
                RetentionPolicy.NONE,
                64L << 20,
                new EngineSettings.Memory(32L << 20, 8 << 20, 16L << 20, 64L << 20),
                new EngineSettings.Background(
                        Duration.ofDays(1), 0, 64L << 20, Duration.ofDays(1), 5, Duration.ZERO, Duration.ofDays(1)),
                EngineSettings.Safety.DEFAULT,
                EngineSettings.Tiers.NONE,
                EngineSettings.DiskCache.NONE,
                Optional.empty(),
                EngineSettings.Encryption.NONE,
                Optional.empty());
        try (StorageEngine engine = StorageEngine.open(settings, InstantSource.system(), new SimpleMeterRegistry())) {
            engine.namespace().createBucket("bucket", "root");
            // The first round of background work runs at once; it is out of the way before anything is measured.
            engine.settle(false);
            long begun = System.nanoTime();
            for (int file = 0; file < files; file++) {
                put(engine, file);
            }
            System.out.printf(
                    Locale.ROOT,
                    "filled with %d chunks in %.1f s%n",
                    engine.statistics().chunks(),
                    secondsSince(begun));
            for (int file = 0; file < garbageFiles; file++) {
                engine.namespace().delete(path(file * (files / garbageFiles)), WriteOptions.keys("root"));
            }
            System.gc();
            resetPeaks();
            begun = System.nanoTime();
            Jobs.Job job = engine.jobs().collect(false);
            while (job.state() == Jobs.State.RUNNING) {
                Thread.sleep(5);
                job = engine.jobs().find(job.id()).orElseThrow();
            }
            System.out.printf(
                    Locale.ROOT,
                    "collected in %.2f s, heap at most %d MiB: %s%n",
                    secondsSince(begun),
                    peakMib(),
                    String.valueOf(job.result()));
            System.out.printf(
                    Locale.ROOT, "left: %d chunks%n", engine.statistics().chunks());
        }
    }

    private static EntryPath path(int file) {
        return new EntryPath("bucket", "%04d/%06d".formatted(file / 1000, file));
    }

    /** Each chunk begins with bytes of its own, the rest is zeros: quick to make, small to store. */
    private static void put(StorageEngine engine, int file) throws IOException {
        SplittableRandom random = new SplittableRandom(file);
        byte[] chunk = new byte[CHUNK_BYTES];
        byte[] distinct = new byte[DISTINCT_BYTES];
        try (ContentWriter writer = engine.namespace().write(ContentHints.NONE)) {
            for (int i = 0; i < CHUNKS_PER_FILE; i++) {
                random.nextBytes(distinct);
                System.arraycopy(distinct, 0, chunk, 0, DISTINCT_BYTES);
                writer.write(chunk);
            }
            try (StagedContent content = writer.finish()) {
                engine.namespace().put(path(file), content, PutRequest.ofType(""), WriteOptions.keys("root"));
            }
        }
    }

    private static void resetPeaks() {
        ManagementFactory.getMemoryPoolMXBeans().forEach(MemoryPoolMXBean::resetPeakUsage);
    }

    private static long peakMib() {
        return ManagementFactory.getMemoryPoolMXBeans().stream()
                        .filter(pool -> pool.getType() == MemoryType.HEAP)
                        .mapToLong(pool -> pool.getPeakUsage().getUsed())
                        .sum()
                >> 20;
    }

    private static double secondsSince(long begunNanos) {
        return (System.nanoTime() - begunNanos) / 1e9;
    }
}
