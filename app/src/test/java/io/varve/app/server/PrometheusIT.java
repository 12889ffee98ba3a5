package io.varve.app.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Debian's Prometheus with the configuration that is shipped: it takes in all the server tells, and works out every rule. */
class PrometheusIT {
    private static final Path PROGRAM = Path.of("/usr/bin/prometheus");
    private static final Path SHIPPED = Path.of("..", "deploy", "prometheus");
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    @TempDir
    Path directory;

    private final HttpClient http = HttpClient.newHttpClient();
    private String prometheus = "";

    @Test
    @Timeout(400)
    void itScrapesTheServerAndWorksOutTheRules() throws Exception {
        boolean there = Files.isExecutable(PROGRAM);
        assertThat(there || !Boolean.getBoolean("varve.clients.required"))
                .as("prometheus is installed")
                .isTrue();
        Assumptions.assumeTrue(there, "prometheus is not installed");
        try (RunningApi api = new RunningApi(Files.createDirectory(directory.resolve("data")))) {
            assertThat(api.send(RunningApi.root(), "MKCOL", "/dav/lake", "").status())
                    .isEqualTo(201);
            assertThat(api.send(RunningApi.root(), "PUT", "/dav/lake/a.txt", "counted")
                            .status())
                    .isEqualTo(201);
            Path configuration =
                    configuration(URI.create(api.server().address().url()).getAuthority());
            int port = freePort();
            prometheus = "http://127.0.0.1:" + port;
            Process process = new ProcessBuilder(
                            PROGRAM.toString(),
                            "--config.file=" + configuration,
                            "--storage.tsdb.path=" + directory.resolve("series"),
                            "--web.listen-address=127.0.0.1:" + port)
                    .redirectErrorStream(true)
                    .redirectOutput(directory.resolve("log").toFile())
                    .start();
            try {
                await("up{job=\"varve\"}", "1", process);
                await("varve_files", "1", process);
                requireRules(process);
            } finally {
                process.destroy();
                process.waitFor();
            }
        }
    }

    /** What is shipped, with this server, and without pauses. */
    private Path configuration(String target) throws IOException {
        Path copy = directory.resolve("configuration");
        try (Stream<Path> files = Files.walk(SHIPPED)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Path to = copy.resolve(SHIPPED.relativize(file));
                Files.createDirectories(Objects.requireNonNull(to.getParent()));
                Files.copy(file, to);
            }
        }
        Path main = copy.resolve("prometheus.yml");
        String text = Files.readString(main);
        assertThat(text).contains("varve:8080", "_interval: 15s");
        Files.writeString(main, text.replace("varve:8080", target).replace("_interval: 15s", "_interval: 1s"));
        return main;
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    /** Waits until a query has one answer of that value. */
    private void await(String query, String value, Process process) throws Exception {
        String path = "/api/v1/query?query=" + URLEncoder.encode(query, StandardCharsets.UTF_8);
        Instant limit = Instant.now().plus(PATIENCE);
        String seen = "";
        while (Instant.now().isBefore(limit)) {
            JsonNode result = ask(path, process).path("data").path("result");
            seen = result.toString();
            if (result.size() == 1
                    && result.path(0).path("value").path(1).asString().equals(value)) {
                return;
            }
            Thread.onSpinWait();
        }
        throw new AssertionError(query + " is " + seen + " and not " + value + ": " + log());
    }

    /** Waits until every rule was worked out once; all must be well. */
    private void requireRules(Process process) throws Exception {
        Instant limit = Instant.now().plus(PATIENCE);
        while (Instant.now().isBefore(limit)) {
            JsonNode groups = ask("/api/v1/rules", process).path("data").path("groups");
            long waiting = rules(groups)
                    .filter(rule -> rule.path("health").asString().equals("unknown"))
                    .count();
            if (waiting == 0 && !groups.isEmpty()) {
                assertThat(rules(groups))
                        .hasSizeGreaterThan(10)
                        .allSatisfy(rule -> assertThat(rule.path("health").asString())
                                .as(rule.toString())
                                .isEqualTo("ok"));
                assertThat(rules(groups).map(rule -> rule.path("state").asString()))
                        .as("a server that is well raises no alert")
                        .doesNotContain("firing");
                return;
            }
            Thread.onSpinWait();
        }
        throw new AssertionError("Not every rule was worked out: " + log());
    }

    private static Stream<JsonNode> rules(JsonNode groups) {
        return StreamSupport.stream(groups.spliterator(), false)
                .flatMap(group -> StreamSupport.stream(group.path("rules").spliterator(), false));
    }

    /** Until it is ready there is no answer. */
    private JsonNode ask(String path, Process process) throws Exception {
        assertThat(process.isAlive()).as("prometheus runs: %s", log()).isTrue();
        HttpRequest request = HttpRequest.newBuilder(URI.create(prometheus + path))
                .timeout(Duration.ofSeconds(30))
                .build();
        try {
            HttpResponse<String> answer = http.send(request, BodyHandlers.ofString());
            return JSON.readTree(answer.statusCode() == 200 ? answer.body() : "{}");
        } catch (IOException e) {
            return JSON.createObjectNode();
        }
    }

    private String log() throws IOException {
        return Files.readString(directory.resolve("log"));
    }
}
