package io.varve.webdav;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/** Runs a client program from the system's packages. */
final class ExternalClient {

    /** Set to true where a missing client is a failure and no reason to skip. */
    private static final boolean REQUIRED = Boolean.getBoolean("varve.clients.required");

    private static final int SECONDS_MAX = 300;

    private ExternalClient() {}

    /** Skips the test where none of the programs is installed, and gives the path of the first that is. */
    static Path find(String... candidates) {
        for (String candidate : candidates) {
            Path path = Path.of(candidate);
            if (Files.isExecutable(path)) {
                return path;
            }
        }
        assertThat(REQUIRED).as("%s must be installed", List.of(candidates)).isFalse();
        Assumptions.abort(candidates[0] + " is not installed");
        throw new IllegalStateException("an aborted test goes on");
    }

    /** What a program said and how it ended. */
    record Outcome(int exit, String output) {}

    /**
     * Runs a program to its end.
     *
     * @param directory where it runs
     * @param environment variables beside the inherited ones
     * @param input what it reads from standard input
     */
    static Outcome run(Path directory, Map<String, String> environment, String input, List<String> command)
            throws IOException, InterruptedException {
        Path in = Files.writeString(directory.resolve("stdin.txt"), input);
        Path out = directory.resolve("output.txt");
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectInput(in.toFile())
                .redirectErrorStream(true)
                .redirectOutput(out.toFile());
        builder.environment().putAll(environment);
        Process process = builder.start();
        boolean ended = process.waitFor(SECONDS_MAX, TimeUnit.SECONDS);
        if (!ended) {
            process.destroyForcibly().waitFor();
        }
        String output = new String(Files.readAllBytes(out), StandardCharsets.UTF_8);
        assertThat(ended).as("%s must end: %s", command, output).isTrue();
        return new Outcome(process.exitValue(), output);
    }
}
