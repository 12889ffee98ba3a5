package io.varve.app.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.varve.app.config.SettingsReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A server in this process, and requests to it as users with passwords, sessions or neither send them. */
final class RunningApi implements AutoCloseable {
    static final String ROOT = "root";
    static final String PASSWORD = "sediment-layers";

    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final VarveServer server;
    private final HttpClient http;

    /** What came back. */
    record Answer(int status, String body, java.net.http.HttpHeaders headers) {
        JsonNode json() {
            return JSON.readTree(body);
        }

        String header(String name) {
            return headers.firstValue(name).orElse("");
        }
    }

    /** The same answer, which has to have this status. */
    static Answer expect(int status, Answer answer) {
        assertThat(answer.status()).as(answer.body()).isEqualTo(status);
        return answer;
    }

    /** What a request carries to say who sends it. */
    record Login(Map<String, String> headers) {
        static final Login NOBODY = new Login(Map.of());

        static Login of(String name, String password) {
            return new Login(Map.of(
                    "Authorization",
                    "Basic "
                            + Base64.getEncoder()
                                    .encodeToString((name + ":" + password).getBytes(StandardCharsets.UTF_8))));
        }
    }

    RunningApi(Path data) throws Exception {
        this(data, HttpClient.newHttpClient(), List.of());
    }

    /** @param flags further settings */
    RunningApi(Path data, HttpClient http, List<String> flags) throws Exception {
        this.http = http;
        server = VarveServer.start(SettingsReader.read(
                Stream.concat(Stream.of("--varve.port=0", "--varve.s3.port=0", "--varve.warm-up=false"), flags.stream())
                        .toList(),
                Map.of(
                        "VARVE_DATA_DIR", data.toString(),
                        "VARVE_ROOT_USER", ROOT,
                        "VARVE_ROOT_PASSWORD", PASSWORD),
                data));
    }

    HttpClient http() {
        return http;
    }

    VarveServer server() {
        return server;
    }

    static Login root() {
        return Login.of(ROOT, PASSWORD);
    }

    /** Sends a request; a body that begins with a brace is JSON. */
    Answer send(Login login, String method, String path, String body) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(
                        URI.create(server.address().url() + path))
                .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
        login.headers().forEach(request::setHeader);
        if (body.startsWith("{")) {
            request.setHeader("Content-Type", "application/json");
        }
        HttpResponse<String> response = http.send(request.build(), BodyHandlers.ofString());
        return new Answer(response.statusCode(), response.body(), response.headers());
    }

    Answer get(Login login, String path) throws Exception {
        return send(login, "GET", path, "");
    }

    /** Signs in; the second login lacks the token that changes need. */
    List<Login> signIn(String name, String password) throws Exception {
        Answer answer = send(
                Login.NOBODY,
                "POST",
                "/api/v1/session",
                "{\"name\":\"%s\",\"password\":\"%s\"}".formatted(name, password));
        if (answer.status() != 200) {
            throw new AssertionError(answer.body());
        }
        String cookie = answer.header("Set-Cookie");
        String pair = cookie.substring(0, cookie.indexOf(';'));
        return List.of(
                new Login(Map.of(
                        "Cookie",
                        pair,
                        "X-Varve-Csrf",
                        answer.json().path("csrf").asString())),
                new Login(Map.of("Cookie", pair)));
    }

    @Override
    public void close() {
        server.close();
    }
}
