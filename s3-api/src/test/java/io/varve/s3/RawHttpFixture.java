package io.varve.s3;

import static org.assertj.core.api.Assertions.assertThat;

import io.varve.s3.RawClient.Answer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** A server and a client that decides every byte it sends, for the tests of one class. */
abstract class RawHttpFixture {

    static final String UNSIGNED = "UNSIGNED-PAYLOAD";

    @TempDir
    static Path directory;

    static S3TestServer server;
    static RawClient client;

    @BeforeAll
    static void start() throws IOException {
        server = new S3TestServer(directory);
        client = server.rawClient();
        assertThat(client.send("PUT", "/raw").status()).isEqualTo(200);
    }

    @AfterAll
    static void stop() throws IOException {
        server.close();
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static byte[] random(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    static void assertStored(String target, byte[] content) throws IOException {
        Answer answer = client.send("GET", target);
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo(content);
    }

    static void assertMissing(String target) throws IOException {
        assertThat(client.send("GET", target).code()).isEqualTo("NoSuchKey");
    }
}
