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
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Starts the packaged Varve over an empty data directory as {@code ./varve serve} would, with the JVM flags its launcher says.
 *
 * @param home the repository
 * @param javaFlags JVM flags after the launcher's; later ones win
 */
record VarveLauncher(Path home, List<String> javaFlags) {
    private static final String USER = "load";
    private static final String PASSWORD = "load-and-measure";
    private static final Duration START_MAX = Duration.ofMinutes(2);
    private static final Pattern LAUNCHER_FLAGS =
            Pattern.compile("exec \"\\$jdk/bin/java\" (.*) \\$\\{VARVE_JAVA_OPTS");

    /** All JVM flags. */
    List<String> flags() throws IOException {
        Matcher launcher = LAUNCHER_FLAGS.matcher(Files.readString(home.resolve("varve")));
        if (!launcher.find()) {
            throw new IOException("The launcher's JVM flags are not where " + LAUNCHER_FLAGS + " looks for them.");
        }
        return Stream.concat(Pattern.compile(" +").splitAsStream(launcher.group(1)), javaFlags.stream())
                .toList();
    }

    /** Starts it with everything it writes in a directory of its own. */
    RunningServer start(Path directory) throws IOException {
        Path data = directory.resolve("data");
        Path log = directory.resolve("log");
        Files.createDirectories(data);
        Path jar = home.resolve("app/target/varve.jar");
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(flags());
        command.addAll(List.of("-jar", jar.toString(), "serve"));
        command.addAll(List.of("--varve.port=0", "--varve.s3.port=0", "--varve.data-dir=" + data));
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("VARVE_"));
        builder.environment().put("VARVE_ROOT_USER", USER);
        builder.environment().put("VARVE_ROOT_PASSWORD", PASSWORD);
        Process process = builder.start();
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

    private static InetSocketAddress socket(String url) {
        URI uri = URI.create(url);
        return new InetSocketAddress(uri.getHost(), uri.getPort());
    }
}
