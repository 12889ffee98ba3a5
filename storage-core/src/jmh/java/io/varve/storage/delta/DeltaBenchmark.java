package io.varve.storage.delta;

import io.varve.storage.io.CorruptionException;
import java.nio.ByteBuffer;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * How long an edited chunk takes to be encoded against its original, and to be decoded. The length over the microseconds is MB/s.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class DeltaBenchmark {
    private static final int BYTES_PER_EDIT = 4000;

    @Param({"16384", "65536", "262144", "1048576", "4194304"})
    private int length = 65536;

    @Param({"RANDOM", "TEXT"})
    private Edits.Kind kind = Edits.Kind.TEXT;

    private byte[] base = {};
    private byte[] target = {};
    private ByteBuffer delta = ByteBuffer.allocate(0);

    @Setup
    public void edit() {
        Random random = new Random(1);
        base = kind.make(random, length);
        target = Edits.edit(base, length / BYTES_PER_EDIT, kind, random);
        delta = encode();
    }

    @Benchmark
    public ByteBuffer encode() {
        return DeltaCodec.encode(target, 0, target.length, base, target.length).orElseThrow();
    }

    @Benchmark
    public byte[] decode() throws CorruptionException {
        return DeltaCodec.decode(delta, base, target.length);
    }
}
