package io.varve.app.packaged;

import static org.assertj.core.api.Assertions.assertThat;

import io.varve.app.packaged.RawRequest.Answer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server that is asked to stop while clients read. */
class StopIT {
    private static final int SIGTERM_EXIT = 143;

    /** More than sockets buffer: the server is certainly in the middle of it when it is asked to stop. */
    private static final int BLOCKS = (64 << 20) / LongContent.BLOCK_BYTES;

    @TempDir
    Path home;

    @Test
    void runningRequestsEndAtBothDoors() throws Exception {
        Installation installation = Installation.in(home);
        LongContent content = new LongContent(1, BLOCKS);
        try (ServerProcess server = installation.serve("--http.stop-grace=1m")) {
            try (DavClient dav = DavClient.of(server)) {
                assertThat(dav.makeFolder("long")).isEqualTo(201);
            }
            Answer put = RawRequest.dav("PUT", "long/file")
                    .with("Content-Length: " + content.length())
                    .upload(server.port(), content::writeTo);
            assertThat(put.status()).as(put.text()).isEqualTo(201);

            int byS3 = RawRequest.s3(server.s3Port(), "GET", "/long/file").download(server.s3Port(), s3 -> {
                int byDav = RawRequest.dav("GET", "long/file").download(server.port(), dav -> {
                    server.askToStop();
                    awaitRefusal(server.s3Port());
                    content.requireFrom(dav);
                });
                assertThat(byDav).isEqualTo(200);
                assertThat(server.isAlive()).isTrue();
                content.requireFrom(s3);
            });
            assertThat(byS3).isEqualTo(200);
            assertThat(server.stop()).isEqualTo(SIGTERM_EXIT);
        }
    }

    /** Until the door takes no more connections: it refuses them, or resets one that waited in its backlog when it closed. */
    private static void awaitRefusal(int port) throws IOException {
        while (true) {
            try (Socket open = new Socket(InetAddress.getLoopbackAddress(), port)) {
                assertThat(open.isConnected()).isTrue();
            } catch (SocketException e) {
                return;
            }
        }
    }
}
