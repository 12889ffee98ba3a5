package io.varve.app.load;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * A series of versions of one thing: all of them files, or all of them directories.
 *
 * @param name short
 * @param versions oldest first
 */
record Corpus(String name, List<Path> versions) {
    Corpus {
        versions = List.copyOf(versions);
        if (versions.isEmpty()) {
            throw new IllegalArgumentException("The corpus " + name + " is empty.");
        }
    }

    /**
     * Every file or directory in a directory, in the order of their names, but those whose names begin with a dot.
     *
     * @throws IOException if it holds nothing, or files beside directories
     */
    static Corpus of(String name, Path directory) throws IOException {
        List<Path> versions;
        try (Stream<Path> entries = Files.list(directory)) {
            versions = entries.filter(
                            entry -> !String.valueOf(entry.getFileName()).startsWith("."))
                    .sorted()
                    .map(Path::toAbsolutePath)
                    .toList();
        }
        long directories = versions.stream().filter(Files::isDirectory).count();
        if (versions.isEmpty() || (directories != 0 && directories != versions.size())) {
            throw new IOException(directory + " does not hold versions that are all files or all directories.");
        }
        return new Corpus(name, versions);
    }

    /** The directory that a path lies in. */
    static Path folder(Path path) {
        Path parent = path.toAbsolutePath().getParent();
        return parent == null ? path : parent;
    }

    /** The lengths of all files of all versions. */
    long bytes() throws IOException {
        long sum = 0;
        for (Path version : versions) {
            sum += bytes(version);
        }
        return sum;
    }

    /** The lengths of all files of a version. */
    static long bytes(Path version) throws IOException {
        long sum = 0;
        for (Path file : files(version)) {
            sum += Files.size(file);
        }
        return sum;
    }

    /** The files of a version, in order: itself if it is one. Links are not followed and left out. */
    static List<Path> files(Path version) throws IOException {
        try (Stream<Path> paths = Files.walk(version)) {
            return paths.filter(path -> Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS))
                    .sorted()
                    .toList();
        }
    }
}
