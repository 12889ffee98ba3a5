package io.varve.app.packaged;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;

/** A client of the WebDAV door. Thread-safe. */
final class DavClient implements AutoCloseable {

    private static final Duration TIMEOUT = Duration.ofMinutes(2);

    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(TIMEOUT)
            .build();
    private final String door;
    private final String authorization;

    DavClient(ServerProcess server, String user, String password) {
        this.door = server.url() + "/dav/";
        this.authorization = basic(user, password);
    }

    static DavClient of(ServerProcess server) {
        return new DavClient(server, Installation.USER, Installation.PASSWORD);
    }

    static String basic(String user, String password) {
        return "Basic " + Base64.getEncoder().encodeToString((user + ":" + password).getBytes(StandardCharsets.UTF_8));
    }

    /** Sends a request and hands its answer's body to a handler. */
    <T> HttpResponse<T> send(String method, String path, BodyPublisher body, BodyHandler<T> handler, String... headers)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(door + path))
                .timeout(TIMEOUT)
                .header("Authorization", authorization)
                .method(method, body);
        if (headers.length > 0) {
            request.headers(headers);
        }
        return http.send(request.build(), handler);
    }

    HttpResponse<byte[]> send(String method, String path, String... headers) throws IOException, InterruptedException {
        return send(method, path, BodyPublishers.noBody(), BodyHandlers.ofByteArray(), headers);
    }

    /** Makes a folder; at the top, a bucket. */
    int makeFolder(String path) throws IOException, InterruptedException {
        return send("MKCOL", path).statusCode();
    }

    HttpResponse<byte[]> put(String path, byte[] bytes) throws IOException, InterruptedException {
        return send("PUT", path, BodyPublishers.ofByteArray(bytes), BodyHandlers.ofByteArray());
    }

    HttpResponse<byte[]> get(String path) throws IOException, InterruptedException {
        return send("GET", path);
    }

    int delete(String path) throws IOException, InterruptedException {
        return send("DELETE", path).statusCode();
    }

    @Override
    public void close() {
        http.shutdownNow();
    }
}
