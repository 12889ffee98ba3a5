package io.varve.app.packaged;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The classes of a start, kept for the next ones, as {@code ./varve} keeps them: half of a start's processor time. Made once for each build, by the
 * first process of tests that asks. Without it everything works, slower.
 */
final class StartCache {
    private static final Path FILE = Path.of("target", "tests.aot").toAbsolutePath();
    private static final Path LOCK = Path.of("target", "tests.aot.lock").toAbsolutePath();
    private static final int SECONDS_MAX = 180;

    private static Optional<List<String>> found = Optional.empty();

    private StartCache() {}

    /**
     * The options that have a Java machine use the cache; none if there is none.
     *
     * @param java the program
     * @param options what it is run with, otherwise
     */
    static synchronized List<String> options(Path java, List<String> options, Path jar) throws IOException {
        if (found.isEmpty()) {
            found = Optional.of(find(java, options, jar));
        }
        return found.get();
    }

    private static List<String> find(Path java, List<String> options, Path jar) throws IOException {
        try (FileChannel channel = FileChannel.open(LOCK, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock lock = channel.lock()) {
            if (lock.isValid() && !isOf(jar)) {
                Files.deleteIfExists(FILE);
                make(java, options, jar);
            }
        }
        // Should it not fit after all, the machine goes on without it, and says nothing in the program's output.
        return Files.exists(FILE) ? List.of("-XX:AOTCache=" + FILE, "-Xlog:aot*=off,cds*=off") : List.of();
    }

    private static boolean isOf(Path jar) throws IOException {
        return Files.exists(FILE) && Files.getLastModifiedTime(FILE).compareTo(Files.getLastModifiedTime(jar)) >= 0;
    }

    /** Starts a server on an empty directory up to where it would serve. */
    private static void make(Path java, List<String> options, Path jar) throws IOException {
        Path scratch = Files.createTempDirectory("varve-start-");
        List<String> command = new ArrayList<>(List.of(java.toString()));
        command.addAll(options);
        command.addAll(List.of(
                "-XX:AOTCacheOutput=" + FILE,
                "-Djava.io.tmpdir=" + scratch,
                "-Dspring.context.exit=onRefresh",
                "-jar",
                jar.toString(),
                "serve",
                "--port=0",
                "--s3.port=0",
                "--data-dir=" + scratch.resolve("data")));
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD);
        builder.environment().keySet().removeIf(name -> name.startsWith("VARVE_") || name.equals("JAVA_TOOL_OPTIONS"));
        Process process = builder.start();
        boolean whole = false;
        try {
            whole = process.waitFor(SECONDS_MAX, TimeUnit.SECONDS) && process.exitValue() == 0;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            process.destroyForcibly();
            if (!whole) {
                Files.deleteIfExists(FILE);
            }
            removeAll(scratch);
        }
    }

    private static void removeAll(Path directory) throws IOException {
        try (Stream<Path> paths = Files.walk(directory)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        }
    }
}
