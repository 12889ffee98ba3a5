package io.varve.app.cli;

import io.varve.app.server.ServerAddress;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Talks to the running server's REST API with the token that lies in its data directory. */
final class ServerClient implements AutoCloseable {
    /** What was asked for is something else by now. */
    static final int PRECONDITION_FAILED = 412;

    private static final JsonMapper JSON = new JsonMapper();

    /** The server refused, in its own words. */
    static final class RefusedException extends IOException {
        private static final long serialVersionUID = 1L;

        private final int status;

        RefusedException(int status, String message) {
            super(message);
            this.status = status;
        }

        int status() {
            return status;
        }
    }

    /** There is no server any more. */
    static final class GoneException extends IOException {
        private static final long serialVersionUID = 1L;

        GoneException(String message, Throwable cause) {
            super(message, cause);
        }
    }

    /** Settling a large store takes its time. */
    private static final Duration TIMEOUT = Duration.ofHours(6);

    private final HttpClient http;
    private final ServerAddress address;

    private ServerClient(ServerAddress address) {
        this.address = address;
        HttpClient.Builder client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1);
        if (!address.certificate().isEmpty()) {
            client.sslContext(KnownCertificate.context(address.certificate()));
        }
        this.http = client.build();
    }

    /**
     * Finds the server of a data directory.
     *
     * @throws IOException if none runs there
     */
    static ServerClient of(Path dataDirectory) throws IOException {
        return new ServerClient(ServerAddress.read(dataDirectory).orElseThrow(() -> notRunning(dataDirectory, null)));
    }

    private static IOException notRunning(Path dataDirectory, @Nullable Throwable cause) {
        return new IOException(
                "No server is running on the data directory " + dataDirectory
                        + ". Start it with ./varve serve, or name another directory with VARVE_DATA_DIR.",
                cause);
    }

    /**
     * Sends a request.
     *
     * @param body JSON; empty for none
     * @return the answer's JSON; a missing node if it has none
     * @throws IOException with the server's own words if it refuses
     */
    JsonNode send(String method, String path, String body) throws IOException {
        HttpRequest.Builder request = request(path)
                .header("Content-Type", "application/json")
                .method(
                        method,
                        body.isEmpty()
                                ? HttpRequest.BodyPublishers.noBody()
                                : HttpRequest.BodyPublishers.ofString(body));
        return json(exchange(request, HttpResponse.BodyHandlers.ofString()));
    }

    /**
     * Asks for what is answered in JSON.
     *
     * @param etag what it must be about
     */
    JsonNode get(String path, String etag) throws IOException {
        return json(exchange(request(path).header("If-Match", etag), HttpResponse.BodyHandlers.ofString()));
    }

    /** Sends bytes; else as {@link #send(String, String, String)}. */
    JsonNode send(String method, String path, HttpRequest.BodyPublisher bytes) throws IOException {
        HttpRequest.Builder request =
                request(path).header("Content-Type", "application/octet-stream").method(method, bytes);
        return json(exchange(request, HttpResponse.BodyHandlers.ofString()));
    }

    /**
     * Opens what is answered to a GET.
     *
     * @param etag what it must be
     */
    InputStream open(String path, String etag) throws IOException {
        HttpResponse<InputStream> answer =
                exchange(request(path).header("If-Match", etag), HttpResponse.BodyHandlers.ofInputStream());
        if (answer.statusCode() >= 400) {
            try (InputStream body = answer.body()) {
                throw refused(answer.statusCode(), new String(body.readAllBytes(), StandardCharsets.UTF_8));
            }
        }
        return answer.body();
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(address.url() + "/api/v1" + path))
                .timeout(TIMEOUT)
                .header("Authorization", "Bearer " + address.token());
    }

    private static JsonNode json(HttpResponse<String> answer) throws IOException {
        if (answer.statusCode() >= 400) {
            throw refused(answer.statusCode(), answer.body());
        }
        try {
            return answer.body().isEmpty() ? JSON.missingNode() : JSON.readTree(answer.body());
        } catch (JacksonException e) {
            throw new IOException("The server answered something that cannot be read.", e);
        }
    }

    private static RefusedException refused(int status, String body) {
        String unexplained = "The server answered " + status + ".";
        try {
            JsonNode problem = body.isEmpty() ? JSON.missingNode() : JSON.readTree(body);
            return new RefusedException(status, problem.path("detail").asString(unexplained));
        } catch (JacksonException e) {
            // A page of the web server itself.
            return new RefusedException(status, unexplained);
        }
    }

    private <T> HttpResponse<T> exchange(HttpRequest.Builder request, HttpResponse.BodyHandler<T> handler)
            throws IOException {
        try {
            return http.send(request.build(), handler);
        } catch (ConnectException e) {
            throw new GoneException("Nobody answers at " + address.url() + ": the server is not running any more.", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("Interrupted.", e);
        }
    }

    /** The JSON of a record or map. */
    static String json(Object value) {
        return JSON.writeValueAsString(value);
    }

    @Override
    public void close() {
        http.shutdownNow();
    }
}
