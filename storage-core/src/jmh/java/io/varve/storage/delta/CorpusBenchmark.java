package io.varve.storage.delta;

import io.varve.storage.chunking.ChunkingParameters;
import io.varve.storage.delta.Corpus.Chunk;
import io.varve.storage.delta.Corpus.FileVersion;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
 * What versions of real files take, by the way similar chunks are found: run with {@code -p corpus=DIRECTORY}, several with commas between
 * them; {@link Corpus} says what such a directory holds. Each version is stored in turn; its new chunks of more than 4 KiB, which are
 * those with a place of their own on disk, are tried as deltas of older ones.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 0)
@Measurement(iterations = 1)
@Fork(1)
public class CorpusBenchmark {
    private static final int INLINE_BYTES_MAX = 4096;

    @Param("none")
    private String corpus = "none";

    @Param("default")
    private String profile = "default";

    @Param({"NONE", "FINESSE", "ODESS_PAPER", "ODESS_TRIPLES", "ODESS", "ODESS_SIX_PAIRS"})
    private Detector detector = Detector.NONE;

    /** Whether the neighbour at the aligned place counts as a candidate. */
    @Param({"false", "true"})
    private boolean aligned;

    /** Whether the version's strategy says what is tried; otherwise everything is. */
    @Param("true")
    private boolean ruled = true;

    private Optional<Corpus> loaded = Optional.empty();

    private final ChainRules rules = ChainRules.DEFAULT;
    private final Map<Chunk, List<Chunk>> chains = new HashMap<>();
    private final List<Map<Long, Chunk>> index = new ArrayList<>();

    /** What is counted. */
    @State(Scope.Thread)
    @AuxCounters(AuxCounters.Type.EVENTS)
    public static class Counts {
        /** Different chunks of more than 4 KiB. */
        public long chunks;

        /** Those that share a super-feature with an older one. */
        public long similar;

        /** Those stored as deltas. */
        public long deltas;

        /** Bases that were tried. */
        public long tries;

        /** Those of them that were aligned neighbours. */
        public long alignedTries;

        /** Those of them that became the base. */
        public long alignedDeltas;

        /** Bytes of all chunks, without duplicates. */
        public long uniqueBytes;

        /** The same, each chunk compressed by itself. */
        public long plainStoredBytes;

        /** The same, with deltas. */
        public long storedBytes;
    }

    @Setup
    public void load() throws IOException {
        if (corpus.equals("none")) {
            throw new IllegalArgumentException("Name a directory of versions: -p corpus=DIRECTORY");
        }
        loaded = Optional.of(new Corpus(Path.of(corpus), ChunkingParameters.parse(profile)));
    }

    @Benchmark
    public void deltas(Counts counts) {
        Map<String, List<Chunk>> previous = new HashMap<>();
        for (List<FileVersion> version : loaded.orElseThrow().versions()) {
            for (FileVersion file : version) {
                store(file, previous.getOrDefault(file.path(), List.of()), counts);
                previous.put(file.path(), file.chunks());
            }
        }
    }

    private void store(FileVersion file, List<Chunk> previous, Counts counts) {
        Set<Chunk> added = new HashSet<>(file.chunks());
        added.removeAll(chains.keySet());
        Map<Chunk, long[]> features = new HashMap<>();
        for (Chunk chunk : added) {
            features.put(
                    chunk,
                    chunk.plain.length > INLINE_BYTES_MAX
                            ? detector.superFeatures(chunk.plain, 0, chunk.plain.length)
                            : new long[0]);
        }
        VersionStrategy strategy = ruled ? match(file.chunks(), features).strategy() : VersionStrategy.DELTA;
        Map<Chunk, Chunk> neighbours = aligned ? neighbours(file.chunks(), previous) : Map.of();
        for (Chunk chunk : file.chunks()) {
            if (added.remove(chunk)) {
                store(chunk, features.getOrDefault(chunk, new long[0]), neighbours, strategy, counts);
            }
        }
    }

    /** Similarity within the version counts, too. */
    private VersionMatch match(List<Chunk> chunks, Map<Chunk, long[]> features) {
        Set<Chunk> met = new HashSet<>();
        List<Set<Long>> seen = new ArrayList<>();
        long known = 0;
        long similar = 0;
        for (Chunk chunk : chunks) {
            if (chains.containsKey(chunk) || !met.add(chunk)) {
                known++;
                continue;
            }
            long[] found = features.getOrDefault(chunk, new long[0]);
            boolean resembles = !shared(found).isEmpty();
            for (int i = 0; i < found.length; i++) {
                if (i == seen.size()) {
                    seen.add(new HashSet<>());
                }
                resembles |= !seen.get(i).add(found[i]);
            }
            similar += resembles ? 1 : 0;
        }
        return new VersionMatch(chunks.size(), known, similar);
    }

