package io.varve.app.packaged;

import static org.assertj.core.api.Assertions.assertThat;

import io.varve.app.packaged.Installation.Outcome;
import io.varve.app.packaged.RawRequest.Answer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Requests that are wrong, hostile or never finished, at both doors of one server. Each gets a clear refusal; afterwards the server
 * serves as before, what was stored is as it was, and nothing of the attempts is held: no buffer, no connection, no chunk.
 */
class BadInputIT {

    private static final int KEPT_BYTES = 200_000;

    @TempDir
    static Path home;

    private static final byte[] KEPT = new byte[KEPT_BYTES];
    private static Installation installation;
    private static ServerProcess server;
    private static Map<String, Double> before;
    private static long openFilesBefore;

    @BeforeAll
    static void start() throws Exception {
        new Random(6).nextBytes(KEPT);
        installation = Installation.in(home);
        server = installation.serve("--http.idle-timeout=2s");
        try (DavClient dav = DavClient.of(server)) {
            assertThat(dav.makeFolder("kept")).isEqualTo(201);
            assertThat(dav.put("kept/file.bin", KEPT).statusCode()).isEqualTo(201);
        }
        assertKeptAtBothDoors();
        before = server.metrics();
        openFilesBefore = server.openFiles();
    }

    @AfterEach
    void theServerServesAsBefore() throws Exception {
        assertKeptAtBothDoors();
    }

    @AfterAll
    static void nothingIsLeftBehind() throws Exception {
        try (ServerProcess running = server) {
            if (before != null) {
                for (String figure : new String[] {"varve_ingest_buffers", "varve_readers_open"}) {
                    running.await(figure + " is 0", () -> running.metric(figure) == 0);
                }
                for (String figure : new String[] {"varve_files", "varve_stored_bytes", "varve_history_versions"}) {
                    assertThat(running.metric(figure)).as(figure).isEqualTo(before.get(figure));
                }
                running.await("connections are closed", () -> running.openFiles() <= openFilesBefore + 2);
                running.stop();
                assertThat(running.output())
                        .as("a client's mistake is no stack trace")
                        .doesNotContain("\tat ");
                Outcome check = installation.run("fsck");
                assertThat(check.exit()).as(check.output()).isZero();
            }
        }
    }

    /** A connection for each look: the server closes idle ones soon, and a pool might just then use one. */
    private static void assertKeptAtBothDoors() throws IOException {
        Answer dav = RawRequest.dav("GET", "kept/file.bin").exchange(server.port());
        Answer s3 = RawRequest.s3(server.s3Port(), "GET", "/kept/file.bin").exchange(server.s3Port());
        for (Answer answer : new Answer[] {dav, s3}) {
            assertThat(answer.status()).isEqualTo(200);
            assertThat(Arrays.equals(answer.body(), KEPT)).isTrue();
        }
    }

    static Stream<Mistake> davMistakes() {
        return DavMistakes.all();
    }

    @ParameterizedTest
    @MethodSource("davMistakes")
    void davRefuses(Mistake wrong) throws IOException {
        assertRefused(wrong, server.port());
    }

    static Stream<Mistake> s3Mistakes() {
        return new S3Mistakes(server.s3Port()).all();
    }

    @ParameterizedTest
    @MethodSource("s3Mistakes")
    void s3Refuses(Mistake wrong) throws IOException {
        assertRefused(wrong, server.s3Port());
    }

    private static void assertRefused(Mistake wrong, int port) throws IOException {
        Answer answer = wrong.request().exchange(port);
        assertThat(answer.status()).as(wrong.what() + ": " + answer.text()).isEqualTo(wrong.status());
        assertThat(answer.text()).as(wrong.what()).contains(wrong.words()).doesNotContain("root:x:", "\tat ");
    }

    // ---- requests that are more than they seem

