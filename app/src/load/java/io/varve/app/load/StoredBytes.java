package io.varve.app.load;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a store takes on disk.
 *
 * @param files that it has
 * @param bytes the sum of their lengths
 * @param blocks what the file system gives them: lengths rounded up, holes left out, with directories
 * @param parts lengths by the first name below the data directory, with what ends there as {@code other}
 */
record StoredBytes(long files, long bytes, long blocks, Map<String, Long> parts) {
    /** Looks at everything under a directory, which may change meanwhile. */
    static StoredBytes of(Path data, BoundedCommands commands) throws IOException {
        Map<String, Long> parts = new TreeMap<>();
        long[] count = new long[1];
        Files.walkFileTree(data, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path path, BasicFileAttributes attributes) {
                Path inside = data.relativize(path);
                String part = inside.getNameCount() > 1 ? inside.getName(0).toString() : "other";
                parts.merge(part, attributes.size(), Long::sum);
                count[0]++;
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path path, IOException failure) throws IOException {
                if (failure instanceof NoSuchFileException) {
                    // It went away since it was listed: a log of the metadata store, for example.
                    return FileVisitResult.CONTINUE;
                }
                throw failure;
            }
        });
        long bytes = parts.values().stream().mapToLong(Long::longValue).sum();
        String told = commands.firstLine(List.of("du", "-s", "-B1", data.toString()));
        return new StoredBytes(count[0], bytes, Long.parseLong(told.substring(0, told.indexOf('\t'))), parts);
    }
}
