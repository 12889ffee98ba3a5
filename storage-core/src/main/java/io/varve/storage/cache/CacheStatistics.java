package io.varve.storage.cache;

import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;

/** What a cache did since it was opened. Thread-safe; the figures are read one by one, so they need not fit together exactly. */
public final class CacheStatistics {
    /** Why entries left. */
    public enum Cause {
        /** There was need for room. */
        ROOM,
        /** Their time was over. */
        EXPIRED,
        /** Another value of the same key took their place. */
        REPLACED,
        /** They were deleted, by key or by tag. */
        DELETED,
        /** They did not verify, or their segment was withdrawn. */
        DAMAGED;

        /** The name in metrics. */
        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Why a value was not taken in. */
    public enum Drop {
        /** All buffers for what waits to be written were full: the disk takes no more than it does. */
        BUSY,
        /** It is longer than the cache, or its free buffers, take at once. */
        LONG,
        /** The device fails, or has no room. */
        FAILING;

        /** The name in metrics. */
        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private final LongAdder hits = new LongAdder();
    private final LongAdder misses = new LongAdder();
    private final LongAdder puts = new LongAdder();
    private final Map<Drop, LongAdder> dropped = new EnumMap<>(Drop.class);
    private final LongAdder bytesServed = new LongAdder();
    private final LongAdder bytesTaken = new LongAdder();
    private final LongAdder bytesEncoded = new LongAdder();
    private final LongAdder bytesStored = new LongAdder();
    private final LongAdder bytesAppended = new LongAdder();
    private final LongAdder bytesWritten = new LongAdder();
    private final LongAdder deviceReads = new LongAdder();
    private final LongAdder deviceFailures = new LongAdder();
    private final Map<Cause, LongAdder> left = new EnumMap<>(Cause.class);
    private final Latencies gets = new Latencies();
    private final Latencies writes = new Latencies();

    CacheStatistics() {
        for (Cause cause : Cause.values()) {
            left.put(cause, new LongAdder());
        }
        for (Drop reason : Drop.values()) {
            dropped.put(reason, new LongAdder());
        }
    }

    void hit(int bytes) {
        hits.increment();
        bytesServed.add(bytes);
    }

    void missed() {
        misses.increment();
    }

    void put(int bytes) {
        puts.increment();
        bytesTaken.add(bytes);
    }

    void encoded(int plain, int stored) {
        bytesEncoded.add(plain);
        bytesStored.add(stored);
    }

    void putDropped(Drop reason) {
        Objects.requireNonNull(dropped.get(reason)).increment();
    }

    void appended(int bytes) {
        bytesAppended.add(bytes);
    }

    void wrote(long bytes) {
        bytesWritten.add(bytes);
    }

    void read(int count) {
        deviceReads.add(count);
    }

    void deviceFailed() {
        deviceFailures.increment();
    }

    void entryLeft(Cause cause) {
        Objects.requireNonNull(left.get(cause)).increment();
    }

    /** Look-ups that found their entry. */
    public long hits() {
        return hits.sum();
    }

    /** Look-ups that did not. */
    public long misses() {
        return misses.sum();
    }

    /** Values that were taken in. */
    public long puts() {
        return puts.sum();
    }

    /** Values that were not. */
    public long droppedPuts() {
        return dropped.values().stream().mapToLong(LongAdder::sum).sum();
    }

    /** Values that were not, for a reason. */
    public long droppedPuts(Drop reason) {
        return Objects.requireNonNull(dropped.get(reason)).sum();
    }

    /** Bytes of values given out. */
    public long bytesServed() {
        return bytesServed.sum();
    }

    /** Bytes of values taken in. */
    public long bytesTaken() {
        return bytesTaken.sum();
    }

    /** Bytes written to the device. */
    public long bytesWritten() {
        return bytesWritten.sum();
    }

    /** Bytes of entries appended: those taken in, and those that moved from one segment to another. */
    public long bytesAppended() {
        return bytesAppended.sum();
    }

    /** Bytes written to the device for each byte taken in; 1 before anything was. */
    public double writeAmplification() {
        long taken = bytesTaken();
        return taken == 0 ? 1 : (double) bytesWritten() / taken;
    }

    /** Bytes of values for each byte that they were stored as, in the mean of what was to be set; 1 before anything was. */
    public double compressionRatio() {
        long stored = bytesStored.sum();
        return stored == 0 ? 1 : (double) bytesEncoded.sum() / stored;
    }

    /** Reads of single entries that went to the device. */
    public long deviceReads() {
        return deviceReads.sum();
    }

    /** Operations that the device failed. */
    public long deviceFailures() {
        return deviceFailures.sum();
    }

    /** How many entries left for a reason. */
    public long left(Cause cause) {
        return Objects.requireNonNull(left.get(cause)).sum();
    }

    /** How long look-ups took that found their entry on the device. */
    public Latencies gets() {
        return gets;
    }

    /** How long writes of batches took. */
    public Latencies writes() {
        return writes;
    }
}
