package io.varve.storage.chunking;

import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** How fast a stream is cut. One operation is one byte, so operations per microsecond are MB/s. */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class ChunkerBenchmark {

    /** More than the caches hold, so that the bytes come from memory as those of a stream do. */
    private static final int STREAM_BYTES = 64 << 20;

    /** What a request hands over at once. */
    private static final int SLICE_BYTES = 64 << 10;

    @Param({"default", "thrifty", "classic"})
    private String profile = "default";

    private final byte[] stream = new byte[STREAM_BYTES];
    private ChunkingParameters parameters = ChunkingParameters.DEFAULT;

    @Setup
    public void fill() {
        new Random(1).nextBytes(stream);
        parameters = ChunkingParameters.parse(profile);
    }

    /** The stream arrives in slices, as it does from a socket. */
    @Benchmark
    @OperationsPerInvocation(STREAM_BYTES)
    public int cut() {
        Chunker chunker = Chunker.of(parameters);
        int chunks = 0;
        int start = 0;
        int arrived = 0;
        while (start < STREAM_BYTES) {
            int length = chunker.next(stream, start, arrived - start, arrived == STREAM_BYTES);
            if (length == Chunker.MORE) {
                arrived = Math.min(arrived + SLICE_BYTES, STREAM_BYTES);
            } else {
                start += length;
                chunks++;
            }
        }
        return chunks;
    }
}
