package io.varve.storage.cache;

import io.varve.storage.cache.CachePeers.Peer;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The raw cache beside others on the same disk, in turns: get, and put what is missing, by keys of a Zipf distribution (exponent 0.9)
 * with values of 4 to 64 KiB, of which a cache holds a quarter. Run with {@code DIRECTORY [NAME=NUMBER…] PEER…}; the peers are {@code raw},
 * {@code files}, {@code rocks} and {@code ehcache}; the numbers {@code seconds} and {@code rounds}, {@code keys}, {@code threads},
 * {@code memory} (in percent of the cache, for those that keep memory of their own: what files take of the page cache is
 * bounded by the machine alone), {@code buffers} (MiB that wait to be written by the raw cache) and {@code neighbour} (how many threads of another process write and sync on the same disk meanwhile).
 */
public final class CacheRounds {
    private static final double SKEW = 0.9;
    private static final int VALUE_MIN = 4 << 10;
    private static final int VALUE_MAX = 64 << 10;
    private static final int NEIGHBOUR_BYTES = 64 << 10;
    private static final int NEIGHBOUR_FILE = 64 << 20;

    private final Path directory;
    private final Map<String, Integer> numbers;
    private final int[] lengths;
    private final double[] cumulative;
    private final byte[] noise = new byte[VALUE_MAX];

    private CacheRounds(Path directory, Map<String, Integer> numbers) {
        this.directory = directory;
        this.numbers = numbers;
        int keys = Objects.requireNonNull(numbers.get("keys"));
        SplittableRandom random = new SplittableRandom(1);
        random.nextBytes(noise);
        lengths = random.ints(keys, VALUE_MIN, VALUE_MAX + 1).toArray();
        cumulative = new double[keys];
        double sum = 0;
        for (int i = 0; i < keys; i++) {
            sum += 1 / Math.pow(i + 1, SKEW);
            cumulative[i] = sum;
        }
        for (int i = 0; i < keys; i++) {
            cumulative[i] /= sum;
        }
    }

    private int number(String name) {
        return Objects.requireNonNull(numbers.get(name));
    }

    private int draw(SplittableRandom random) {
        int found = Arrays.binarySearch(cumulative, random.nextDouble());
        return Math.min(found < 0 ? -found - 1 : found, cumulative.length - 1);
    }

    private byte[] value(int key) {
        byte[] value = Arrays.copyOf(noise, lengths[key]);
        ByteBuffer.wrap(value).putInt(key);
        return value;
    }

    /** What a round brought. */
    private record Outcome(double perSecond, double hitRatio, double cpuMicros) {}

    private Outcome run(Peer peer, long seed) throws Exception {
        AtomicLong operations = new AtomicLong();
        AtomicLong hits = new AtomicLong();
        long cpuBefore = cpuNanos();
        long began = System.nanoTime();
        long end = began + TimeUnit.SECONDS.toNanos(number("seconds"));
        try (ExecutorService clients = Executors.newFixedThreadPool(number("threads"))) {
            List<Future<?>> ends = new ArrayList<>();
            for (int i = 0; i < number("threads"); i++) {
                SplittableRandom random = new SplittableRandom(seed + i);
                ends.add(clients.submit(() -> {
                    while (System.nanoTime() < end) {
                        hits.addAndGet(getOrPut(peer, draw(random)));
                        operations.incrementAndGet();
                    }
                    return null;
                }));
            }
            for (Future<?> client : ends) {
                client.get();
            }
        }
        double took = (System.nanoTime() - began) / 1e9;
        return new Outcome(
                operations.get() / took,
                (double) hits.get() / operations.get(),
                (cpuNanos() - cpuBefore) / 1e3 / operations.get());
    }

    private int getOrPut(Peer peer, int key) throws Exception {
        try (Pin found = peer.get(key)) {
            if (found != null) {
                if (found.length() != lengths[key] || found.bytes().getInt() != key) {
                    throw new IllegalStateException(
                            "A wrong value of key " + key + ", of " + found.length() + " bytes.");
                }
                return 1;
            }
        }
        peer.put(key, value(key));
        return 0;
    }

    private static long cpuNanos() {
        return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
                .getProcessCpuTime();
    }

    private Peer open(String name, long bytes, long memory) throws Exception {
        Path path = directory.resolve(name);
        return switch (name) {
            case "raw" -> new CachePeers.Raw(path, bytes, memory, VALUE_MAX, (long) number("buffers") << 20);
            case "files" -> new CachePeers.PlainFiles(path, bytes);
            case "rocks" -> new CachePeers.Rocks(path, bytes, memory);
            case "ehcache" -> new CachePeers.Ehcache(path, bytes, memory);
            default -> throw new IllegalArgumentException("There is no peer " + name + ".");
        };
    }

