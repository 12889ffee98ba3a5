package io.varve.app.server;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import io.varve.app.console.Throughput;
import io.varve.storage.StorageEngine;
import io.varve.storage.StoreStatistics;
import io.varve.storage.io.DiskSpace;
import io.varve.storage.namespace.Bucket;
import io.varve.storage.namespace.EntryPath;
import io.varve.storage.namespace.Usage;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.List;
import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** {@code /api/v1/overview}: how the store is and what it saves, for people who look. */
@RestController
@RequestMapping("/api/v1/overview")
class OverviewApi extends AdministratorApi {
    private final StorageEngine engine;
    private final MeterRegistry meters;
    private final Throughput throughput;
    private final LiveSettings settings;

    /**
     * Everything.
     *
     * @param store bytes before and after each way of saving
     * @param reencoding what was stored anew since the start
     * @param disk where the store lies
     * @param throughputSeconds the time between two samples
     * @param throughput the last samples, the oldest first
     * @param buckets what each holds now
     */
    record Overview(
            Health health,
            StoreStatistics store,
            Reencoding reencoding,
            Ingest ingest,
            Disk disk,
            long throughputSeconds,
            List<Throughput.Sample> throughput,
            List<BucketUse> buckets,
            ProcessUse process) {}

    /**
     * Re-encoding since the start.
     *
     * @param deltas chunks that became differences to others
     * @param framed chunks that were packed with their neighbours
     * @param alone chunks that were compressed harder
     * @param bytesBefore what those took before
     * @param bytesAfter what they take since
     */
    record Reencoding(long deltas, long framed, long alone, long bytesBefore, long bytesAfter) {}

    /**
     * What arrived since the start.
     *
     * @param bytesKnown bytes that were there already
     * @param bytesStored bytes that were new
     * @param bytesEncoded what those took when they arrived
     */
    record Ingest(long bytesKnown, long bytesStored, long bytesEncoded) {}

    /** The disk of the data directory. */
    record Disk(long totalBytes, long freeBytes, long reserveBytes) {}

    /** What a bucket holds now. */
    record BucketUse(String name, long files, long bytes) {}

    /** The process. */
    record ProcessUse(long uptimeSeconds, long heapBytes, long heapBytesMax) {}

    OverviewApi(StorageEngine engine, ServerMetrics metrics, Throughput throughput, LiveSettings settings) {
        super(engine.access());
        this.engine = engine;
        this.meters = metrics.registry();
        this.throughput = throughput;
        this.settings = settings;
    }

    @GetMapping
    Overview overview() throws IOException {
        return new Overview(
                Health.of(engine),
                engine.statistics(),
                new Reencoding(
                        counted("varve.reencode.chunks", "encoding", "delta"),
                        counted("varve.reencode.chunks", "encoding", "frame"),
                        counted("varve.reencode.chunks", "encoding", "alone"),
                        counted("varve.reencode.bytes.before"),
                        counted("varve.reencode.bytes.after")),
                new Ingest(
                        counted("varve.ingest.bytes.known"),
                        counted("varve.ingest.bytes.stored"),
                        counted("varve.ingest.bytes.encoded")),
                new Disk(
                        DiskSpace.totalBytes(settings.now().dataDir()),
                        engine.freeBytes(),
                        settings.now().store().freeSpaceReserveBytes()),
                Throughput.EVERY.toSeconds(),
                throughput.samples(),
                engine.namespace().buckets().stream().map(this::use).toList(),
                process());
    }

    private long counted(String name, String... tags) {
        return (long) meters.find(name).tags(tags).functionCounters().stream()
                .mapToDouble(FunctionCounter::count)
                .sum();
    }

    private BucketUse use(Bucket bucket) {
        Usage usage = engine.namespace().usage(EntryPath.root(bucket.name()));
        return new BucketUse(bucket.name(), usage.files(), usage.bytes());
    }

    private static ProcessUse process() {
        var heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage();
        return new ProcessUse(ManagementFactory.getRuntimeMXBean().getUptime() / 1000, heap.getUsed(), heap.getMax());
    }

    @ExceptionHandler(IOException.class)
    ResponseEntity<ProblemDetail> failed(IOException failure) {
        return problem(HttpStatus.SERVICE_UNAVAILABLE, "The store could not do it: " + failure.getMessage());
    }
}
