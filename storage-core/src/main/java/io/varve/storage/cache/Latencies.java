package io.varve.storage.cache;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;

/** A histogram of times by powers of two of microseconds, from below 2 µs to above 8 s. Thread-safe. */
public final class Latencies {
    private static final int BUCKETS = 24;

    private final AtomicLongArray counts = new AtomicLongArray(BUCKETS);
    private final AtomicLong nanos = new AtomicLong();

    Latencies() {}

    void record(long tookNanos) {
        long micros = Math.max(1, tookNanos / 1000);
        counts.incrementAndGet(Math.min(BUCKETS - 1, Long.SIZE - 1 - Long.numberOfLeadingZeros(micros)));
        nanos.addAndGet(tookNanos);
    }

    /** How many times were measured. */
    public long count() {
        long sum = 0;
        for (int i = 0; i < BUCKETS; i++) {
            sum += counts.get(i);
        }
        return sum;
    }

    /** Their sum, in seconds. */
    public double sumSeconds() {
        return nanos.get() / 1e9;
    }

    /**
     * A quantile's upper bound in microseconds, accurate to a factor of two; 0 if nothing was measured.
     *
     * @param quantile 0 to 1
     */
    public long quantileMicros(double quantile) {
        long rank = (long) Math.ceil(quantile * count());
        long seen = 0;
        for (int i = 0; i < BUCKETS; i++) {
            seen += counts.get(i);
            if (seen >= rank && seen > 0) {
                return 2L << i;
            }
        }
        return 0;
    }
}
