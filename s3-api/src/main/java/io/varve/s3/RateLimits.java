package io.varve.s3;

import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/**
 * Lets each user send so many requests a second, and as many at once after a pause of a second (a token bucket). Thread-safe.
 */
final class RateLimits {
    private static final long SECOND_NANOS = 1_000_000_000L;

    /** When more users than that are remembered, those who may send at once anyway are forgotten. */
    private static final int REMEMBERED_MAX = 10_000;

    private volatile long perSecond;
    private final LongSupplier nanoTime;

    /** When the last request that was let through would have been due if all came at the allowed pace. */
    private final ConcurrentHashMap<String, Long> due = new ConcurrentHashMap<>();

    /**
     * @param perSecond requests of a user in a second; 0 for any number
     * @param nanoTime a clock for distances
     */
    RateLimits(int perSecond, LongSupplier nanoTime) {
        this.perSecond = perSecond;
        this.nanoTime = nanoTime;
    }

    /** Goes on with another limit. */
    void adjust(int requestsPerSecond) {
        perSecond = requestsPerSecond;
    }

    /** Whether a request may be served now; it then counts. */
    boolean admits(String user) {
        long limit = perSecond;
        if (limit == 0) {
            return true;
        }
        long now = nanoTime.getAsLong();
        long pace = SECOND_NANOS / limit;
        if (due.size() > REMEMBERED_MAX) {
            due.values().removeIf(last -> last - now < 0);
        }
        boolean[] admitted = new boolean[1];
        due.compute(user, (ignored, last) -> {
            long earliest = now - SECOND_NANOS + pace;
            long from = last == null || last - earliest < 0 ? earliest : last;
            admitted[0] = from - now <= 0;
            return admitted[0] ? from + pace : from;
        });
        return admitted[0];
    }
}
