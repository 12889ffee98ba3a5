package io.varve.app.console;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The files that are read most now. A fixed number of counters, whatever the number of files: a file that has none takes the least one over,
 * and inherits its count as what it may be wrong by (the Space-Saving algorithm; Metwally, Agrawal and El Abbadi, "Efficient Computation of
 * Frequent and Top-k Elements in Data Streams", 2005). So no file with more than one in {@value #COUNTERS} of all reads is missed. Older
 * reads count less, half as much after an hour: a read counts more the later it is, all by the same measure, so that nothing needs
 * to be aged (forward decay; Cormode and others, 2009). Thread-safe.
 */
public final class HotFiles {
    /** After this time a read counts half. */
    public static final Duration HALF_LIFE = Duration.ofHours(1);

    static final int COUNTERS = 256;

    /** Weights begin anew before they exceed what a double holds exactly enough. */
    private static final double DOUBLINGS_MAX = 40;

    private final InstantSource clock;
    private final Map<String, Integer> places = new HashMap<>();
    private final String[] paths = new String[COUNTERS];
    private final double[] weights = new double[COUNTERS];
    private final double[] errors = new double[COUNTERS];
    private Instant began;

    /**
     * A file that is read much.
     *
     * @param path its path, the bucket first
     * @param reads how often it was read at least, older reads counted less
     */
    public record Hot(String path, double reads) {}

    public HotFiles(InstantSource clock) {
        this.clock = clock;
        this.began = clock.instant();
    }

    /** Notes that a file was read. */
    public synchronized void read(String path) {
        double weight = weight(clock.instant());
        Integer known = places.get(path);
        if (known != null) {
            weights[known] += weight;
            return;
        }
        int place = places.size() < COUNTERS ? places.size() : least();
        errors[place] = weights[place];
        weights[place] += weight;
        places.remove(paths[place]);
        paths[place] = path;
        places.put(path, place);
    }

    /**
     * Those that were read most, by how often at least.
     *
     * @param limit the most to tell
     */
    public synchronized List<Hot> hottest(int limit) {
        double weight = weight(clock.instant());
        return places.entrySet().stream()
                .map(each -> new Hot(each.getKey(), (weights[each.getValue()] - errors[each.getValue()]) / weight))
                .sorted(Comparator.comparingDouble(Hot::reads).reversed().thenComparing(Hot::path))
                .limit(limit)
                .toList();
    }

    private int least() {
        int least = 0;
        for (int i = 1; i < COUNTERS; i++) {
            if (weights[i] < weights[least]) {
                least = i;
            }
        }
        return least;
    }

    /** What a read at a moment counts. A clock that was set back counts as standing. */
    private double weight(Instant now) {
        double doublings = Math.max(0, (double) Duration.between(began, now).toMillis() / HALF_LIFE.toMillis());
        if (doublings > DOUBLINGS_MAX) {
            double smaller = Math.pow(2, -doublings);
            for (int i = 0; i < COUNTERS; i++) {
                weights[i] *= smaller;
                errors[i] *= smaller;
            }
            began = now;
            return 1;
        }
        return Math.pow(2, doublings);
    }
}
