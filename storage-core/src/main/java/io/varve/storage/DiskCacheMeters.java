package io.varve.storage;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.varve.storage.cache.CacheStatistics;
import io.varve.storage.cache.Latencies;
import io.varve.storage.cache.RawCache;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/** Shows the disk cache's figures as meters; their names and meaning stand in {@code docs/operations.md}. */
final class DiskCacheMeters {
    private DiskCacheMeters() {}

    static void bind(DiskCacheFile cache, MeterRegistry meters) {
        counter(meters, "varve.cache.disk.hits", "Chunks found in the disk cache", cache, s -> s.hits());
        counter(meters, "varve.cache.disk.misses", "Chunks not found there", cache, s -> s.misses());
        counter(meters, "varve.cache.disk.puts", "Chunks taken in", cache, s -> s.puts());
        for (CacheStatistics.Drop reason : CacheStatistics.Drop.values()) {
            FunctionCounter.builder(
                            "varve.cache.disk.dropped.puts",
                            cache,
                            c -> of(c, now -> now.statistics().droppedPuts(reason)))
                    .description("Chunks offered and not taken in, by the reason")
                    .tag("reason", reason.label())
                    .register(meters);
        }
        counter(meters, "varve.cache.disk.bytes.served", "Bytes given out", cache, s -> s.bytesServed());
        counter(meters, "varve.cache.disk.bytes.written", "Bytes written to the file", cache, s -> s.bytesWritten());
        counter(meters, "varve.cache.disk.failures", "Operations the device failed", cache, s -> s.deviceFailures());
        bindState(cache, meters);
        for (CacheStatistics.Cause cause : CacheStatistics.Cause.values()) {
            FunctionCounter.builder(
                            "varve.cache.disk.evictions",
                            cache,
                            c -> of(c, now -> now.statistics().left(cause)))
                    .description("Chunks that left the disk cache, by the reason")
                    .tag("cause", cause.label())
                    .register(meters);
        }
        times(meters, "varve.cache.disk.get", "Look-ups that read the device", cache, s -> s.gets());
        times(meters, "varve.cache.disk.write", "Writes of batches", cache, s -> s.writes());
    }

    /** A figure of the cache that is open now; 0 while there is none. */
    private static double of(DiskCacheFile file, ToDoubleFunction<RawCache> figure) {
        return file.cache().map(figure::applyAsDouble).orElse(0.0);
    }

    private static void bindState(DiskCacheFile cache, MeterRegistry meters) {
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
    private static void times(
            MeterRegistry meters,
            String name,
            String description,
            DiskCacheFile cache,
            Function<CacheStatistics, Latencies> times) {
        FunctionTimer.builder(
                        name,
                        cache,
                        c -> (long) of(c, now -> times.apply(now.statistics()).count()),
                        c -> of(c, now -> times.apply(now.statistics()).sumSeconds()),
                        TimeUnit.SECONDS)
                .description(description)
                .register(meters);
        for (double quantile : new double[] {0.5, 0.95, 0.99}) {
            ToDoubleFunction<RawCache> micros =
                    now -> times.apply(now.statistics()).quantileMicros(quantile);
            Gauge.builder(name + ".quantile.seconds", cache, c -> of(c, micros) / 1e6)
                    .description(description + ", upper bound of a quantile")
                    .tag("quantile", Double.toString(quantile))
                    .register(meters);
        }
    }

    private static void gauge(
            MeterRegistry meters,
            String name,
            String description,
            DiskCacheFile cache,
            ToDoubleFunction<RawCache> figure) {
        Gauge.builder(name, cache, c -> of(c, figure)).description(description).register(meters);
    }

    private static void counter(
            MeterRegistry meters,
            String name,
            String description,
            DiskCacheFile cache,
            ToDoubleFunction<CacheStatistics> figure) {
        FunctionCounter.builder(name, cache, c -> of(c, now -> figure.applyAsDouble(now.statistics())))
                .description(description)
                .register(meters);
    }
}
