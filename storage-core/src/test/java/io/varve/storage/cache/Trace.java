package io.varve.storage.cache;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;

/** Requests for keys, numbered from 0 in the order in which they first come; each key has the length it came with first. */
final class Trace {
    private final int[] requests;
    private final int[] lengths;

    private Trace(int[] requests, int[] lengths) {
        this.requests = requests;
        this.lengths = lengths;
    }

    /** How many requests there are. */
    int size() {
        return requests.length;
    }

    /** The key that a request asks for. */
    int key(int request) {
        return requests[request];
    }

    /** How many keys there are. */
    int keys() {
        return lengths.length;
    }

    int length(int key) {
        return lengths[key];
    }

    /** The bytes of all keys, each once. */
    long bytes() {
        return Arrays.stream(lengths).asLongStream().sum();
    }

    /** Takes requests in. */
    static final class Builder {
        private final Map<Long, Integer> numbers = new HashMap<>();
        private int[] requests = new int[1 << 16];
        private int[] lengths = new int[1 << 16];
        private int count;

        void add(long id, int length) {
            Integer known = numbers.putIfAbsent(id, numbers.size());
            int key = known == null ? numbers.size() - 1 : known;
            if (known == null) {
                lengths = key == lengths.length ? Arrays.copyOf(lengths, 2 * key) : lengths;
                lengths[key] = Math.max(1, length);
            }
            requests = count == requests.length ? Arrays.copyOf(requests, 2 * count) : requests;
            requests[count++] = key;
        }

        Trace build() {
            return new Trace(Arrays.copyOf(requests, count), Arrays.copyOf(lengths, numbers.size()));
        }
    }

    /** Traces that are made, with shapes that are known. */
    enum Shape {
        /** Zipf with an exponent of 0.9. */
        ZIPF,
        /** The same, with a pass over keys that are never used again every now and then. */
        ZIPF_SCANS,
        /** Zipf whose popular keys change all the time. */
        DRIFT,
        /** The same keys in the same order, over and over. */
        LOOP,
        /** Half of the requests from a loop, half Zipf. */
        ZIPF_LOOP,
        /** Most requests are for what came a short while ago. */
        RECENT
    }

    /** Makes a trace of so many requests; always the same one. */
    static Trace of(Shape shape, int count) {
        Builder trace = new Builder();
        SplittableRandom random = new SplittableRandom(1);
        int keys = Math.max(16, count / 20);
        long next = 1L << 40;
        for (int i = 0; i < count; i++) {
            long id = switch (shape) {
                case ZIPF -> zipf(random, keys);
                case ZIPF_SCANS -> i % 100_000 < 10_000 ? next++ : zipf(random, keys);
                case DRIFT -> zipf(random, keys) + i / 50L;
                case LOOP -> i % (keys / 2);
                case ZIPF_LOOP -> random.nextBoolean() ? zipf(random, keys) : next + (i / 2) % (keys / 3);
                case RECENT ->
                    random.nextInt(4) == 0 ? next++ : next - 1 - (long) (-Math.log(1 - random.nextDouble()) * keys / 8);
            };
            trace.add(id, 1);
        }
        return trace.build();
    }

    /** A number below {@code keys} by Zipf's law with an exponent of 0.9, by inverting its integral. */
    private static int zipf(SplittableRandom random, int keys) {
        double most = Math.pow(keys + 1.0, 0.1) - 1;
        return Math.min(keys - 1, (int) (Math.pow(1 + random.nextDouble() * most, 10) - 1));
    }
}