    private void rounds(List<String> names) throws Exception {
        long set = Arrays.stream(lengths).asLongStream().sum();
        long bytes = set / 4;
        long memory = bytes * number("memory") / 100;
        System.out.printf(
                Locale.ROOT,
                "%s, set %d MiB, cache %d MiB, memory %d MiB%n",
                numbers,
                set >> 20,
                bytes >> 20,
                memory >> 20);
        Map<String, Peer> peers = new LinkedHashMap<>();
        for (String name : names) {
            peers.put(name, open(name, bytes, memory));
        }
        Map<String, List<Outcome>> outcomes = new LinkedHashMap<>();
        for (int round = 0; round <= number("rounds"); round++) {
            for (String name : names) {
                // The first round fills, without anybody beside it.
                Process neighbour = round > 0 && number("neighbour") > 0 ? neighbour() : null;
                Outcome outcome = run(Objects.requireNonNull(peers.get(name)), 1000L * round);
                end(neighbour);
                System.out.printf(Locale.ROOT, "%d %-8s %s%n", round, name, outcome);
                if (round > 0) {
                    outcomes.computeIfAbsent(name, ignored -> new ArrayList<>()).add(outcome);
                }
            }
        }
        compare(outcomes);
        for (Peer peer : peers.values()) {
            peer.close();
        }
    }

    private static void compare(Map<String, List<Outcome>> outcomes) {
        List<Outcome> ours = outcomes.getOrDefault("raw", List.of());
        outcomes.forEach((name, theirs) -> {
            double[] speed = new double[theirs.size()];
            double[] cpu = new double[theirs.size()];
            for (int i = 0; i < Math.min(speed.length, ours.size()); i++) {
                speed[i] = ours.get(i).perSecond / theirs.get(i).perSecond;
                cpu[i] = ours.get(i).cpuMicros / theirs.get(i).cpuMicros;
            }
            Arrays.sort(speed);
            Arrays.sort(cpu);
            System.out.printf(
                    Locale.ROOT,
                    "raw : %-8s operations/s %.2f (%.2f to %.2f), processor time %.2f%n",
                    name,
                    speed[speed.length / 2],
                    speed[0],
                    speed[speed.length - 1],
                    cpu[cpu.length / 2]);
        });
    }

    private Process neighbour() throws IOException {
        return new ProcessBuilder(
                        ProcessHandle.current().info().command().orElse("java"),
                        "-cp",
                        System.getProperty("java.class.path"),
                        CacheRounds.class.getName(),
                        directory.toString(),
                        "neighbour=" + number("neighbour"),
                        "be-neighbour")
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    private static void end(@Nullable Process neighbour) throws IOException, InterruptedException {
        if (neighbour != null) {
            neighbour.getOutputStream().close();
            neighbour.waitFor();
        }
    }

    /** Writes and syncs until the standard input ends. */
    private void beNeighbour() throws Exception {
        AtomicLong done = new AtomicLong();
        for (int i = 0; i < number("neighbour"); i++) {
            Path file = directory.resolve("neighbour-" + i);
            Thread.ofPlatform().daemon().start(() -> writeAndSync(file, done));
        }
        while (System.in.read() >= 0) {
            // Whoever started this writes nothing, and closes.
        }
        System.err.printf("  (the neighbour synced %d times)%n", done.get());
    }

    private void writeAndSync(Path file, AtomicLong done) {
        try (RandomAccessFile out = new RandomAccessFile(file.toFile(), "rw")) {
            while (true) {
                out.seek(done.incrementAndGet() * NEIGHBOUR_BYTES % NEIGHBOUR_FILE);
                out.write(noise, 0, NEIGHBOUR_BYTES);
                out.getFD().sync();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static void main(String... args) throws Exception {
        Path directory = Path.of(args[0]);
        Files.createDirectories(directory);
        Map<String, Integer> numbers = new LinkedHashMap<>(Map.of(
                "seconds", 3, "rounds", 4, "keys", 40_000, "threads", 4, "memory", 100, "neighbour", 0, "buffers", 8));
        List<String> peers = new ArrayList<>();
        for (String arg : List.of(args).subList(1, args.length)) {
            String[] words = arg.split("=", -1);
            if (words.length == 2) {
                numbers.put(words[0], Integer.parseInt(words[1]));
            } else {
                peers.add(arg);
            }
        }
        CacheRounds load = new CacheRounds(directory, numbers);
        if (peers.contains("be-neighbour")) {
            load.beNeighbour();
        } else {
            load.rounds(peers);
        }
    }
}
