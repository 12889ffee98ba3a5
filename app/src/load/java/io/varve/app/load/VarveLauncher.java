package io.varve.app.load;

import io.varve.app.server.ServerAddress;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Starts the packaged Varve over an empty data directory by its own launcher, which replaces itself by the server.
 *
 * @param home the repository
 * @param javaFlags JVM flags after the launcher's; later ones win
 * @param settings of the server, as flags
 */
record VarveLauncher(Path home, List<String> javaFlags, List<String> settings) {
    private static final String USER = "load";
    private static final String PASSWORD = "load-and-measure";

    /** The launcher builds first if sources are newer than the jar. */
    private static final Duration START_MAX = Duration.ofMinutes(10);

    /** With its default settings. */
    VarveLauncher(Path home, List<String> javaFlags) {
        this(home, javaFlags, List.of());
    }

    /** Starts it with everything it writes in a directory of its own; what an earlier one left there is taken over. */
    RunningServer start(Path directory) throws IOException {
        Path data = directory.resolve("data");
        Path log = directory.resolve("log");
        Process process = launch(directory);
        RunningServer.await(
                process, log, START_MAX, () -> ServerAddress.read(data).isPresent());
        Optional<ServerAddress> address = ServerAddress.read(data);
        if (address.isEmpty()) {
            RunningServer.end(process);
            throw new IOException("Varve stopped right after its start:\n" + Files.readString(log));
        }
        return new RunningServer(
                "varve",
                process,
                log,
                new Door(socket(address.get().url()), "/dav/", BasicLogin.of(USER, PASSWORD)),
                new Door(socket(address.get().s3Url()), "/", new S3Signature(USER, PASSWORD, Clock.systemUTC())));
    }

    /** Begins to start it, as {@link #start} does, and waits for nothing. */
    Process launch(Path directory) throws IOException {
        Path data = directory.resolve("data");
        Files.createDirectories(data);
        // One that was killed could not take it away.
        Files.deleteIfExists(data.resolve("server.address"));
        List<String> command = new ArrayList<>(List.of(
                home.resolve("varve").toString(),
                "serve",
                "--varve.port=0",
                "--varve.s3.port=0",
                "--varve.data-dir=" + data));
        command.addAll(settings);
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(
                        directory.resolve("log").toFile()));
        builder.environment().keySet().removeIf(name -> name.startsWith("VARVE_"));
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().put("VARVE_JAVA_OPTS", String.join(" ", javaFlags));
        builder.environment().put("VARVE_ROOT_USER", USER);
        builder.environment().put("VARVE_ROOT_PASSWORD", PASSWORD);
        return builder.start();
    }

    /** The JVM flags of a running one, the launcher's own included. */
    static String flags(RunningServer varve) {
        return varve.arguments().stream()
                .takeWhile(word -> !word.equals("-jar"))
                .collect(Collectors.joining(" "));
    }

    private static InetSocketAddress socket(String url) {
        URI uri = URI.create(url);
        return new InetSocketAddress(uri.getHost(), uri.getPort());
    }
}