    /** Framings on which a proxy in front and the server might not agree. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "Content-Length: %d\r\nTransfer-Encoding: chunked",
                "Transfer-Encoding: chunked\r\nContent-Length: %d",
                "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\nContent-Length: %d",
                "Transfer-Encoding: xchunked\r\nContent-Length: %d",
                "Transfer-Encoding : chunked\r\nContent-Length: %d",
                "Transfer-Encoding:\u000bchunked\r\nContent-Length: %d",
                "Content-Length: 0\r\nContent-Length: %d",
                "Content-Length: 0\r\n Content-Length: %d",
                "Content-Length: +%d",
            })
    void aRequestHiddenBehindAnotherIsNotServed(String framing) throws IOException {
        String login = "\r\nAuthorization: " + DavClient.basic(Installation.USER, Installation.PASSWORD) + "\r\n";
        assertOneAnswer(
                server.port(),
                "OPTIONS /dav/kept/ HTTP/1.1\r\nHost: a" + login,
                framing,
                "DELETE /dav/kept/file.bin HTTP/1.1\r\nHost: a" + login + "\r\n");
        assertOneAnswer(
                server.s3Port(),
                "GET /kept/file.bin HTTP/1.1\r\n" + signed("GET", "/kept/file.bin"),
                framing,
                "DELETE /kept/file.bin HTTP/1.1\r\n" + signed("DELETE", "/kept/file.bin") + "\r\n");
    }

    private static void assertOneAnswer(int port, String head, String framing, String hidden) throws IOException {
        String body = "0\r\n\r\n" + hidden;
        Answer answer = RawRequest.begin(port, head + framing.formatted(body.length()) + "\r\n\r\n" + body);
        assertThat(answer.text().split("HTTP/1\\.1 [0-9]{3}", -1)).as(framing).hasSizeLessThanOrEqualTo(2);
    }

    private static String signed(String method, String target) {
        String host = RawRequest.host(server.s3Port());
        return "Host: " + host + "\r\n"
                + String.join(
                        "\r\n",
                        new S3Signature(Installation.USER, Installation.PASSWORD)
                                .headers(method, target, host, S3Signature.UNSIGNED, Map.of()))
                + "\r\n";
    }

    @Test
    void headsOfAnySizeAreRefused() throws IOException {
        String much = "x".repeat(200_000);
        for (int port : new int[] {server.port(), server.s3Port()}) {
            for (String head : new String[] {
                "GET /dav/" + much + " HTTP/1.1\r\nHost: a\r\n\r\n",
                "GET /dav/ HTTP/1.1\r\nHost: a\r\nX-Much: " + much + "\r\n\r\n",
                "GET /dav/ HTTP/1.1\r\nHost: a\r\n" + "X: y\r\n".repeat(20_000) + "\r\n",
            }) {
                assertThat(RawRequest.begin(port, head).status()).isIn(0, 400, 414, 431);
            }
        }
    }

    @Test
    void whatAClientSaysBecomesNoHeaderOfItsOwn() throws IOException {
        String forged = "attachment%0D%0AX-Forged%3A%201";
        Answer s3 = RawRequest.s3(server.s3Port(), "GET", "/kept/file.bin?response-content-disposition=" + forged)
                .exchange(server.s3Port());
        Answer dav = RawRequest.dav("GET", "kept/%0D%0AX-Forged:%201").exchange(server.port());
        Answer copied = RawRequest.dav("MOVE", "kept/none")
                .with("Destination: /dav/kept/%0D%0AX-Forged:%201")
                .exchange(server.port());
        Answer metadata = RawRequest.s3(server.s3Port(), "GET", "/kept/none%0D%0AX-Forged:%201")
                .exchange(server.s3Port());
        for (Answer answer : new Answer[] {s3, dav, copied, metadata}) {
            assertThat(answer.status()).isNotZero();
            String head = answer.text().split("\r\n\r\n", 2)[0];
            assertThat(head.lines()).noneMatch(line -> line.startsWith("X-Forged"));
        }
    }

    // ---- clients that go away, or never finish

    @Test
    void resetConnectionsLeaveNothing() throws Exception {
        for (int i = 0; i < 20; i++) {
            RawRequest.dav("PUT", "kept/reset")
                    .with("Content-Length: 9000000")
                    .body(KEPT)
                    .sendAndReset(server.port());
            RawRequest.s3(server.s3Port(), "PUT", "/kept/reset")
                    .with("Content-Length: 9000000")
                    .body(KEPT)
                    .sendAndReset(server.s3Port());
            RawRequest.dav("GET", "kept/file.bin").sendAndReset(server.port());
            RawRequest.s3(server.s3Port(), "GET", "/kept/file.bin").sendAndReset(server.s3Port());
        }
        Answer dav = RawRequest.dav("GET", "kept/reset").exchange(server.port());
        assertThat(dav.status()).isEqualTo(404);
    }

    @Test
    void clientsThatStopInMidBodyAreCutOff() throws Exception {
        Answer dav = RawRequest.dav("PUT", "kept/slow")
                .with("Content-Length: 9000000")
                .body(KEPT)
                .exchangeOpen(server.port());
        assertThat(dav.status()).as(dav.text()).isIn(400, 408);
        Answer s3 = RawRequest.s3(server.s3Port(), "PUT", "/kept/slow")
                .with("Content-Length: 9000000")
                .body(KEPT)
                .exchangeOpen(server.s3Port());
        assertThat(s3.status()).as(s3.text()).isEqualTo(400);
        assertThat(s3.text()).contains("RequestTimeout");
    }

    @Test
    void clientsThatStopInMidHeadAreCutOff() throws Exception {
        for (int port : new int[] {server.port(), server.s3Port()}) {
            assertThat(RawRequest.begin(port, "GET /kept/file.bin HTTP/1.1\r\nHost: somewh")
                            .status())
                    .isIn(0, 400, 408);
            assertThat(RawRequest.begin(port, "\0\1\2 nothing like a request\r\n\r\n")
                            .status())
                    .isIn(0, 400);
        }
    }
}
