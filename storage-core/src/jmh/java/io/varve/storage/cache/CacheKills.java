package io.varve.storage.cache;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Ends a process that writes to a cache by SIGKILL, again and again, and looks at what is left. Run with {@code DIRECTORY KILLS}. The
 * process sets values that say their key, their number and a checksum, and tells each flush; after each kill no value may be
 * another's, damaged, or older than at the last flush that was told. Each life goes on with what the one before has left.
 */
public final class CacheKills {
    private static final int KEYS = 20_000;
    private static final int VALUE_MAX = 32 << 10;
    private static final int HEAD = 16;
    private static final int FLUSH_EVERY = 2000;
    private static final long BYTES = 256L << 20;
    private static final String CHILD = "be-killed";

    private final Path file;
    private final SplittableRandom random = new SplittableRandom(7);
    private long wrong;
    private long old;
    private long found;
    private final List<Double> kept = new ArrayList<>();
    private final List<Double> openings = new ArrayList<>();

    /** By key: the number of the last value that a flush was told of. */
    private final long[] flushed = new long[KEYS];

    private CacheKills(Path directory) {
        this.file = directory.resolve("kills.cache");
    }

    private static RawCache open(Path file) throws IOException {
        return RawCache.open(file, RawCacheOptions.of(CachePeers.OWNER, BYTES), InstantSource.system());
    }

    /** A value that says what it is: number, key, checksum and noise. */
    private static byte[] value(int key, long number) {
        SplittableRandom noise = new SplittableRandom(number);
        byte[] value = new byte[HEAD + Integer.BYTES + noise.nextInt(VALUE_MAX)];
        noise.nextBytes(value);
        ByteBuffer.wrap(value).putLong(number).putInt(key);
        return value;
    }

    /** Which value it is; -1 if it is none, or another key's. */
    private static long numberOf(int key, byte[] value) {
        long number = ByteBuffer.wrap(value).getLong();
        return Arrays.equals(value, value(key, number)) ? number : -1;
    }

    /** Sets and flushes until it is ended. The keys of a life follow from its first number. */
    private static void beKilled(Path file, long first) throws IOException {
        try (RawCache cache = open(file)) {
            SplittableRandom keys = new SplittableRandom(first);
            for (long number = first; ; number++) {
                int key = keys.nextInt(KEYS);
                cache.set(CachePeers.key(key), ByteBuffer.wrap(value(key, number)), RawCache.Keeping.PLAIN);
                if ((number - first + 1) % FLUSH_EVERY == 0) {
                    cache.flush();
                    System.out.println(number + " " + cache.contents().entries());
                }
            }
        }
    }

    private void life(long first) throws IOException, InterruptedException {
        Process child = new ProcessBuilder(
                        ProcessHandle.current().info().command().orElse("java"),
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        CacheKills.class.getName(),
                        file.toString(),
                        CHILD,
                        Long.toString(first))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        long entries = 0;
        long last = first - 1;
        try (BufferedReader told =
                new BufferedReader(new InputStreamReader(child.getInputStream(), StandardCharsets.US_ASCII))) {
            long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(1500 + random.nextInt(2000));
            Thread killer = Thread.ofVirtual().start(() -> kill(child, end));
            for (String line = told.readLine(); line != null; line = told.readLine()) {
                String[] words = line.split(" ", -1);
                // A line that was cut off by the end says nothing.
                if (words.length == 2 && !words[1].isEmpty()) {
                    last = Long.parseLong(words[0]);
                    entries = Long.parseLong(words[1]);
                }
            }
            killer.join();
        }
        child.waitFor();
        SplittableRandom keys = new SplittableRandom(first);
        for (long number = first; number <= last; number++) {
            flushed[keys.nextInt(KEYS)] = number;
        }
        check(entries);
    }

    private static void kill(Process child, long end) {
        try {
            TimeUnit.NANOSECONDS.sleep(end - System.nanoTime());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        child.destroyForcibly();
    }

    private void check(long entriesTold) throws IOException {
        long began = System.nanoTime();
        try (RawCache cache = open(file)) {
            openings.add((System.nanoTime() - began) / 1e6);
            long here = 0;
            for (int key = 0; key < KEYS; key++) {
                byte @Nullable [] value = cache.get(CachePeers.key(key));
                if (value != null) {
                    long number = numberOf(key, value);
                    here++;
                    wrong += number < 0 ? 1 : 0;
                    old += number >= 0 && number < flushed[key] ? 1 : 0;
                }
            }
            found += here;
            if (entriesTold > 0) {
                kept.add((double) here / entriesTold);
            }
        }
    }

    public static void main(String... args) throws IOException, InterruptedException {
        if (args.length == 3 && args[1].equals(CHILD)) {
            beKilled(Path.of(args[0]), Long.parseLong(args[2]));
            return;
        }
        Path directory = Path.of(args[0]);
        Files.createDirectories(directory);
        CacheKills kills = new CacheKills(directory);
        Files.deleteIfExists(kills.file);
        int count = Integer.parseInt(args[1]);
        for (int i = 0; i < count; i++) {
            kills.life(1 + i * 10_000_000L);
        }
        double[] kept =
                kills.kept.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        double[] openings = kills.openings.stream()
                .mapToDouble(Double::doubleValue)
                .sorted()
                .toArray();
        System.out.printf(
                Locale.ROOT,
                "%d kills: %d values found, %d wrong, %d older than the last flush; entries kept %.3f to %.3f of those at"
                        + " the last flush; opened in %.0f ms (median)%n",
                count,
                kills.found,
                kills.wrong,
                kills.old,
                kept.length == 0 ? 0 : kept[0],
                kept.length == 0 ? 0 : kept[kept.length - 1],
                openings[openings.length / 2]);
        Files.delete(kills.file);
        if (kills.wrong + kills.old > 0) {
            System.exit(1);
        }
    }
}
