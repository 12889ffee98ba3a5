package io.varve.storage.fingerprint;

import io.varve.storage.chunking.Chunker;
import io.varve.storage.chunking.ChunkingParameters;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * SHA-256 of the chunks of 4 MiB of random data, which is one batch of an ingest: one chunk after the other, and in vector lanes. One
 * operation is one byte, so operations per microsecond are MB/s.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class FingerprintBenchmark {
    private static final int BATCH_BYTES = 4 << 20;

    private final List<ByteBuffer> chunks = new ArrayList<>();

    @Setup
    public void fill() {
        byte[] batch = new byte[BATCH_BYTES];
        new Random(1).nextBytes(batch);
        Chunker chunker = Chunker.of(ChunkingParameters.DEFAULT);
        for (int at = 0; at < BATCH_BYTES; ) {
            int length = chunker.next(batch, at, BATCH_BYTES - at, true);
            chunks.add(ByteBuffer.wrap(batch, at, length));
            at += length;
        }
    }

    @Benchmark
    @OperationsPerInvocation(BATCH_BYTES)
    public List<Fingerprint> oneByOne() {
        return chunks.stream().map(Fingerprint::of).toList();
    }

    @Benchmark
    @OperationsPerInvocation(BATCH_BYTES)
    public List<Fingerprint> inLanes() {
        return Sha256Lanes.of(chunks);
    }
}
