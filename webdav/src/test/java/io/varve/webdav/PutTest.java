package io.varve.webdav;

import static org.assertj.core.api.Assertions.assertThat;

import io.varve.webdav.DavClient.Answer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PutTest extends DoorTest {

    @Test
    void createsThenReplacesAndTellsTheTag() {
        Answer created = client.put(bucket + "a.txt", "one");
        assertStatus(201, created);
        Answer replaced = client.put(bucket + "a.txt", "two");
        assertStatus(204, replaced);
        assertThat(replaced.header("ETag")).isPresent().isNotEqualTo(created.header("ETag"));
        Answer got = client.send("GET", bucket + "a.txt");
        assertThat(got.body()).isEqualTo("two");
        assertThat(got.header("ETag")).isEqualTo(replaced.header("ETag"));
    }

    @Test
    void storesAnEmptyFile() {
        assertStatus(201, client.put(bucket + "empty", ""));
        assertThat(content(bucket + "empty")).isEmpty();
        assertThat(client.send("GET", bucket + "empty").header("Content-Length"))
                .contains("0");
    }

    @Test
    void storesAllBytesOfALargeFile() {
        byte[] bytes = new byte[5_000_000];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (i * 31 + (i >> 9));
        }
        assertStatus(201, client.send("PUT", bucket + "large", bytes));
        assertThat(content(bucket + "large")).isEqualTo(new String(bytes, StandardCharsets.ISO_8859_1));
    }

    @Test
    void takesChunksWithoutALengthAsFinderSendsThem() {
        String chunks = "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n";
        Answer answer = client.raw(
                "PUT " + bucket + "chunked",
                client.authorization() + "\r\nTransfer-Encoding: chunked\r\nX-Expected-Entity-Length: 11\r\n",
                chunks.getBytes(StandardCharsets.UTF_8));
        assertStatus(201, answer);
        assertThat(content(bucket + "chunked")).isEqualTo("hello world");
    }

    @ParameterizedTest
    @ValueSource(strings = {"application/x-www-form-urlencoded", "multipart/form-data; boundary=x"})
    void storesTheBytesOfForms(String type) {
        assertStatus(201, client.put(bucket + "form", "a=1&b=2", "Content-Type: " + type));
        Answer got = client.send("GET", bucket + "form");
        assertThat(got.body()).isEqualTo("a=1&b=2");
        assertThat(got.header("Content-Type")).contains(type);
    }

    @Test
    void needsTheFolderToExist() {
        assertStatus(409, client.put(bucket + "missing/a", "x"));
        assertStatus(409, client.put("/dav/no-such-bucket/a", "x"));
        assertStatus(404, client.send("GET", bucket + "missing/"));
    }

    @Test
    void doesNotReplaceFolders() {
        assertStatus(201, client.send("MKCOL", bucket + "folder"));
        Answer answer = client.put(bucket + "folder", "x");
        assertStatus(405, answer);
        assertThat(answer.header("Allow"))
                .hasValueSatisfying(
                        allow -> assertThat(allow).doesNotContain("PUT").contains("PROPFIND"));
        assertStatus(405, client.put(bucket + "folder/", "x"));
        assertStatus(405, client.put(bucket + "new/", "x"));
        assertStatus(405, client.put(bucket, "x"));
        assertStatus(405, client.put("/dav/", "x"));
        assertStatus(403, client.put("/dav/file-at-the-top", "x"));
    }

    @Test
    void isNotMistakenByAFileInThePlaceOfAFolder() {
        file(bucket + "a", "x");
        assertStatus(409, client.put(bucket + "a/b", "y"));
        assertThat(content(bucket + "a")).isEqualTo("x");
    }

    @Test
    void keepsTheModificationTimeAClientSends() {
        Answer answer = client.put(bucket + "a", "x", "X-OC-Mtime: 784111777");
        assertStatus(201, answer);
        assertThat(answer.header("X-OC-Mtime")).contains("accepted");
        assertThat(client.send("HEAD", bucket + "a").header("Last-Modified")).contains("Sun, 06 Nov 1994 08:49:37 GMT");
        assertStatus(400, client.put(bucket + "a", "y", "X-OC-Mtime: yesterday"));
        assertThat(content(bucket + "a")).isEqualTo("x");
    }

    @Test
    void checksConditions() {
        String etag = file(bucket + "a", "one");
        assertStatus(412, client.put(bucket + "a", "x", "If-None-Match: *"));
        assertStatus(412, client.put(bucket + "a", "x", "If-None-Match: " + etag));
        assertStatus(412, client.put(bucket + "a", "x", "If-Match: \"other\""));
        assertStatus(412, client.put(bucket + "new", "x", "If-Match: *"));
        assertStatus(412, client.put(bucket + "a", "x", "If-Unmodified-Since: Sun, 06 Nov 1994 08:49:37 GMT"));
        assertStatus(412, client.put(bucket + "a", "x", "If: ([\"other\"])"));
        assertThat(content(bucket + "a")).isEqualTo("one");
        assertStatus(404, client.send("GET", bucket + "new"));
        assertStatus(204, client.put(bucket + "a", "two", "If-Match: \"zzz\", " + etag));
        assertStatus(201, client.put(bucket + "new", "x", "If-None-Match: *"));
        assertStatus(400, client.put(bucket + "new", "x", "If-Match: unquoted"));
    }

    @Test
    void letsExactlyOneOfManyConditionalWritersWin() throws ExecutionException, InterruptedException {
        String etag = file(bucket + "raced", "start");
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Integer>> creates = new ArrayList<>();
            List<Future<Integer>> updates = new ArrayList<>();
            for (int i = 0; i < 16; i++) {
                String content = "writer " + i;
                creates.add(threads.submit(() -> client.put(bucket + "created", content, "If-None-Match: *")
                        .status()));
                updates.add(threads.submit(() -> client.put(bucket + "raced", content, "If-Match: " + etag)
                        .status()));
            }
            assertThat(statuses(creates)).containsOnly(201, 412).containsOnlyOnce(201);
            assertThat(statuses(updates)).containsOnly(204, 412).containsOnlyOnce(204);
        }
    }

    private static List<Integer> statuses(List<Future<Integer>> futures)
            throws ExecutionException, InterruptedException {
        List<Integer> statuses = new ArrayList<>();
        for (Future<Integer> future : futures) {
            statuses.add(future.get());
        }
        return statuses;
    }

    @ParameterizedTest
    @ValueSource(strings = {"Content-Length: 1000000", "Transfer-Encoding: chunked"})
    void keepsTheOldFileWhenTheConnectionIsCut(String framing) throws IOException {
        file(bucket + "a", "old");
        byte[] half = ("Content-Length: 1000000".equals(framing) ? "x" : "186A0\r\nx")
                .concat("y".repeat(50_000))
                .getBytes(StandardCharsets.UTF_8);
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            String head = "PUT " + bucket + "a HTTP/1.1\r\nHost: x\r\n" + client.authorization() + "\r\n" + framing
                    + "\r\n\r\n";
            socket.getOutputStream().write(head.getBytes(StandardCharsets.UTF_8));
            socket.getOutputStream().write(half);
            socket.setSoLinger(true, 0); // Reset, as a pulled cable would in the end.
        }
        // The same once more, but with an orderly end of the client's side: then there is somebody to tell.
        Answer answer = client.raw("PUT " + bucket + "a", client.authorization() + "\r\n" + framing + "\r\n", half);
        assertStatus(400, answer);
        assertThat(content(bucket + "a")).isEqualTo("old");
        assertStatus(404, client.send("GET", bucket + "b"));
    }

    @Test
    void refusesBeforeTheBodyIsAskedFor() throws IOException {
        file(bucket + "a", "old");
        server.freeBytes.set(1000);
        assertRefusedBeforeBody(507, "PUT " + bucket + "a", client.authorization(), "Content-Length: 1001");
        assertRefusedBeforeBody(401, "PUT " + bucket + "a", "X: y", "Content-Length: 10");
        assertRefusedBeforeBody(
                412, "PUT " + bucket + "a", client.authorization() + "\r\nIf-None-Match: *", "Content-Length: 10");
        assertRefusedBeforeBody(409, "PUT " + bucket + "x/a", client.authorization(), "Content-Length: 10");
        lock(bucket + "a");
        assertRefusedBeforeBody(423, "PUT " + bucket + "a", client.authorization(), "Content-Length: 10");
        assertRefusedBeforeBody(413, "PROPFIND " + bucket + "a", client.authorization(), "Content-Length: 2000000");
    }

    @Test
    void aBucketsQuotaIsToldAndHeldTo() throws IOException {
        String name = bucket.substring("/dav/".length(), bucket.length() - 1);
        server.engine.namespace().quotas().set(name, OptionalLong.of(10));
        file(bucket + "a", "123456");
        assertRefusedBeforeBody(507, "PUT " + bucket + "b", client.authorization(), "Content-Length: 5");
        assertRefusedBeforeBody(507, "PUT " + bucket + "a", client.authorization(), "Content-Length: 11");
        Answer refused = client.put(bucket + "b", "12345");
        assertStatus(507, refused);
        assertThat(refused.body()).contains("quota-not-exceeded").contains("10 bytes");
        assertStatus(507, client.send("COPY", bucket + "a", "Destination: " + bucket + "b"));
        assertStatus(201, client.send("MOVE", bucket + "a", "Destination: " + bucket + "b"));
        assertStatus(201, client.send("MKCOL", bucket + "folder/"));
        String prop = "<D:propfind xmlns:D='DAV:'><D:prop><D:quota-used-bytes/><D:quota-available-bytes/></D:prop>"
                + "</D:propfind>";
        for (String place : List.of(bucket, bucket + "folder/")) {
            assertThat(client.send("PROPFIND", place, prop, new String[] {"Depth: 0"})
                            .body())
                    .contains("<D:quota-used-bytes>6</D:quota-used-bytes>")
                    .contains("<D:quota-available-bytes>4</D:quota-available-bytes>");
        }
    }

    private void assertRefusedBeforeBody(int status, String line, String... headers) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            socket.setSoTimeout(10_000);
            String head = line + " HTTP/1.1\r\nHost: 127.0.0.1\r\nExpect: 100-continue\r\n"
                    + String.join("\r\n", headers) + "\r\n\r\n";
            socket.getOutputStream().write(head.getBytes(StandardCharsets.UTF_8));
            InputStream in = socket.getInputStream();
            assertThat(new String(in.readNBytes(12), StandardCharsets.ISO_8859_1))
                    .isEqualTo("HTTP/1.1 " + status);
        }
    }

    @Test
    void saysThatABodyStalled() throws IOException {
        try (DavServer impatient =
                        new DavServer(directory.resolve("impatient"), DavSettings.DEFAULT, Duration.ofMillis(200));
                Socket socket = new Socket(InetAddress.getLoopbackAddress(), impatient.port())) {
            DavClient other = impatient.client();
            assertStatus(201, other.send("MKCOL", "/dav/waits"));
            String head = "PUT /dav/waits/a HTTP/1.1\r\nHost: x\r\n" + other.authorization()
                    + "\r\nContent-Length: 10\r\n\r\nabc";
            socket.getOutputStream().write(head.getBytes(StandardCharsets.ISO_8859_1));
            Answer answer = DavClient.read(socket.getInputStream(), false);
            assertStatus(408, answer);
            assertThat(answer.header("Connection")).contains("close");
            assertStatus(404, other.send("GET", "/dav/waits/a"));
        }
    }
}
