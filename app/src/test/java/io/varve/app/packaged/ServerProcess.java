package io.varve.app.packaged;

import static org.assertj.core.api.Assertions.assertThat;

import io.varve.app.server.ServerAddress;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A server that runs as a process, seen from outside. Closing ends the process, whatever state it is in. */
final class ServerProcess implements AutoCloseable {

    private static final Duration START_MAX = Duration.ofMinutes(2);
    private static final Duration STOP_MAX = Duration.ofMinutes(1);
    private static final int PAUSE_MILLIS = 20;

    private final Process process;
    private final Path output;
    private final ServerAddress address;
    private final HttpClient http = HttpClient.newHttpClient();

    private ServerProcess(Process process, Path output, ServerAddress address) {
        this.process = process;
        this.output = output;
        this.address = address;
    }

    static ServerProcess start(ProcessBuilder builder, Path data, Path home) throws IOException, InterruptedException {
        // One that was killed could not take it away, and its port may be another program's by now.
        Files.deleteIfExists(data.resolve("server.address"));
        Path output = Files.createTempFile(home, "server-", ".txt");
        Process process = builder.redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        ServerProcess server = null;
        try {
            server = new ServerProcess(process, output, awaitAddress(process, data, output));
            assertThat(server.get("/metrics/storage-v2/health").statusCode()).isEqualTo(200);
            return server;
        } finally {
            if (server == null) {
                process.destroyForcibly().onExit().join();
            }
        }
    }

    /** The address is written when both doors are open. */
    private static ServerAddress awaitAddress(Process process, Path data, Path output)
            throws IOException, InterruptedException {
        long deadline = System.nanoTime() + START_MAX.toNanos();
        Optional<ServerAddress> address = ServerAddress.read(data);
        while (address.isEmpty()) {
            boolean ended = process.waitFor(PAUSE_MILLIS, TimeUnit.MILLISECONDS);
            address = ServerAddress.read(data);
            if (address.isEmpty() && (ended || System.nanoTime() > deadline)) {
                throw new AssertionError("The server " + (ended ? "ended" : "did not start within " + START_MAX) + ": "
                        + Files.readString(output));
            }
        }
        return address.get();
    }

    String url() {
        return address.url();
    }

    URI s3() {
        return URI.create(address.s3Url());
    }

    int port() {
        return URI.create(address.url()).getPort();
    }

    int s3Port() {
        return s3().getPort();
    }

    /** What it printed so far. */
    String output() throws IOException {
        return Files.readString(output);
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** Asks without a login. */
    HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return http.send(HttpRequest.newBuilder(URI.create(url() + path)).build(), BodyHandlers.ofString());
    }

    /** The figures by name, with labels where there are some. */
    Map<String, Double> metrics() throws IOException, InterruptedException {
        Map<String, Double> figures = new TreeMap<>();
        get("/metrics/storage-v2")
                .body()
                .lines()
                .filter(line -> !line.startsWith("#"))
                .forEach(line -> figures.put(
                        line.substring(0, line.lastIndexOf(' ')),
                        Double.valueOf(line.substring(line.lastIndexOf(' ') + 1))));
        return figures;
    }

    double metric(String name) throws IOException, InterruptedException {
        return metrics().getOrDefault(name, Double.NaN);
    }

    /** How many files and sockets the process holds. */
    long openFiles() throws IOException {
        try (Stream<Path> descriptors = Files.list(Path.of("/proc", Long.toString(process.pid()), "fd"))) {
            return descriptors.count();
        }
    }

    /** Something about a server that becomes true. */
    @FunctionalInterface
    interface Condition {
        boolean holds() throws IOException, InterruptedException;
    }

    /** Waits until something holds, as long as the server runs. */
    void await(String what, Condition condition) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + STOP_MAX.toNanos();
        while (!condition.holds()) {
            boolean ended = process.waitFor(PAUSE_MILLIS, TimeUnit.MILLISECONDS);
            if (ended || System.nanoTime() > deadline) {
                throw new AssertionError(
                        "The server " + (ended ? "ended" : "took too long") + " before " + what + ": " + output());
            }
        }
    }

    /** Ends it as a power failure of its machine would: SIGKILL, no time for anything. */
    void kill() {
        process.destroyForcibly().onExit().join();
    }

    /** Asks it to stop (SIGTERM). */
    void askToStop() {
        process.destroy();
    }

    /** Asks it to stop, waits, and gives its exit code. */
    int stop() throws IOException, InterruptedException {
        askToStop();
        if (!process.waitFor(STOP_MAX.toMillis(), TimeUnit.MILLISECONDS)) {
            throw new AssertionError("The server did not stop within " + STOP_MAX + ": " + output());
        }
        return process.exitValue();
    }

    @Override
    public void close() {
        http.shutdownNow();
        kill();
    }
}
