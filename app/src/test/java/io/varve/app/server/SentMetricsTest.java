package io.varve.app.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.varve.app.server.RunningApi.Login;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Metrics that are sent by OTLP, to a collector that keeps what comes. */
class SentMetricsTest {
    @TempDir
    Path data;

    private record Sent(String type, String authorization, String body) {}

    @Test
    void allMetricsAreSentAndStillScraped() throws Exception {
        BlockingQueue<Sent> sent = new LinkedBlockingQueue<>();
        HttpServer collector = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        collector.createContext("/v1/metrics", exchange -> {
            byte[] body = exchange.getRequestBody().readAllBytes();
            sent.add(new Sent(
                    exchange.getRequestHeaders().getFirst("Content-Type"),
                    exchange.getRequestHeaders().getFirst("Authorization"),
                    new String(body, StandardCharsets.ISO_8859_1)));
            exchange.sendResponseHeaders(200, -1);
            exchange.close();
        });
        collector.start();
        try {
            List<String> flags = List.of(
                    "--varve.metrics.otlp-url=http://127.0.0.1:"
                            + collector.getAddress().getPort() + "/v1/metrics",
                    "--varve.metrics.otlp-interval=1h",
                    "--varve.metrics.otlp-authorization=Bearer of-the-collector");
            try (RunningApi api = new RunningApi(data, HttpClient.newHttpClient(), flags)) {
                assertThat(api.send(RunningApi.root(), "MKCOL", "/dav/sent", "").status())
                        .isEqualTo(201);
                assertThat(api.get(Login.NOBODY, "/metrics/storage-v2").body())
                        .contains("varve_dav_requests_seconds_bucket{method=\"MKCOL\"", "varve_commits_total ");
                assertThat(api.get(RunningApi.root(), "/api/v1/overview").status())
                        .isEqualTo(200);
            }
            // What has not been sent is sent when the server stops.
            Sent last = sent.poll(1, TimeUnit.MINUTES);
            assertThat(last).isNotNull();
            assertThat(last.type()).isEqualTo("application/x-protobuf");
            assertThat(last.authorization()).isEqualTo("Bearer of-the-collector");
            assertThat(last.body())
                    .contains("service.name", "varve.dav.requests", "varve.commits", "varve.users.active");
        } finally {
            collector.stop(0);
        }
    }
}
