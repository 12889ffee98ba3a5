package io.varve.s3;

import static org.assertj.core.api.Assertions.assertThat;

import io.varve.s3.RawClient.Answer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Bodies in every framing, whole and broken, over bare sockets. */
class RawFramingIT extends RawHttpFixture {

    /** HTTP's own chunks around a body. */
    private static byte[] httpChunked(byte[] body, int size) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (int offset = 0; offset < body.length; offset += size) {
            int length = Math.min(size, body.length - offset);
            out.writeBytes(bytes(Integer.toHexString(length) + "\r\n"));
            out.write(body, offset, length);
            out.writeBytes(bytes("\r\n"));
        }
        out.writeBytes(bytes("0\r\n\r\n"));
        return out.toByteArray();
    }

    /** Puts a body whose length is told by Content-Length or not at all. */
    private static Answer put(String key, Map<String, String> headers, byte[] body, String hash, boolean chunked)
            throws IOException {
        Map<String, String> all = new TreeMap<>(headers);
        all.put("host", client.host());
        all.put(chunked ? "transfer-encoding" : "content-length", chunked ? "chunked" : Integer.toString(body.length));
        Map<String, String> signed =
                client.signer().byHeader("PUT", "/raw/" + key, "", all, hash).headers();
        return client.exchange("PUT", "/raw/" + key, signed, chunked ? httpChunked(body, 10_000) : body);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void takesPlainBodies(boolean chunked) throws IOException {
        byte[] content = random(300_000);
        assertThat(put("plain", Map.of(), content, RequestSigner.sha256(content), chunked)
                        .status())
                .isEqualTo(200);
        assertStored("/raw/plain", content);
        assertThat(put("unsigned", Map.of(), content, UNSIGNED, chunked).status())
                .isEqualTo(200);
        assertStored("/raw/unsigned", content);
        assertThat(put("plain-bad", Map.of(), content, RequestSigner.sha256(new byte[1]), chunked)
                        .code())
                .isEqualTo("XAmzContentSHA256Mismatch");
        assertMissing("/raw/plain-bad");
    }

    /** A body in signed chunks; {@code trailer} may be empty. */
    private static Answer putSignedChunks(String key, byte[] content, String trailer, boolean chunked, int damage)
            throws IOException {
        RequestSigner signer = client.signer();
        Map<String, String> headers = new TreeMap<>();
        headers.put("host", client.host());
        headers.put("content-encoding", "aws-chunked");
        headers.put("x-amz-decoded-content-length", Integer.toString(content.length));
        if (!trailer.isEmpty()) {
            headers.put("x-amz-trailer", trailer.substring(0, trailer.indexOf(':')));
        }
        String hash = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD" + (trailer.isEmpty() ? "" : "-TRAILER");
        RequestSigner.Signed signed = signer.byHeader("PUT", "/raw/" + key, "", headers, hash);
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        String signature = signed.signature();
        for (int offset = 0; offset <= content.length; offset += 65_536) {
            byte[] part = Arrays.copyOfRange(content, offset, Math.min(content.length, offset + 65_536));
            signature = signer.chunk(signature, part);
            body.writeBytes(bytes(Integer.toHexString(part.length) + ";chunk-signature=" + signature + "\r\n"));
            body.writeBytes(part);
            if (part.length > 0) {
                body.writeBytes(bytes("\r\n"));
            }
        }
        if (content.length % 65_536 != 0) {
            signature = signer.chunk(signature, new byte[0]);
            body.writeBytes(bytes("0;chunk-signature=" + signature + "\r\n"));
        }
        if (!trailer.isEmpty()) {
            body.writeBytes(bytes(
                    trailer + "\r\nx-amz-trailer-signature:" + signer.trailer(signature, trailer + "\n") + "\r\n"));
        }
        body.writeBytes(bytes("\r\n"));
        byte[] raw = body.toByteArray();
        if (damage >= 0) {
            raw[damage] ^= 1;
        }
        Map<String, String> all = new TreeMap<>(signed.headers());
        all.put(chunked ? "transfer-encoding" : "content-length", chunked ? "chunked" : Integer.toString(raw.length));
        return client.exchange("PUT", "/raw/" + key, all, chunked ? httpChunked(raw, 5000) : raw);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void takesSignedChunks(boolean chunked) throws IOException {
        for (int length : new int[] {0, 1, 65_536, 200_000}) {
            byte[] content = random(length);
            assertThat(putSignedChunks("signed", content, "", chunked, -1).status())
                    .isEqualTo(200);
            assertStored("/raw/signed", content);
        }
        Answer head = client.send("HEAD", "/raw/signed");
        assertThat(head.headers()).doesNotContainKey("content-encoding");
        assertThat(putSignedChunks("signed-bad", random(200_000), "", chunked, 100_000)
                        .code())
                .isEqualTo("SignatureDoesNotMatch");
        assertMissing("/raw/signed-bad");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void takesSignedChunksWithASignedTrailer(boolean chunked) throws IOException {
        byte[] content = bytes("123456789");
        Answer answer = putSignedChunks("trailed", content, "x-amz-checksum-crc64nvme:rosUhgp5mIg=", chunked, -1);
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.headers()).containsEntry("x-amz-checksum-crc64nvme", "rosUhgp5mIg=");
        assertStored("/raw/trailed", content);
        assertThat(putSignedChunks("trailed-bad", content, "x-amz-checksum-crc64nvme:AAAAAAAAAAA=", chunked, -1)
                        .code())
                .isEqualTo("BadDigest");
        assertMissing("/raw/trailed-bad");
    }

    @ParameterizedTest
    @CsvSource({
        "true, true",
        "true, false",
        "false, true",
        "false, false",
    })
    void takesUnsignedChunksWithATrailer(boolean chunked, boolean tellsLength) throws IOException {
        String framed = "9\r\n123456789\r\n0\r\nx-amz-checksum-crc32:y/Q5Jg==\r\n\r\n";
        Map<String, String> headers =
                new TreeMap<>(Map.of("content-encoding", "gzip,aws-chunked", "x-amz-trailer", "x-amz-checksum-crc32"));
        if (tellsLength) {
            headers.put("x-amz-decoded-content-length", "9");
        }
        Answer answer = put("loose", headers, bytes(framed), "STREAMING-UNSIGNED-PAYLOAD-TRAILER", chunked);
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.headers()).containsEntry("x-amz-checksum-crc32", "y/Q5Jg==");
        Answer stored = client.send("GET", "/raw/loose", Map.of("x-amz-checksum-mode", "ENABLED"), new byte[0]);
        assertThat(stored.text()).isEqualTo("123456789");
        assertThat(stored.headers())
                .containsEntry("content-encoding", "gzip")
                .containsEntry("x-amz-checksum-crc32", "y/Q5Jg==")
                .containsEntry("x-amz-checksum-type", "FULL_OBJECT");
        Answer bad = put(
                "loose-bad", headers, bytes(framed.replace("89", "80")), "STREAMING-UNSIGNED-PAYLOAD-TRAILER", chunked);
        assertThat(bad.code()).isEqualTo("BadDigest");
        assertMissing("/raw/loose-bad");
    }

    @Test
    void storesNothingOfABodyThatIsCutOff() throws IOException {
        client.send("PUT", "/raw/kept", Map.of(), bytes("old"));
        for (String hash : new String[] {UNSIGNED, RequestSigner.sha256(bytes("new"))}) {
            Answer answer = client.send("PUT", "/raw/kept", Map.of("content-length", "1000000"), random(5000), hash);
            assertThat(answer.status()).isEqualTo(400);
            assertThat(answer.code()).isEqualTo("IncompleteBody");
            assertStored("/raw/kept", bytes("old"));
        }
        Map<String, String> headers = new TreeMap<>(Map.of("host", client.host(), "transfer-encoding", "chunked"));
        Map<String, String> signed = client.signer()
                .byHeader("PUT", "/raw/kept", "", headers, UNSIGNED)
                .headers();
        Answer answer = client.exchange("PUT", "/raw/kept", signed, bytes("5\r\n12345\r\n5\r\n123"));
        assertThat(answer.code()).isEqualTo("IncompleteBody");
        assertStored("/raw/kept", bytes("old"));
    }

    @Test
    void wantsALengthThatMakesSense() throws IOException {
        Map<String, String> signed = client.signer()
                .byHeader("PUT", "/raw/lengthless", "", Map.of("host", client.host()), UNSIGNED)
                .headers();
        Answer missing = client.exchange("PUT", "/raw/lengthless", signed, new byte[0]);
        assertThat(missing.status()).isEqualTo(411);
        assertThat(missing.code()).isEqualTo("MissingContentLength");
        Answer large = client.send(
                "PUT", "/raw/lengthless", Map.of("content-length", Long.toString(6L << 30)), new byte[0], UNSIGNED);
        assertThat(large.code()).isEqualTo("EntityTooLarge");
        Answer negative = client.send("PUT", "/raw/lengthless", Map.of("content-length", "-1"), new byte[0], UNSIGNED);
        assertThat(negative.status()).isEqualTo(400);
        assertMissing("/raw/lengthless");
    }

    @Test
    void checksContentMd5() throws IOException {
        assertThat(client.send("PUT", "/raw/md5", Map.of("content-md5", "1B2M2Y8AsgTpgAmY7PhCfg=="), bytes("x"))
                        .code())
                .isEqualTo("BadDigest");
        assertThat(client.send("PUT", "/raw/md5", Map.of("content-md5", "nonsense"), bytes("x"))
                        .code())
                .isEqualTo("InvalidDigest");
        assertMissing("/raw/md5");
        assertThat(client.send("PUT", "/raw/md5", Map.of("content-md5", "1B2M2Y8AsgTpgAmY7PhCfg=="), new byte[0])
                        .headers())
                .containsEntry("etag", "\"d41d8cd98f00b204e9800998ecf8427e\"");
    }

    @Test
    void asksForTheBodyOnlyWhenItWantsIt() throws IOException {
        Map<String, String> headers = new TreeMap<>(Map.of("host", client.host(), "content-length", "5"));
        headers.put("x-amz-content-sha256", UNSIGNED);
        for (String[] wanted : new String[][] {{"/raw/expected", "100"}, {"/no-such-bucket/k", "404"}}) {
            Map<String, String> signed = new TreeMap<>(client.signer()
                    .byHeader("PUT", wanted[0], "", headers, UNSIGNED)
                    .headers());
            signed.put("expect", "100-continue");
            StringBuilder head = new StringBuilder("PUT " + wanted[0] + " HTTP/1.1\r\n");
            signed.forEach((name, value) ->
                    head.append(name).append(": ").append(value).append("\r\n"));
            try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
                socket.setSoTimeout(10_000);
                socket.getOutputStream().write(bytes(head + "\r\n"));
                InputStream in = socket.getInputStream();
                Answer first = RawClient.readAnswer(in, false);
                assertThat(first.status()).isEqualTo(Integer.parseInt(wanted[1]));
                if (first.status() == 100) {
                    socket.getOutputStream().write(bytes("hello"));
                    assertThat(RawClient.readAnswer(in, false).status()).isEqualTo(200);
                }
            }
        }
        assertStored("/raw/expected", bytes("hello"));
    }

    @Test
    void letsAClientThatIsStillSendingSeeTheRefusal() throws IOException {
        byte[] body = random(8 << 20);
        Answer answer = new RawClient(server.port(), "nobody", "x").send("PUT", "/raw/refused", Map.of(), body);
        assertThat(answer.status()).isEqualTo(403);
    }
}
