package io.varve.storage.delta;

import com.github.luben.zstd.Zstd;
import io.varve.storage.chunking.Chunker;
import io.varve.storage.chunking.ChunkingParameters;
import io.varve.storage.fingerprint.Fingerprint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Versions of real files, cut into chunks: what a directory holds, its entries being the versions in the order of their names. A version is
 * one file, or a tree of files, each of which is the next version of the one with the same path.
 */
final class Corpus {
    /** What background work encodes single chunks with. */
    private static final int LEVEL = 6;

    private final List<List<FileVersion>> versions = new ArrayList<>();
    private final Map<Fingerprint, Chunk> chunks = new HashMap<>();

    /** A chunk; the same object wherever it occurs. */
    static final class Chunk {
        final byte[] plain;

        /** What it takes without a base. */
        final int storedBytes;

        private Chunk(byte[] plain) {
            this.plain = plain;
            this.storedBytes = Math.min(plain.length, Zstd.compress(plain, LEVEL).length);
        }
    }

    /** A file in one version. */
    record FileVersion(String path, List<Chunk> chunks) {}

    Corpus(Path directory, ChunkingParameters parameters) throws IOException {
        for (Path version : entries(directory)) {
            Map<String, List<Chunk>> files = new LinkedHashMap<>();
            for (Path file : files(version)) {
                String path =
                        version.equals(file) ? "" : version.relativize(file).toString();
                files.put(path, cut(Files.readAllBytes(file), parameters));
            }
            versions.add(files.entrySet().stream()
                    .map(file -> new FileVersion(file.getKey(), file.getValue()))
                    .toList());
        }
    }

    List<List<FileVersion>> versions() {
        return versions;
    }

    private static List<Path> entries(Path directory) throws IOException {
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.sorted().toList();
        }
    }

    private static List<Path> files(Path version) throws IOException {
        try (Stream<Path> files = Files.walk(version)) {
            return files.filter(Files::isRegularFile).sorted().toList();
        }
    }

    private List<Chunk> cut(byte[] content, ChunkingParameters parameters) {
        List<Chunk> cut = new ArrayList<>();
        Chunker chunker = Chunker.of(parameters);
        int length;
        for (int start = 0; start < content.length; start += length) {
            length = chunker.next(content, start, content.length - start, true);
            byte[] plain = Arrays.copyOfRange(content, start, start + length);
            cut.add(chunks.computeIfAbsent(Fingerprint.of(plain, 0, length), ignored -> new Chunk(plain)));
        }
        return cut;
    }
}
