package io.varve.app.cli;

import io.varve.app.server.ServerAddress;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Talks to the running server's REST API with the token that lies in its data directory. */
final class ServerClient implements AutoCloseable {
    private static final JsonMapper JSON = new JsonMapper();

    /** Settling a large store takes its time. */
    private static final Duration TIMEOUT = Duration.ofHours(6);

    private final HttpClient http = HttpClient.newHttpClient();
    private final ServerAddress address;

    private ServerClient(ServerAddress address) {
        this.address = address;
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
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(address.url() + "/api/v1" + path))
                .timeout(TIMEOUT)
                .header("Authorization", "Bearer " + address.token())
                .header("Content-Type", "application/json")
                .method(
                        method,
                        body.isEmpty()
                                ? HttpRequest.BodyPublishers.noBody()
                                : HttpRequest.BodyPublishers.ofString(body));
        try {
            HttpResponse<String> answer = http.send(request.build(), HttpResponse.BodyHandlers.ofString());
            JsonNode json = answer.body().isEmpty() ? JSON.missingNode() : JSON.readTree(answer.body());
            if (answer.statusCode() >= 400) {
                throw new IOException(json.path("detail").asString("The server answered " + answer.statusCode() + "."));
            }
            return json;
        } catch (ConnectException e) {
            throw new IOException("Nobody answers at " + address.url() + ": the server is not running any more.", e);
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
