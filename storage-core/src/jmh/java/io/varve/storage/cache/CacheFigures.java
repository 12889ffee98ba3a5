package io.varve.storage.cache;

import io.varve.storage.io.FileDeviceDirectory;
import io.varve.storage.io.IoEngine;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.IntConsumer;

/**
 * Figures of the raw cache alone. Run with {@code DIRECTORY ROW…}; the rows: {@code small}, look-ups and sets of 4 KiB by 64 clients, by
 * io_uring and by direct channel, on platform and on virtual threads, and what memory the process takes for it; {@code large}, values of 10 MB; {@code reopen}, how many
 * entries a second an opening takes in after a stop and without one; {@code open-close}, what ten thousand openings leave open.
 */
public final class CacheFigures {
    private static final int SMALL = 4096;
    private static final int SMALL_ENTRIES = 150_000;
    private static final int CLIENTS = 64;
    private static final int SECONDS = 5;
    private static final int LARGE = 10_000_000;
    private static final int LARGE_ENTRIES = 60;
    private static final int LARGE_CLIENTS = 2;
    private static final int LARGE_ROUNDS = 12;
    private static final int LARGE_SECONDS = 1;
    private static final int TINY = 40;
    private static final int TINY_ENTRIES = 3_000_000;
    private static final int OPENINGS = 10_000;
    private static final String NAME = "figures.cache";

    private final Path directory;
    private final byte[] noise = new byte[LARGE];

    private CacheFigures(Path directory) {
        this.directory = directory;
        new SplittableRandom(1).nextBytes(noise);
    }

    private RawCache open(long bytes, Optional<IoEngine.Kind> engine) throws IOException {
        return RawCache.open(
                FileDeviceDirectory.open(directory, engine),
                NAME,
                RawCacheOptions.of(CachePeers.OWNER, bytes),
                InstantSource.system());
    }

    private void remove() throws IOException {
        Files.deleteIfExists(directory.resolve(NAME));
    }

    private ByteBuffer value(int bytes, int key) {
        return ByteBuffer.wrap(Arrays.copyOf(noise, bytes)).putInt(0, key);
    }

    private void small(IoEngine.Kind engine, boolean virtual) throws Exception {
        remove();
        long before = residentBytes();
        try (RawCache cache = open(1L << 30, Optional.of(engine))) {
            times(
                    engine + " sets",
                    virtual,
                    key -> cache.set(CachePeers.key(key), value(SMALL, key), RawCache.Keeping.PLAIN));
            for (int key = 0; key < SMALL_ENTRIES; key++) {
                cache.offer(CachePeers.key(key), value(SMALL, key), RawCache.Keeping.PLAIN);
            }
            cache.flush();
            LongAdder found = new LongAdder();
            times(engine + " gets", virtual, key -> {
                byte[] value = cache.get(CachePeers.key(key));
                if (value != null && ByteBuffer.wrap(value).getInt() == key) {
                    found.increment();
                }
            });
            System.gc();
            RawCache.Contents contents = cache.contents();
            System.out.printf(
                    Locale.ROOT,
                    "  found %d; index %.1f bytes an entry; the process grew by %d MiB, of which %d MiB are index and"
                            + " buffers%n",
                    found.sum(),
                    (double) contents.indexBytes() / contents.entries(),
                    (residentBytes() - before) >> 20,
                    (contents.indexBytes() + contents.memoryBytes()) >> 20);
        }
    }

