package io.varve.storage.delta;

import io.varve.storage.chunking.ChunkingParameters;
import io.varve.storage.delta.Corpus.Chunk;
import io.varve.storage.delta.Corpus.FileVersion;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.AuxCounters;
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
 * What chunks of real files take in frames, against each compressed by itself at the same level: run with {@code -p corpus=DIRECTORY},
 * several with commas between them; {@link Corpus} says what such a directory holds.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 0)
@Measurement(iterations = 1)
@Fork(1)
public class FrameBenchmark {

    @Param("none")
    private String corpus = "none";

    @Param("default")
    private String profile = "default";

    private Optional<Corpus> loaded = Optional.empty();

    /** What is counted, over all chunks without duplicates. */
    @State(Scope.Thread)
    @AuxCounters(AuxCounters.Type.EVENTS)
    public static class Counts {
        /** Their bytes. */
        public long uniqueBytes;

        /** Each compressed by itself. */
        public long singleBytes;

        /** In frames, with their directories. */
        public long framedBytes;
    }

    @Setup
    public void load() throws IOException {
        if (corpus.equals("none")) {
            throw new IllegalArgumentException("Name a directory of versions: -p corpus=DIRECTORY");
        }
        loaded = Optional.of(new Corpus(Path.of(corpus), ChunkingParameters.parse(profile)));
    }

    /** Each chunk stands in the frame of the neighbours it has first. */
    @Benchmark
    public void frames(Counts counts) {
        Set<Chunk> done = new HashSet<>();
        FrameBuilder builder = new FrameBuilder();
        for (List<FileVersion> version : loaded.orElseThrow().versions()) {
            for (FileVersion file : version) {
                for (Chunk chunk : file.chunks()) {
                    if (done.add(chunk)) {
                        counts.uniqueBytes += chunk.plain.length;
                        counts.singleBytes += chunk.storedBytes;
                        if (!builder.fits(chunk.plain.length)) {
                            counts.framedBytes += builder.encode().remaining();
                        }
                        builder.add(ByteBuffer.allocate(Frame.FINGERPRINT_BYTES), 0, chunk.plain);
                    }
                }
            }
        }
        counts.framedBytes += builder.encode().remaining();
    }
}
