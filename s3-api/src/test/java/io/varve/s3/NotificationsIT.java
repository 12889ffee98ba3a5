package io.varve.s3;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.varve.storage.namespace.LifecycleRule;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Events of a bucket, as a webhook receives them. */
class NotificationsIT {

    private static final String RULES = """
            <NotificationConfiguration>
            <QueueConfiguration><Id>writes</Id><Queue>arn:aws:sqs:us-east-1:000000000000:webhook</Queue>
            <Event>s3:ObjectCreated:*</Event><Event>s3:ObjectRemoved:*</Event>
            <Filter><S3Key><FilterRule><Name>prefix</Name><Value>told/</Value></FilterRule>
            <FilterRule><Name>suffix</Name><Value>.txt</Value></FilterRule></S3Key></Filter></QueueConfiguration>
            </NotificationConfiguration>""";

    @TempDir
    Path directory;

    private final BlockingQueue<String> received = new LinkedBlockingQueue<>();
    private final AtomicInteger refusals = new AtomicInteger();
    private HttpServer hook;
    private S3TestServer server;
    private RawClient client;

    @BeforeEach
    void start() throws IOException {
        hook = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        hook.createContext("/hook", exchange -> {
            String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            boolean refused = refusals.getAndDecrement() > 0;
            boolean known = "Bearer secret".equals(exchange.getRequestHeaders().getFirst("Authorization"));
            exchange.sendResponseHeaders(refused ? 503 : 200, -1);
            exchange.close();
            if (!refused && known) {
                received.add(body);
            }
        });
        hook.start();
        URI address = URI.create("http://127.0.0.1:" + hook.getAddress().getPort() + "/hook");
        server = new S3TestServer(
                directory,
                new S3Settings(
                        "us-east-1",
                        "",
                        "",
                        S3Settings.PUT_BYTES_MAX_DEFAULT,
                        LifecycleRule.DAY,
                        0,
                        true,
                        Optional.of(new S3Settings.Hook(address, "secret"))));
        client = server.rawClient();
        client.send("PUT", "/bucket");
    }

    @AfterEach
    void stop() throws IOException {
        server.close();
        hook.stop(0);
    }

    private void setRules(String rules) throws IOException {
        assertThat(client.send("PUT", "/bucket?notification", Map.of(), rules.getBytes(StandardCharsets.UTF_8))
                        .status())
                .isEqualTo(200);
    }

    private void put(String target) throws IOException {
        assertThat(client.send("PUT", target, Map.of(), new byte[] {1, 2, 3}).status())
                .isEqualTo(200);
    }

    private String next() throws InterruptedException {
        return Objects.requireNonNull(received.poll(120, TimeUnit.SECONDS), "an event within 120 s");
    }

    @Test
    void tellsWhatRulesAskFor() throws Exception {
        setRules(RULES);
        put("/bucket/told/a%20b.txt");
        put("/bucket/told/other");
        put("/bucket/elsewhere.txt");
        assertThat(next())
                .contains("\"eventName\":\"ObjectCreated:Put\"")
                .contains("\"configurationId\":\"writes\"")
                .contains("\"key\":\"told/a+b.txt\"".replace("/", "%2F"))
                .contains("\"size\":3")
                .contains("\"name\":\"bucket\"");
        client.send("DELETE", "/bucket/told/a%20b.txt");
        assertThat(next()).contains("\"eventName\":\"ObjectRemoved:Delete\"");
        assertThat(received).isEmpty();
        assertThat(client.send("GET", "/bucket?notification").text())
                .contains("<Id>writes</Id>")
                .contains("<Event>s3:ObjectRemoved:*</Event>")
                .contains("<Value>.txt</Value>");
    }

    @Test
    void triesAgainInOrder() throws Exception {
        setRules(RULES);
        refusals.set(1);
        put("/bucket/told/1.txt");
        put("/bucket/told/2.txt");
        assertThat(next()).contains("1.txt");
        assertThat(next()).contains("2.txt");
    }

    @Test
    void refusesWhatItCannotTell() throws IOException {
        for (String rules : new String[] {
            RULES.replace(":webhook", ":queue"),
            RULES.replace("s3:ObjectCreated:*", "s3:ObjectRestore:*"),
            RULES.replace("suffix", "middle")
        }) {
            assertThat(client.send("PUT", "/bucket?notification", Map.of(), rules.getBytes(StandardCharsets.UTF_8))
                            .code())
                    .isEqualTo("InvalidArgument");
        }
        setRules(RULES);
        setRules("<NotificationConfiguration/>");
        assertThat(client.send("GET", "/bucket?notification").text()).doesNotContain("Queue");
    }
}
