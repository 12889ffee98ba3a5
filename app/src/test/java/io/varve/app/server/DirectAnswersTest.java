package io.varve.app.server;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.catalina.connector.ClientAbortException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class DirectAnswersTest {
    private static final int PIECE_BYTES = 1_000_003;
    private static final int PIECES = 24;

    /** Between them goes a word through the container's stream. */
    private static final byte[] WORD = "--between--".getBytes(StandardCharsets.US_ASCII);

    private final CompletableFuture<Throwable> failed = new CompletableFuture<>();
    private final byte[] content = new byte[PIECE_BYTES];
    private ServletDoor door;

    /** Answers with pieces of direct memory, a word after each; with {@code ?length}, their sum is told before. */
    private final class Pieces extends HttpServlet {
        private static final long serialVersionUID = 1;

        @Override
        protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
            if ("length".equals(request.getQueryString())) {
                response.setContentLengthLong((long) PIECES * (PIECE_BYTES + WORD.length));
            }
            WritableByteChannel direct =
                    (WritableByteChannel) request.getAttribute(WritableByteChannel.class.getName());
            ByteBuffer memory = ByteBuffer.allocateDirect(PIECE_BYTES);
            try {
                for (int i = 0; i < PIECES; i++) {
                    // What was sent from here has left: the memory is written anew.
                    memory.clear().put(content).put(0, (byte) i).flip();
                    int sent = direct.write(memory.asReadOnlyBuffer());
                    assertThat(sent).isEqualTo(PIECE_BYTES);
                    response.getOutputStream().write(WORD);
                }
            } catch (IOException e) {
                // Not thrown on: the container knows already, and would write a stack trace.
                failed.complete(e);
            }
        }
    }

    @BeforeEach
    void open() {
        new Random(1).nextBytes(content);
        door = new ServletDoor(
                new Pieces(),
                "/",
                InetAddress.getLoopbackAddress().getHostAddress(),
                0,
                connector -> {},
                Duration.ZERO,
                List.of(new DirectAnswers()));
        door.start();
    }

    @AfterEach
    void close() {
        door.close();
    }

    @Test
    void piecesAndWhatIsWrittenBetweenComeInOrder() throws Exception {
        assertWhole(get("/?length").body());
    }

    @Test
    void withoutALengthTheyComeInChunks() throws Exception {
        var answer = get("/");
        assertThat(answer.headers().firstValue("Content-Length")).isEmpty();
        assertWhole(answer.body());
    }

    @Test
    void theNextRequestOfAConnectionIsAnsweredToo() throws Exception {
        try (Socket socket = connect()) {
            for (int i = 0; i < 2; i++) {
                request(socket);
                assertWhole(body(socket));
            }
        }
    }

    @Test
    void aHeadHasNoBytes() throws Exception {
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpRequest head = HttpRequest.newBuilder(uri("/?length")).HEAD().build();
            assertThat(client.send(head, BodyHandlers.ofByteArray()).body()).isEmpty();
        }
    }

    @Test
    void aClientThatIsGoneEndsTheAnswer() throws Exception {
        try (Socket socket = connect()) {
            request(socket);
            assertThat(socket.getInputStream().read()).isEqualTo('H');
            socket.setSoLinger(true, 0);
        }
        assertThat(failed.get(100, TimeUnit.SECONDS)).isInstanceOf(ClientAbortException.class);
        assertWhole(get("/?length").body());
    }

    private void assertWhole(byte[] body) {
        assertThat(body).hasSize(PIECES * (PIECE_BYTES + WORD.length));
        ByteBuffer all = ByteBuffer.wrap(body);
        byte[] expected = content.clone();
        for (int i = 0; i < PIECES; i++) {
            byte[] piece = new byte[PIECE_BYTES];
            byte[] word = new byte[WORD.length];
            all.get(piece).get(word);
            expected[0] = (byte) i;
            assertThat(Arrays.equals(piece, expected)).as("piece %d", i).isTrue();
            assertThat(word).isEqualTo(WORD);
        }
    }

    private HttpResponse<byte[]> get(String path) throws Exception {
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(HttpRequest.newBuilder(uri(path)).build(), BodyHandlers.ofByteArray());
        }
    }

    private URI uri(String path) {
        return URI.create("http://127.0.0.1:" + door.port() + path);
    }

    private Socket connect() throws IOException {
        return new Socket(InetAddress.getLoopbackAddress(), door.port());
    }

    private static void request(Socket socket) throws IOException {
        socket.getOutputStream()
                .write("GET /?length HTTP/1.1\r\nHost: varve\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    }

    private static byte[] body(Socket socket) throws IOException {
        InputStream in = socket.getInputStream();
        int ends = 0;
        while (ends < 4) {
            int next = in.read();
            ends = next == '\r' || next == '\n' ? ends + 1 : 0;
        }
        byte[] body = new byte[PIECES * (PIECE_BYTES + WORD.length)];
        new DataInputStream(in).readFully(body);
        return body;
    }
}
