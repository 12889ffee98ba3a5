package io.varve.storage;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.varve.storage.cache.CacheStatistics;
import io.varve.storage.cache.Latencies;
import io.varve.storage.cache.RawCache;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;

/** Shows the disk cache's figures as meters; their names and meaning stand in {@code docs/operations.md}. */
final class DiskCacheMeters {
    private DiskCacheMeters() {}

    static void bind(RawCache cache, MeterRegistry meters) {
        CacheStatistics done = cache.statistics();
        counter(meters, "varve.cache.disk.hits", "Chunks found in the disk cache", done, s -> s.hits());
        counter(meters, "varve.cache.disk.misses", "Chunks not found there", done, s -> s.misses());
        counter(meters, "varve.cache.disk.puts", "Chunks taken in", done, s -> s.puts());
        counter(meters, "varve.cache.disk.dropped.puts", "Chunks offered and not taken in", done, s -> s.droppedPuts());
        counter(meters, "varve.cache.disk.bytes.served", "Bytes given out", done, s -> s.bytesServed());
        counter(meters, "varve.cache.disk.bytes.written", "Bytes written to the file", done, s -> s.bytesWritten());
        counter(meters, "varve.cache.disk.failures", "Operations the device failed", done, s -> s.deviceFailures());
        bindState(cache, meters);
        for (CacheStatistics.Cause cause : CacheStatistics.Cause.values()) {
            FunctionCounter.builder("varve.cache.disk.evictions", done, s -> s.left(cause))
                    .description("Chunks that left the disk cache, by the reason")
                    .tag("cause", cause.label())
                    .register(meters);
        }
        times(meters, "varve.cache.disk.get", "Look-ups that read the device", done.gets());
        times(meters, "varve.cache.disk.write", "Writes of batches", done.writes());
    }

    private static void bindState(RawCache cache, MeterRegistry meters) {
        gauge(
                meters,
                "varve.cache.disk.write.amplification",
                "Bytes written for each taken in",
                cache,
                c -> c.statistics().writeAmplification());
        gauge(
                meters,
                "varve.cache.disk.entries",
                "Chunks in the disk cache",
                cache,
                c -> c.contents().entries());
        gauge(
                meters,
                "varve.cache.disk.bytes.max",
                "How large the file may become",
                cache,
                c -> c.contents().bytes());
        gauge(
                meters,
                "varve.cache.disk.bytes.used",
                "Bytes in full segments",
                cache,
                c -> c.contents().usedBytes());
        gauge(
                meters,
                "varve.cache.disk.fragmentation",
                "Share of them that counts no more",
                cache,
                c -> c.contents().fragmentation());
        gauge(
                meters,
                "varve.cache.disk.segments.quarantined",
                "Segments out of use",
                cache,
                c -> c.contents().quarantinedSegments());
        gauge(
                meters,
                "varve.cache.disk.queue.depth",
                "Writes that wait, and reads under way",
                cache,
                c -> c.contents().queueDepth());
        gauge(
                meters,
                "varve.cache.disk.memory.bytes",
                "Index and buffers outside the heap",
                cache,
                c -> c.contents().memoryBytes() + c.contents().indexBytes());
        gauge(
                meters,
                "varve.cache.disk.bypassed",
                "1 if the cache is passed by",
                cache,
                c -> c.trouble().isPresent() ? 1 : 0);
    }

    /** A timer, and quantiles from its histogram. */
    private static void times(MeterRegistry meters, String name, String description, Latencies times) {
        FunctionTimer.builder(name, times, t -> t.count(), t -> t.sumSeconds(), TimeUnit.SECONDS)
                .description(description)
                .register(meters);
        for (double quantile : new double[] {0.5, 0.95, 0.99}) {
            Gauge.builder(name + ".quantile.seconds", times, t -> t.quantileMicros(quantile) / 1e6)
                    .description(description + ", upper bound of a quantile")
                    .tag("quantile", Double.toString(quantile))
                    .register(meters);
        }
    }

    private static void gauge(
            MeterRegistry meters, String name, String description, RawCache cache, ToDoubleFunction<RawCache> figure) {
        Gauge.builder(name, cache, figure).description(description).register(meters);
    }

    private static void counter(
            MeterRegistry meters,
            String name,
            String description,
            CacheStatistics source,
            ToDoubleFunction<CacheStatistics> figure) {
        FunctionCounter.builder(name, source, figure).description(description).register(meters);
    }
}
