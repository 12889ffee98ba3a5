package io.varve.storage.cache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.varve.storage.cache.SimulatedPeers.Simulated;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/**
 * The share of requests that caches miss on traces: that of the raw cache's policies, over logs of segments as it has them, beside LRU,
 * S3-FIFO object by object, and W-TinyLFU (Caffeine). Run with {@code PERCENT,… FORMAT:FILE…}: the cache's sizes in percent of all
 * distinct bytes, and traces in the formats of {@link Traces.Format}, or {@code made:SHAPE} (see {@link Trace.Shape}). A file
 * that ends in {@code .gz} is decompressed; {@code -} is the standard input.
 */
public final class TraceSimulator {
    private static final int MADE_REQUESTS = 1_000_000;

    /** The ratio that is aimed at. */
    private static final double AIM = 1.03;

    /** The memory cache is simulated by itself, where a byte of the trace is a chunk. */
    private static final long MEMORY_ENTRIES_MAX = 2_000_000;

    private static final List<String> PEERS = List.of("LRU", "S3-FIFO", "W-TinyLFU");

    private TraceSimulator() {}

    /** W-TinyLFU, by Caffeine. */
    private static Simulated tinyLfu(long bytesMax) {
        Cache<Integer, Integer> entries = Caffeine.newBuilder()
                .maximumWeight(bytesMax)
                .weigher((Integer key, Integer length) -> length)
                .executor(Runnable::run)
                .build();
        return (key, length) -> {
            boolean hit = entries.getIfPresent(key) != null;
            if (!hit) {
                entries.put(key, length);
            }
            return hit;
        };
    }

    private static Map<String, Simulated> caches(long bytes, int keys) {
        Map<String, Simulated> caches = new LinkedHashMap<>();
        caches.put(PEERS.get(0), new SimulatedPeers.Lru(bytes));
        caches.put(PEERS.get(1), new SimulatedPeers.S3FifoOfObjects(bytes, keys));
        caches.put(PEERS.get(2), tinyLfu(bytes));
        for (EvictionPolicy.Kind kind : EvictionPolicy.Kind.values()) {
            caches.put("raw " + kind.label(), new SimulatedLogs(kind.policy(), bytes, keys));
        }
        if (bytes <= MEMORY_ENTRIES_MAX) {
            caches.put("memory", new SimulatedMemory(bytes));
        }
        return caches;
    }

    private static double missRatio(Simulated cache, Trace trace) {
        long misses = 0;
        for (int i = 0; i < trace.size(); i++) {
            int key = trace.key(i);
            misses += cache.access(key, trace.length(key)) ? 0 : 1;
        }
        return (double) misses / trace.size();
    }

    private static Trace trace(String what) throws IOException {
        int colon = what.indexOf(':');
        String format = what.substring(0, colon);
        String rest = what.substring(colon + 1);
        return format.equals("made")
                ? Trace.of(Trace.Shape.valueOf(rest), MADE_REQUESTS)
                : Traces.read(Traces.Format.of(format), rest);
    }

    public static void main(String... args) throws IOException {
        double[] percents = Arrays.stream(args[0].split(",", -1))
                .mapToDouble(Double::parseDouble)
                .toArray();
        Map<String, List<Double>> ratios = new LinkedHashMap<>();
        for (String what : List.of(args).subList(1, args.length)) {
            Trace trace = trace(what);
            System.out.printf(
                    Locale.ROOT,
                    "%s: %,d requests, %,d keys, %,d bytes%n",
                    what,
                    trace.size(),
                    trace.keys(),
                    trace.bytes());
            for (double percent : percents) {
                compare(trace, percent, ratios);
            }
        }
        System.out.println("Misses over those of the best of the three, over all of the above:");
        ratios.forEach((name, all) -> {
            double[] sorted =
                    all.stream().mapToDouble(Double::doubleValue).sorted().toArray();
            long within = Arrays.stream(sorted).filter(ratio -> ratio <= AIM).count();
            System.out.printf(
                    Locale.ROOT,
                    "  %-14s median %.3f, worst %.3f, %d of %d at most %.2f%n",
                    name,
                    sorted[sorted.length / 2],
                    sorted[sorted.length - 1],
                    within,
                    sorted.length,
                    AIM);
        });
    }

    private static void compare(Trace trace, double percent, Map<String, List<Double>> ratios) {
        long bytes = (long) (trace.bytes() * percent / 100);
        Map<String, Double> misses = new LinkedHashMap<>();
        Map<String, Simulated> caches = caches(bytes, trace.keys());
        caches.forEach((name, cache) -> misses.put(name, missRatio(cache, trace)));
        double best = PEERS.stream()
                .mapToDouble(name -> Objects.requireNonNull(misses.get(name)))
                .min()
                .orElse(1);
        misses.forEach((name, ratio) -> {
            double over = best == 0 ? 1 : ratio / best;
            ratios.computeIfAbsent(name, ignored -> new ArrayList<>()).add(over);
            String written = caches.get(name) instanceof SimulatedLogs logs
                    ? String.format(Locale.ROOT, ", %.2f bytes written for one taken in", logs.writeAmplification())
                    : "";
            System.out.printf(Locale.ROOT, "%6.1f %%  %-14s %.4f  %.3fx%s%n", percent, name, ratio, over, written);
        });
    }
}
