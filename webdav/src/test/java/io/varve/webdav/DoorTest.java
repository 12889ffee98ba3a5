package io.varve.webdav;

import static org.assertj.core.api.Assertions.assertThat;

import io.varve.webdav.DavClient.Answer;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** One server for a class of tests, and a bucket of its own for each test. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class DoorTest {

    @TempDir
    static Path directory;

    private int buckets;

    DavServer server;
    DavClient client;

    /** The address of the test's bucket, with trailing slash. */
    String bucket;

    @BeforeAll
    void start() throws IOException {
        server = new DavServer(directory.resolve(getClass().getSimpleName()));
        client = server.client();
    }

    @AfterAll
    void stop() throws IOException {
        server.close();
    }

    @BeforeEach
    void makeBucket() {
        bucket = "/dav/bucket-" + ++buckets + "/";
        assertThat(client.send("MKCOL", bucket).status()).isEqualTo(201);
        server.freeBytes.set(Long.MAX_VALUE);
    }

    /** Makes a file and gives its ETag. */
    String file(String path, String content) {
        Answer answer = client.put(path, content);
        assertThat(answer.status()).as("%s: %s", path, answer.body()).isIn(201, 204);
        return answer.header("ETag").orElseThrow();
    }

    String content(String path) {
        Answer answer = client.send("GET", path);
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        return answer.body();
    }

    /** Locks and gives the token. */
    String lock(String path, String... headers) {
        Answer answer = client.send("LOCK", path, lockInfo("exclusive"), headers);
        assertThat(answer.status()).as(answer.body()).isIn(200, 201);
        String token = answer.header("Lock-Token").orElseThrow();
        return token.substring(1, token.length() - 1);
    }

    static String lockInfo(String scope) {
        return "<D:lockinfo xmlns:D='DAV:'><D:lockscope><D:" + scope
                + "/></D:lockscope><D:locktype><D:write/></D:locktype>"
                + "<D:owner><D:href>http://example.org/~me</D:href></D:owner></D:lockinfo>";
    }

    static void assertStatus(int status, Answer answer) {
        assertThat(answer.status()).as(answer.body()).isEqualTo(status);
    }
}