    /** Rate and latencies of what 64 clients do with keys at random. */
    private void times(String what, boolean virtual, IntConsumer operation) throws Exception {
        List<long[]> times = new ArrayList<>();
        long cpuBefore = cpuNanos();
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
        try (ExecutorService clients =
                virtual ? Executors.newVirtualThreadPerTaskExecutor() : Executors.newFixedThreadPool(CLIENTS)) {
            List<Future<long[]>> ends = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                SplittableRandom random = new SplittableRandom(i);
                ends.add(clients.submit(() -> {
                    long[] took = new long[100_000];
                    int n = 0;
                    for (long now = System.nanoTime(); now < end && n < took.length; n++) {
                        operation.accept(random.nextInt(SMALL_ENTRIES));
                        long next = System.nanoTime();
                        took[n] = next - now;
                        now = next;
                    }
                    return Arrays.copyOf(took, n);
                }));
            }
            for (Future<long[]> client : ends) {
                times.add(client.get());
            }
        }
        long[] all = times.stream().flatMapToLong(Arrays::stream).sorted().toArray();
        System.out.printf(
                Locale.ROOT,
                "%s, %s threads: %,.0f/s, %.1f µs of processor time each, p50 %.2f ms, p95 %.2f ms, p99 %.2f ms%n",
                what,
                virtual ? "virtual" : "platform",
                (double) all.length / SECONDS,
                (cpuNanos() - cpuBefore) / 1e3 / all.length,
                all[all.length / 2] / 1e6,
                all[(int) (all.length * 0.95)] / 1e6,
                all[(int) (all.length * 0.99)] / 1e6);
    }

    private static long cpuNanos() {
        return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
                .getProcessCpuTime();
    }

    private static long residentBytes() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) << 10)
                .findFirst()
                .orElse(0);
    }

    /** Values of 10 MB by two clients, in turns with fio, which has two such reads under way at the same file. */
    private void large() throws Exception {
        remove();
        try (RawCache cache = open(2L << 30, Optional.empty())) {
            long began = System.nanoTime();
            int taken = 0;
            for (int key = 0; key < LARGE_ENTRIES; key++) {
                taken += cache.set(CachePeers.key(key), value(LARGE, key), RawCache.Keeping.PLAIN) ? 1 : 0;
            }
            cache.flush();
            System.out.printf(Locale.ROOT, "%d of %d set, %.0f MB/s%n", taken, LARGE_ENTRIES, rate(taken, began));
            double[] ratios = new double[LARGE_ROUNDS];
            for (int round = -1; round < LARGE_ROUNDS; round++) {
                // Disks have allowances for bursts: who comes first changes.
                double first = round % 2 == 0 ? gets(cache) : fio();
                double second = round % 2 == 0 ? fio() : gets(cache);
                double ours = round % 2 == 0 ? first : second;
                double fio = round % 2 == 0 ? second : first;
                System.out.printf(
                        Locale.ROOT, "round %d: gets %.0f MB/s, fio %.0f MB/s, %.2f%n", round, ours, fio, ours / fio);
                if (round >= 0) {
                    ratios[round] = ours / fio;
                }
            }
            Arrays.sort(ratios);
            System.out.printf(
                    Locale.ROOT,
                    "gets over fio %.2f (%.2f to %.2f)%n",
                    ratios[LARGE_ROUNDS / 2],
                    ratios[0],
                    ratios[LARGE_ROUNDS - 1]);
            System.out.println("  " + cache.contents() + " fragmentation "
                    + cache.contents().fragmentation());
        }
    }

    private static double rate(int values, long began) {
        return (double) values * LARGE / 1e6 / ((System.nanoTime() - began) / 1e9);
    }

    private static double gets(RawCache cache) throws Exception {
        long began = System.nanoTime();
        long end = began + TimeUnit.SECONDS.toNanos(LARGE_SECONDS);
        int got = 0;
        try (ExecutorService clients = Executors.newFixedThreadPool(LARGE_CLIENTS)) {
            List<Future<Integer>> ends = new ArrayList<>();
            for (int i = 0; i < LARGE_CLIENTS; i++) {
                SplittableRandom random = new SplittableRandom(i);
                ends.add(clients.submit(() -> {
                    byte[] target = new byte[LARGE];
                    int found = 0;
                    while (System.nanoTime() < end) {
                        int key = random.nextInt(LARGE_ENTRIES);
                        boolean whole = cache.get(CachePeers.key(key), target).orElse(0) == LARGE;
                        found += whole && ByteBuffer.wrap(target).getInt() == key ? 1 : 0;
                    }
                    return found;
                }));
            }
            for (Future<Integer> client : ends) {
                got += client.get();
            }
        }
        return rate(got, began);
    }

    private double fio() throws IOException, InterruptedException {
        Process fio = new ProcessBuilder(
                        "fio",
                        "--name=large",
                        "--filename=" + directory.resolve(NAME),
                        "--readonly",
                        "--rw=randread",
                        "--bs=10000k",
                        "--ioengine=io_uring",
                        "--direct=1",
                        "--iodepth=" + LARGE_CLIENTS,
                        "--size=500m",
                        "--time_based",
                        "--runtime=" + LARGE_SECONDS,
                        "--output-format=terse")
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String[] fields = new String(fio.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).split(";", -1);
        fio.waitFor();
        return Double.parseDouble(fields[6]) * 1024 / 1e6;
    }

    private void reopen() throws IOException {
        remove();
        Path copy = directory.resolve("copy.cache");
        try (RawCache cache = open(1L << 30, Optional.empty())) {
            for (int key = 0; key < TINY_ENTRIES; key++) {
                cache.set(CachePeers.key(key), value(TINY, key), RawCache.Keeping.PLAIN);
            }
            cache.flush();
            Files.copy(directory.resolve(NAME), copy, StandardCopyOption.REPLACE_EXISTING);
        }
        for (int round = 0; round < 3; round++) {
            opened("after a stop", directory.resolve(NAME));
        }
        for (int round = 0; round < 2; round++) {
            opened("without a stop before", copy);
            Files.deleteIfExists(directory.resolve("copy.cache.lock"));
        }
        Files.delete(copy);
    }

    private void opened(String how, Path file) throws IOException {
        long began = System.nanoTime();
        try (RawCache cache =
                RawCache.open(file, RawCacheOptions.of(CachePeers.OWNER, 1L << 30), InstantSource.system())) {
            double took = (System.nanoTime() - began) / 1e9;
            long entries = cache.contents().entries();
            int found = 0;
            for (int key = 0; key < TINY_ENTRIES; key += 1000) {
                found += cache.get(CachePeers.key(key)) != null ? 1 : 0;
            }
            System.out.printf(
                    Locale.ROOT,
                    "%s: %,d entries in %.2f s, %,.0f/s; answers %.3f of the keys%n",
                    how,
                    entries,
                    took,
                    entries / took,
                    found / (TINY_ENTRIES / 1000.0));
        }
    }

    private void openClose() throws IOException {
        remove();
        // The first ones load classes out of files that stay open.
        openAndClose(OPENINGS / 100);
        System.gc();
        long before = descriptors();
        long memoryBefore = residentBytes();
        long began = System.nanoTime();
        openAndClose(OPENINGS);
        double took = (System.nanoTime() - began) / 1e6;
        System.gc();
        System.out.printf(
                Locale.ROOT,
                "%d openings, %.1f ms each: %d descriptors before, %d after; the process grew by %d MiB%n",
                OPENINGS,
                took / OPENINGS,
                before,
                descriptors(),
                (residentBytes() - memoryBefore) >> 20);
    }

    private void openAndClose(int times) throws IOException {
        for (int i = 0; i < times; i++) {
            try (RawCache cache = open(16L << 20, Optional.empty())) {
                cache.set(CachePeers.key(i), value(TINY, i), RawCache.Keeping.PLAIN);
            }
        }
    }

    private static long descriptors() throws IOException {
        try (var open = Files.list(Path.of("/proc/self/fd"))) {
            return open.count();
        }
    }

    public static void main(String... args) throws Exception {
        Path directory = Path.of(args[0]);
        Files.createDirectories(directory);
        CacheFigures figures = new CacheFigures(directory);
        for (String row : List.of(args).subList(1, args.length)) {
            switch (Objects.requireNonNull(row)) {
                case "small" -> {
                    for (boolean virtual : new boolean[] {false, true, false, true}) {
                        figures.small(IoEngine.Kind.IO_URING, virtual);
                        figures.small(IoEngine.Kind.DIRECT, virtual);
                    }
                }
                case "large" -> figures.large();
                case "reopen" -> figures.reopen();
                case "open-close" -> figures.openClose();
                default -> throw new IllegalArgumentException("There is no row " + row + ".");
            }
        }
        figures.remove();
    }
}
