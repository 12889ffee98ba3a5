package io.varve.s3;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/** Runs other people's clients as a user would. */
final class CommandLine {

    /** Set where every client must be there, so that a missing one is a failure and not a skip. */
    private static final String REQUIRED = "varve.clients.required";

    private static final long TIMEOUT_SECONDS = 120;

    private final Map<String, String> environment = new HashMap<>();
    private final Path directory;

    CommandLine(Path directory) {
        this.directory = directory;
    }

    CommandLine with(String name, String value) {
        environment.put(name, value);
        return this;
    }

    /**
     * Skips the test if the command cannot run, unless clients are required. That holds for what Debian packages; another {@code python3}
     * that comes first on the path may lack the client's module.
     */
    void require(String... command) {
        boolean there = runs(command);
        if (!Boolean.getBoolean(REQUIRED) || command[0].equals("python3")) {
            Assumptions.assumeTrue(there, () -> String.join(" ", command) + " does not run here");
        }
        assertThat(there).as("%s runs", List.of(command)).isTrue();
    }

    /** Whether a command can be run and succeeds. */
    boolean runs(String... command) {
        try {
            return start(List.of(command)).waitFor() == 0;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    private Process start(List<String> command) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command).directory(directory.toFile());
        builder.redirectErrorStream(true).redirectOutput(new File(directory.toFile(), "output.txt"));
        builder.redirectInput(new File("/dev/null"));
        builder.environment().remove("AWS_CA_BUNDLE");
        builder.environment().putAll(environment);
        return builder.start();
    }

    /** Runs a command that must succeed, and gives what it printed. */
    String run(String... command) throws IOException {
        Process process = start(List.of(command));
        try {
            if (!process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new AssertionError(String.join(" ", command) + " did not end");
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
        String output = Files.readString(directory.resolve("output.txt"), StandardCharsets.UTF_8);
        assertThat(process.exitValue())
                .as("%s printed:%n%s", String.join(" ", command), output)
                .isZero();
        return output;
    }
}