    private void store(
            Chunk chunk, long[] features, Map<Chunk, Chunk> neighbours, VersionStrategy strategy, Counts counts) {
        counts.uniqueBytes += chunk.plain.length;
        counts.plainStoredBytes += chunk.storedBytes;
        int stored = chunk.storedBytes;
        boolean byPlace = false;
        chains.put(chunk, List.of());
        if (chunk.plain.length > INLINE_BYTES_MAX) {
            List<Candidate<Chunk>> found = new ArrayList<>();
            shared(features).forEach((base, shared) -> found.add(candidate(base, shared)));
            counts.chunks++;
            counts.similar += found.isEmpty() ? 0 : 1;
            Chunk neighbour = neighbours.get(chunk);
            if (neighbour != null && neighbour.plain.length > INLINE_BYTES_MAX) {
                found.add(candidate(neighbour, 0));
            }
            for (Candidate<Chunk> each : rules.toTry(chunk, 0, strategy, found)) {
                counts.tries++;
                counts.alignedTries += each.shared() == 0 ? 1 : 0;
                Optional<ByteBuffer> delta =
                        DeltaCodec.encode(chunk.plain, 0, chunk.plain.length, each.base().plain, chunk.storedBytes);
                if (delta.isPresent() && delta.get().remaining() < stored) {
                    stored = delta.get().remaining();
                    byPlace = each.shared() == 0;
                    List<Chunk> chain = new ArrayList<>(each.chain());
                    chain.addFirst(each.base());
                    chains.put(chunk, chain);
                }
            }
            counts.deltas += stored < chunk.storedBytes ? 1 : 0;
            counts.alignedDeltas += byPlace ? 1 : 0;
            remember(chunk, features);
        }
        counts.storedBytes += stored;
    }

    private Candidate<Chunk> candidate(Chunk base, int shared) {
        return new Candidate<>(base, shared, chains.getOrDefault(base, List.of()));
    }

    /** The newest chunk with each super-feature that may still be a base, and how many of them it shares. */
    private Map<Chunk, Integer> shared(long[] features) {
        Map<Chunk, Integer> shared = new LinkedHashMap<>();
        for (int i = 0; i < Math.min(features.length, index.size()); i++) {
            Chunk chunk = index.get(i).get(features[i]);
            if (chunk != null) {
                shared.merge(chunk, 1, Integer::sum);
            }
        }
        shared.replaceAll((chunk, count) -> Math.min(count, 3));
        return shared;
    }

    private void remember(Chunk chunk, long[] features) {
        if (chains.getOrDefault(chunk, List.of()).size() < rules.depthMax()) {
            for (int i = 0; i < features.length; i++) {
                if (i == index.size()) {
                    index.add(new HashMap<>());
                }
                index.get(i).put(features[i], chunk);
            }
        }
    }

    /** For each chunk that the previous version does not have, the one at its place, counted from the last chunk both have. */
    private static Map<Chunk, Chunk> neighbours(List<Chunk> chunks, List<Chunk> previous) {
        Map<Chunk, Integer> places = new HashMap<>();
        long[] starts = new long[previous.size()];
        long start = 0;
        for (int i = 0; i < starts.length; i++) {
            places.putIfAbsent(previous.get(i), i);
            starts[i] = start;
            start += previous.get(i).plain.length;
        }
        Map<Chunk, Chunk> neighbours = new HashMap<>();
        int common = -1;
        long position = 0;
        long shift = 0;
        for (Chunk chunk : chunks) {
            int place = places.getOrDefault(chunk, -1);
            if (place > common) {
                common = place;
                shift = starts[place] - position;
            } else if (place < 0) {
                int found = Arrays.binarySearch(starts, position + chunk.plain.length / 2 + shift);
                int at = Math.max(found < 0 ? -found - 2 : found, common + 1);
                if (at < starts.length) {
                    neighbours.put(chunk, previous.get(at));
                }
            }
            position += chunk.plain.length;
        }
        return neighbours;
    }
}
