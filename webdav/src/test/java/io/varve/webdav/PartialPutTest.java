package io.varve.webdav;

import static org.assertj.core.api.Assertions.assertThat;

import io.varve.webdav.DavClient.Answer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Some bytes of a file: PUT with {@code Content-Range}, and PATCH as sabre/dav has it. */
class PartialPutTest extends DoorTest {
    private static final String PARTIAL = "Content-Type: application/x-sabredav-partialupdate";

    @ParameterizedTest
    @CsvSource({
        "0-1, xx, xx23456789",
        "2-3, xx, 01xx456789",
        "8-9, xx, 01234567xx",
        "9-11, xyz, 012345678xyz",
        "10-12, xyz, 0123456789xyz",
    })
    void splicesAndNeverReplaces(String range, String bytes, String expected) {
        String tag = file(bucket + "a", "0123456789");
        for (String whole : new String[] {"/*", "/100"}) {
            Answer answer = client.put(bucket + "a", bytes, "Content-Range: bytes " + range + whole);
            assertStatus(204, answer);
            assertThat(answer.header("ETag")).isPresent().isNotEqualTo(tag);
            assertThat(content(bucket + "a")).isEqualTo(expected);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "append, xyz, 0123456789xyz",
        "bytes=2-3, xx, 01xx456789",
        "bytes=2-, xx, 01xx456789",
        "bytes=-2, xx, 01234567xx",
        "bytes=-20, xx, xx23456789",
        "bytes=10-, xyz, 0123456789xyz",
    })
    void patchesAsSabreDoes(String range, String bytes, String expected) {
        file(bucket + "a", "0123456789");
        assertStatus(
                204, client.send("PATCH", bucket + "a", bytes, new String[] {PARTIAL, "X-Update-Range: " + range}));
        assertThat(content(bucket + "a")).isEqualTo(expected);
    }

