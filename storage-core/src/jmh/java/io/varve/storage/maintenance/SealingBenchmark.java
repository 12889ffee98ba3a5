package io.varve.storage.maintenance;

import com.sun.management.OperatingSystemMXBean;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.varve.storage.EngineSettings;
import io.varve.storage.StorageEngine;
import io.varve.storage.chunkstore.ContentHints;
import io.varve.storage.chunkstore.ContentReader;
import io.varve.storage.chunkstore.ContentWriter;
import io.varve.storage.chunkstore.StagedContent;
import io.varve.storage.namespace.Entry;
import io.varve.storage.namespace.EntryPath;
import io.varve.storage.namespace.PutRequest;
import io.varve.storage.namespace.RetentionPolicy;
import io.varve.storage.namespace.WriteOptions;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Locale;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * What encryption at rest costs: the same files are stored and read in clear and encrypted, in turns, in one process.
 *
 * <p>{@code java -cp … io.varve.storage.maintenance.SealingBenchmark DIRECTORY MIB ROUNDS}: in each round and for each kind, a new store below the
 * directory gets so many MiB of random bytes in files of 16 MiB, is closed, opened and read through, and then gets a thousand files of 1 KiB.
 * It tells CPU seconds of the whole process. Remove the directory afterwards.
 */
public final class SealingBenchmark {
    private static final int FILE_BYTES = 16 << 20;
    private static final int SMALL_FILES = 1000;
    private static final int SMALL_BYTES = 1 << 10;
    private static final double NANOS = 1e9;

    private static final OperatingSystemMXBean SYSTEM =
            ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);

    private SealingBenchmark() {}

    public static void main(String[] args) throws IOException {
        Path directory = Path.of(args[0]);
        int files = Math.max(1, (Integer.parseInt(args[1]) << 20) / FILE_BYTES);
        int rounds = Integer.parseInt(args[2]);
        for (int round = 0; round < rounds; round++) {
            for (boolean sealed : new boolean[] {round % 2 == 0, round % 2 != 0}) {
                run(directory.resolve(round + (sealed ? "-sealed" : "-clear")), files, sealed, round);
            }
        }
    }

    private static void run(Path directory, int files, boolean sealed, int round) throws IOException {
        EngineSettings settings = EngineSettings.of(directory)
                .withHistory(RetentionPolicy.NONE)
                .withEncryption(new EngineSettings.Encryption(sealed, Optional.empty()));
        double gigabytes = files * (double) FILE_BYTES / (1 << 30);
        try (StorageEngine engine = open(settings)) {
            engine.namespace().createBucket("bucket", "root");
            double begun = cpuSeconds();
            for (int file = 0; file < files; file++) {
                put(engine, "large " + file, FILE_BYTES, round * 1000L + file);
            }
            tell(round, sealed, "stored", (cpuSeconds() - begun) / gigabytes, "CPU s/GiB");
        }
        try (StorageEngine engine = open(settings)) {
            double begun = cpuSeconds();
            for (int file = 0; file < files; file++) {
                read(engine, "large " + file);
            }
            tell(round, sealed, "read", (cpuSeconds() - begun) / gigabytes, "CPU s/GiB");
            begun = cpuSeconds();
            for (int file = 0; file < SMALL_FILES; file++) {
                put(engine, "small " + file, SMALL_BYTES, -1 - file);
            }
            tell(round, sealed, "small files stored", (cpuSeconds() - begun) / SMALL_FILES * 1e3, "CPU ms each");
            begun = cpuSeconds();
            for (int file = 0; file < SMALL_FILES; file++) {
                read(engine, "small " + file);
            }
            tell(round, sealed, "small files read", (cpuSeconds() - begun) / SMALL_FILES * 1e3, "CPU ms each");
        }
    }

    private static StorageEngine open(EngineSettings settings) throws IOException {
        return StorageEngine.open(settings, InstantSource.system(), new SimpleMeterRegistry());
    }

    private static void put(StorageEngine engine, String name, int bytes, long seed) throws IOException {
        byte[] content = new byte[bytes];
        new SplittableRandom(seed).nextBytes(content);
        try (ContentWriter writer = engine.namespace().write(ContentHints.NONE)) {
            writer.write(content);
            try (StagedContent staged = writer.finish()) {
                engine.namespace()
                        .put(new EntryPath("bucket", name), staged, PutRequest.ofType(""), WriteOptions.keys("root"));
            }
        }
    }

    private static void read(StorageEngine engine, String name) throws IOException {
        Entry entry = engine.namespace().find(new EntryPath("bucket", name)).orElseThrow();
        byte[] buffer = new byte[64 << 10];
        try (ContentReader reader = engine.namespace().read(entry, 0, entry.size())) {
            while (reader.read(buffer, 0, buffer.length) > 0) {
                // Only the cost matters.
            }
        }
    }

    private static double cpuSeconds() {
        return SYSTEM.getProcessCpuTime() / NANOS;
    }

    private static void tell(int round, boolean sealed, String what, double cost, String unit) {
        System.out.printf(
                Locale.ROOT, "round %d  %-6s  %-18s  %7.3f %s%n", round, sealed ? "sealed" : "clear", what, cost, unit);
    }
}
