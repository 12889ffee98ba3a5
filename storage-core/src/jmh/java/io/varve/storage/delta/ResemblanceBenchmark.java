package io.varve.storage.delta;

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

/** How fast super-features are found. One operation is one byte, so operations per microsecond are MB/s. */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class ResemblanceBenchmark {
    private static final int STREAM_BYTES = 16 << 20;
    private static final int CHUNK_BYTES = 64 << 10;

    @Param({"ODESS", "ODESS_PAPER", "ODESS_SIX_PAIRS", "FINESSE"})
    private Detector detector = Detector.ODESS;

    @Param({"RANDOM", "TEXT"})
    private Edits.Kind kind = Edits.Kind.RANDOM;

    private byte[] stream = {};

    @Setup
    public void fill() {
        stream = kind.make(new Random(1), STREAM_BYTES);
    }

    @Benchmark
    @OperationsPerInvocation(STREAM_BYTES)
    public long superFeatures() {
        long all = 0;
        for (int offset = 0; offset < STREAM_BYTES; offset += CHUNK_BYTES) {
            for (long each : detector.superFeatures(stream, offset, CHUNK_BYTES)) {
                all ^= each;
            }
        }
        return all;
    }
}