    @Test
    void isOffered() {
        file(bucket + "a", "x");
        Answer options = client.send("OPTIONS", bucket + "a");
        assertThat(options.header("DAV"))
                .hasValueSatisfying(dav -> assertThat(dav).contains("sabredav-partialupdate"));
        assertThat(options.header("Allow"))
                .hasValueSatisfying(allow -> assertThat(allow).contains("PATCH"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "bytes 3-2/10",
                "bytes 0-1/1",
                "bytes */10",
                "bytes=0-1/10",
                "lines 0-1/10",
                "bytes 0-2/10",
                "bytes 0-99999999999999999999/*"
            })
    void rangesThatDoNotFitLeaveTheFile(String range) {
        file(bucket + "a", "0123456789");
        assertStatus(400, client.put(bucket + "a", "xx", "Content-Range: " + range));
        assertThat(content(bucket + "a")).isEqualTo("0123456789");
    }

    @Test
    void gapsAreRefusedWithTheSize() {
        file(bucket + "a", "0123456789");
        Answer answer = client.put(bucket + "a", "xx", "Content-Range: bytes 11-12/13");
        assertStatus(416, answer);
        assertThat(answer.header("Content-Range")).contains("bytes */10");
        assertStatus(416, client.put(bucket + "new", "xx", "Content-Range: bytes 5-6/7"));
        assertStatus(404, client.send("GET", bucket + "new"));
        assertStatus(404, client.send("PATCH", bucket + "new", "x", new String[] {PARTIAL, "X-Update-Range: append"}));
        assertStatus(400, client.send("PATCH", bucket + "a", "x", new String[] {PARTIAL}));
        assertStatus(415, client.send("PATCH", bucket + "a", "x", new String[] {
            "Content-Type: text/plain", "X-Update-Range: append"
        }));
        assertThat(content(bucket + "a")).isEqualTo("0123456789");
    }

    @Test
    void anInterruptedUploadGoesOnWhereItEnded() {
        byte[] all = new byte[700_000];
        new Random(3).nextBytes(all);
        int sent = 400_001;
        for (int from = 0; from < all.length; from += sent) {
            byte[] part = Arrays.copyOfRange(all, from, Math.min(all.length, from + sent));
            String range = "Content-Range: bytes " + from + "-" + (from + part.length - 1) + "/" + all.length;
            assertStatus(from == 0 ? 201 : 204, client.send("PUT", bucket + "a", part, range));
        }
        assertThat(content(bucket + "a")).isEqualTo(new String(all, StandardCharsets.ISO_8859_1));
    }

    @Test
    void aCutConnectionLeavesTheFile() throws IOException {
        file(bucket + "a", "0123456789");
        String head = client.authorization() + "\r\nContent-Range: bytes 2-5/10\r\nContent-Length: 4\r\n";
        assertStatus(400, client.raw("PUT " + bucket + "a", head, new byte[] {'x', 'x'}));
        assertThat(content(bucket + "a")).isEqualTo("0123456789");
    }

    @Test
    void chunksWithoutALengthMustFillTheRange() {
        file(bucket + "a", "0123456789");
        String head = client.authorization() + "\r\nTransfer-Encoding: chunked\r\nContent-Range: bytes 2-3/10\r\n";
        byte[] two = "2\r\nxx\r\n0\r\n\r\n".getBytes(StandardCharsets.UTF_8);
        byte[] three = "3\r\nxxx\r\n0\r\n\r\n".getBytes(StandardCharsets.UTF_8);
        assertStatus(400, client.raw("PUT " + bucket + "a", head, three));
        assertThat(content(bucket + "a")).isEqualTo("0123456789");
        assertStatus(204, client.raw("PUT " + bucket + "a", head, two));
        assertThat(content(bucket + "a")).isEqualTo("01xx456789");
    }

    @Test
    void conditionsLocksPropertiesAndTypesHold() {
        Answer created = client.put(bucket + "a", "0123456789", "Content-Type: text/x-mine", "X-Varve-TTL: 7d");
        assertStatus(201, created);
        String patch = "<D:propertyupdate xmlns:D='DAV:'><D:set><D:prop><colour xmlns='urn:x'>red</colour></D:prop>"
                + "</D:set></D:propertyupdate>";
        assertStatus(207, client.send("PROPPATCH", bucket + "a", patch, new String[0]));
        String range = "Content-Range: bytes 0-0/10";
        assertStatus(412, client.put(bucket + "a", "x", range, "If-Match: \"other\""));
        String token = lock(bucket + "a");
        assertStatus(423, client.put(bucket + "a", "x", range));
        Answer changed = client.put(bucket + "a", "x", range, "If: (<" + token + ">)", "X-OC-Mtime: 784111777");
        assertStatus(204, changed);
        assertThat(changed.header("X-Varve-Expires")).isPresent().isEqualTo(created.header("X-Varve-Expires"));
        Answer got = client.send("GET", bucket + "a");
        assertThat(got.body()).isEqualTo("x123456789");
        assertThat(got.header("Content-Type"))
                .hasValueSatisfying(type -> assertThat(type).startsWith("text/x-mine"));
        assertThat(got.header("Last-Modified")).contains("Sun, 06 Nov 1994 08:49:37 GMT");
        assertThat(client.send("PROPFIND", bucket + "a", "Depth: 0").body()).contains(">red<");
    }

    @Test
    void whoComesSecondIsTold() throws IOException {
        file(bucket + "a", "0123456789");
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            socket.setSoTimeout(10_000);
            String head = "PUT " + bucket + "a HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
                    + "Expect: 100-continue\r\n" + client.authorization()
                    + "\r\nContent-Range: bytes 0-1/10\r\nContent-Length: 2\r\n\r\n";
            socket.getOutputStream().write(head.getBytes(StandardCharsets.UTF_8));
            // The server asks for the body after it has looked at the file.
            StringBuilder asked = new StringBuilder();
            while (asked.indexOf("\r\n\r\n") < 0) {
                asked.append((char) socket.getInputStream().read());
            }
            assertThat(asked).startsWith("HTTP/1.1 100");
            file(bucket + "a", "another");
            socket.getOutputStream().write("xx".getBytes(StandardCharsets.UTF_8));
            assertStatus(412, DavClient.read(socket.getInputStream(), false));
        }
        assertThat(content(bucket + "a")).isEqualTo("another");
    }
}
