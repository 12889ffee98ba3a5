package io.varve.app.load;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Runs other programs one after the other, each for a limited time, and tells what they took: the shell around each asks the system for
 * the processor time of everything it waited for ({@code times}, POSIX.1-2017). A command that takes too long, or is still running when this
 * program ends, is ended by its id with all its children. One thread at a time.
 */
final class BoundedCommands implements AutoCloseable {
    private static final String TIMED = "\"$@\"; status=$?; times > \"$0\"; exit $status";
    private static final Pattern TIME = Pattern.compile("(\\d+)m([\\d.]+)s");
    private static final int LOG_BYTES_TOLD = 2000;

    private final Path scratch;
    private final Duration max;
    private final Thread atExit = new Thread(this::endRunning, "end-command");
    private volatile @Nullable Process running;

    /**
     * Commands.
     *
     * @param scratch a directory for what commands print; it exists
     * @param max the longest that one may take
     */
    BoundedCommands(Path scratch, Duration max) {
        this.scratch = scratch;
        this.max = max;
        Runtime.getRuntime().addShutdownHook(atExit);
    }

    /**
     * Runs a command in a directory.
     *
     * @param environment is added to that of this program
     * @throws IOException if it cannot be started, fails, or takes too long, with the last that it printed
     */
    Cost run(Path directory, Map<String, String> environment, List<String> command) throws IOException {
        Path log = scratch.resolve("command.log");
        Path times = scratch.resolve("command.times");
        List<String> words = new ArrayList<>(List.of("sh", "-c", TIMED, times.toString()));
        words.addAll(command);
        ProcessBuilder builder = new ProcessBuilder(words)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        builder.environment().putAll(environment);
        long begin = System.nanoTime();
        Process process = builder.start();
        running = process;
        try {
            process.getOutputStream().close();
            if (!process.waitFor(max.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new IOException(command + " took longer than " + max + ".");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("Interrupted while a command ran.", e);
        } finally {
            endRunning();
        }
        double seconds = (System.nanoTime() - begin) / 1e9;
        if (process.exitValue() != 0) {
            byte[] said = Files.readAllBytes(log);
            int from = Math.max(0, said.length - LOG_BYTES_TOLD);
            String last = new String(said, from, said.length - from, StandardCharsets.UTF_8);
            throw new IOException(command + " ended with status " + process.exitValue() + ":\n" + last);
        }
        return new Cost(seconds, childrenSeconds(Files.readString(times)), 0);
    }

    /** The first line that a command prints; it must succeed. */
    String firstLine(List<String> command) throws IOException {
        run(scratch, Map.of(), command);
        return Files.readString(scratch.resolve("command.log"))
                .lines()
                .findFirst()
                .orElse("");
    }

    /** All that the last command printed. */
    String printed() throws IOException {
        return Files.readString(scratch.resolve("command.log"));
    }

    @Override
    public void close() {
        endRunning();
        Runtime.getRuntime().removeShutdownHook(atExit);
    }

    private void endRunning() {
        Process process = running;
        running = null;
        if (process != null && process.isAlive()) {
            Stream.concat(process.descendants(), Stream.of(process.toHandle()))
                    .toList()
                    .forEach(ProcessHandle::destroyForcibly);
        }
    }

    /** The second line tells user and system time of those waited for, as {@code 0m1.250000s 0m0.310000s}. */
    private static double childrenSeconds(String times) throws IOException {
        Matcher matcher = TIME.matcher(times.substring(times.indexOf('\n') + 1));
        double seconds = 0;
        int found = 0;
        while (matcher.find()) {
            seconds += 60 * Integer.parseInt(matcher.group(1)) + Double.parseDouble(matcher.group(2));
            found++;
        }
        if (found != 2) {
            throw new IOException("The shell tells times in another form: " + times);
        }
        return seconds;
    }
}
