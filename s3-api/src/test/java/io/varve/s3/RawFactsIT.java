package io.varve.s3;

import static org.assertj.core.api.Assertions.assertThat;

import io.varve.s3.RawClient.Answer;
import io.varve.s3.body.ChecksumAlgorithm;
import io.varve.storage.chunkstore.ContentHints;
import io.varve.storage.namespace.EntryPath;
import io.varve.storage.namespace.LockRequest;
import io.varve.storage.namespace.PutRequest;
import io.varve.storage.namespace.WriteOptions;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Small facts of the protocol on which clients stumble. */
class RawFactsIT extends RawHttpFixture {

    private static byte[] head(String method, String path) {
        Map<String, String> headers = new TreeMap<>(Map.of("host", client.host()));
        StringBuilder text = new StringBuilder(method + " " + path + " HTTP/1.1\r\n");
        client.signer()
                .byHeader(method, path, "", headers, RequestSigner.sha256(new byte[0]))
                .headers()
                .forEach((name, value) ->
                        text.append(name).append(": ").append(value).append("\r\n"));
        return text.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1);
    }

    @Test
    void errorsOfHeadHaveNoBodyThatTheNextAnswerWouldFollow() throws IOException {
        client.send("PUT", "/raw/after-head", Map.of(), bytes("next"));
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            socket.setSoTimeout(20_000);
            InputStream in = socket.getInputStream();
            socket.getOutputStream().write(head("HEAD", "/raw/not-there"));
            Answer missing = RawClient.readAnswer(in, true);
            assertThat(missing.status()).isEqualTo(404);
            socket.getOutputStream().write(head("GET", "/raw/after-head"));
            assertThat(RawClient.readAnswer(in, false).body()).isEqualTo(bytes("next"));
        }
    }

    @Test
    void aReaderKeepsItsVersionWhileItIsOverwrittenAndDeleted() throws IOException {
        byte[] old = random(16 << 20);
        client.send("PUT", "/raw/read-slowly", Map.of(), old);
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            socket.setSoTimeout(20_000);
            socket.setReceiveBufferSize(64 << 10);
            socket.getOutputStream().write(head("GET", "/raw/read-slowly"));
            InputStream in = socket.getInputStream();
            int first = in.read();
            client.send("PUT", "/raw/read-slowly", Map.of(), bytes("new"));
            client.send("DELETE", "/raw/read-slowly");
            server.engine().settle(true);
            InputStream whole = new SequenceInputStream(new ByteArrayInputStream(new byte[] {(byte) first}), in);
            assertThat(RawClient.readAnswer(whole, false).body()).isEqualTo(old);
        }
        assertThat(client.send("GET", "/raw/read-slowly").code()).isEqualTo("NoSuchKey");
    }

    @Test
    void whatWasNotUploadedWholeShowsNoMd5() throws IOException {
        var namespace = server.engine().namespace();
        try (var writer = namespace.write(ContentHints.NONE)) {
            writer.write(bytes("by another door"));
            try (var content = writer.finish()) {
                namespace.put(
                        new EntryPath("raw", "dav"), content, PutRequest.ofType(""), WriteOptions.folders("root"));
            }
        }
        assertThat(client.send("HEAD", "/raw/dav").headers().get("etag")).matches("\"[0-9a-f]{32}-0\"");
        assertThat(client.send("GET", "/raw?list-type=2").text()).containsPattern("[0-9a-f]{32}-0");
    }

    @Test
    void checksumsAreToldToWhoAsksForAllBytes() throws IOException {
        byte[] content = random(5000);
        ChecksumAlgorithm.Running running = ChecksumAlgorithm.CRC32.start();
        running.update(content, 0, content.length);
        String crc = running.finish();
        client.send("PUT", "/raw/summed", Map.of("x-amz-checksum-crc32", crc), content);
        Map<String, String> asking = Map.of("x-amz-checksum-mode", "ENABLED");
        assertThat(client.send("GET", "/raw/summed", asking, new byte[0]).headers())
                .containsEntry("x-amz-checksum-crc32", crc)
                .containsEntry("x-amz-checksum-type", "FULL_OBJECT");
        assertThat(client.send("GET", "/raw/summed").headers()).doesNotContainKey("x-amz-checksum-crc32");
        Map<String, String> range = Map.of("x-amz-checksum-mode", "ENABLED", "range", "bytes=0-9");
        assertThat(client.send("GET", "/raw/summed", range, new byte[0]).headers())
                .doesNotContainKey("x-amz-checksum-crc32");
    }

    @Test
    void theFirstListingTellsThePrefixToClientsThatDecodeItAndToOthers() throws IOException {
        for (String prefix : List.of("%0A", "a%20b", "%C3%A4", "a%2Fb")) {
            String told = client.send("GET", "/raw?encoding-type=url&prefix=" + prefix)
                    .text();
            String plain = URLDecoder.decode(prefix, StandardCharsets.UTF_8);
            assertThat(told).contains("<Prefix>" + plain.replace("\n", "&#10;") + "</Prefix>");
        }
        for (String prefix : List.of("a%2Bb", "a%25b", "%01")) {
            assertThat(client.send("GET", "/raw?encoding-type=url&prefix=" + prefix)
                            .text())
                    .contains("<Prefix>" + prefix + "</Prefix>");
        }
        assertThat(client.send("GET", "/raw?list-type=2&encoding-type=url&prefix=%0A")
                        .text())
                .contains("<Prefix>%0A</Prefix>");
    }

    @Test
    void manyAreDeletedQuietlyWithACrc() throws IOException {
        for (int i = 0; i < 3; i++) {
            client.send("PUT", "/raw/gone-" + i, Map.of(), bytes("x"));
        }
        byte[] body = bytes(
                "<Delete><Quiet>true</Quiet><Object><Key>gone-0</Key></Object>"
                        + "<Object><Key>gone-1</Key><ETag>\"other\"</ETag></Object><Object><Key>gone-2</Key></Object></Delete>");
        ChecksumAlgorithm.Running running = ChecksumAlgorithm.CRC32.start();
        running.update(body, 0, body.length);
        Answer answer = client.send("POST", "/raw?delete", Map.of("x-amz-checksum-crc32", running.finish()), body);
        assertThat(answer.text())
                .contains("gone-1")
                .contains("PreconditionFailed")
                .doesNotContain("Deleted");
        assertMissing("/raw/gone-0");
        assertStored("/raw/gone-1", bytes("x"));
        assertThat(client.send("POST", "/raw?delete", Map.of("x-amz-checksum-crc32", "AAAAAA=="), body)
                        .code())
                .isEqualTo("BadDigest");
    }

    @Test
    void ignoresExpectationsItDoesNotKnow() throws IOException {
        assertThat(client.send("PUT", "/raw/expected", Map.of("expect", "200"), bytes("x"))
                        .status())
                .isEqualTo(200);
        assertStored("/raw/expected", bytes("x"));
    }

    @Test
    void tellsNothingKnownThatThereIsNoBucket() throws IOException {
        assertThat(client.exchange("GET", "/no-such-bucket/k", Map.of("host", client.host()), new byte[0])
                        .code())
                .isEqualTo("NoSuchBucket");
    }

    @Test
    void refusesContradictionsAboutEncryption() throws IOException {
        String sse = "x-amz-server-side-encryption";
        for (Map<String, String> headers : List.of(
                Map.of(sse, "aes:kms"),
                Map.of(sse, "AES256", sse + "-aws-kms-key-id", "id"),
                Map.of(sse + "-aws-kms-key-id", "id"),
                Map.of(sse, "AES256", sse + "-customer-algorithm", "AES256"))) {
            assertThat(client.send("PUT", "/raw/k", headers, bytes("x")).code())
                    .as("%s", headers)
                    .isEqualTo("InvalidArgument");
        }
        client.send("PUT", "/raw/plain", Map.of(), bytes("x"));
        assertThat(client.send("GET", "/raw/plain", Map.of(sse, "aws:kms"), new byte[0])
                        .code())
                .isEqualTo("InvalidArgument");
    }

    @Test
    void answersForSettingsThatNobodyCanHave() throws IOException {
        assertThat(client.send("GET", "/raw?requestPayment").text()).contains("<Payer>BucketOwner</Payer>");
        assertThat(client.send("GET", "/raw?logging").text()).contains("BucketLoggingStatus");
        assertThat(client.send("GET", "/raw?accelerate").text()).contains("AccelerateConfiguration");
        assertThat(client.send("GET", "/raw?replication").code()).isEqualTo("ReplicationConfigurationNotFoundError");
        assertThat(client.send("GET", "/raw?website").code()).isEqualTo("NoSuchWebsiteConfiguration");
        assertThat(client.send("DELETE", "/raw?website").status()).isEqualTo(204);
        assertThat(client.send("GET", "/no-such-bucket?logging").code()).isEqualTo("NoSuchBucket");
    }

    @Test
    void listsWithoutAnOrderHaveNoRollUps() throws IOException {
        assertThat(client.send("GET", "/raw?allow-unordered=true").status()).isEqualTo(200);
        assertThat(client.send("GET", "/raw?allow-unordered=true&delimiter=%2F").code())
                .isEqualTo("InvalidArgument");
    }

    @Test
    void deletesOnlyWhatHasTheSizeAndDateAskedFor() throws IOException {
        client.send("PUT", "/raw/conditional", Map.of(), bytes("abc"));
        assertThat(client.send("DELETE", "/raw/conditional", Map.of("x-amz-if-match-size", "4"), new byte[0])
                        .status())
                .isEqualTo(412);
        String modified = "x-amz-if-match-last-modified-time";
        assertThat(client.send(
                                "DELETE",
                                "/raw/conditional",
                                Map.of(modified, "Thu, 01 Jan 2015 00:00:00 GMT"),
                                new byte[0])
                        .status())
                .isEqualTo(412);
        String date = client.send("HEAD", "/raw/conditional").headers().get("last-modified");
        assertThat(client.send(
                                "DELETE",
                                "/raw/conditional",
                                Map.of(modified, date, "x-amz-if-match-size", "3"),
                                new byte[0])
                        .status())
                .isEqualTo(204);
        assertMissing("/raw/conditional");
    }

    @Test
    void aBucketsQuotaIsHeldToBeforeAndAfterTheBody() throws IOException {
        client.send("PUT", "/limited");
        server.engine().namespace().quotas().set("limited", OptionalLong.of(10));
        client.send("PUT", "/limited/a", Map.of(), bytes("123456"));
        Answer refused = client.send("PUT", "/limited/b", Map.of(), bytes("12345"));
        assertThat(refused.status()).isEqualTo(403);
        assertThat(refused.code()).isEqualTo("QuotaExceeded");
        assertThat(client.send("PUT", "/limited/b", Map.of("x-amz-copy-source", "/limited/a"), bytes(""))
                        .code())
                .isEqualTo("QuotaExceeded");
        String started = client.send("POST", "/limited/b?uploads").text();
        String upload = started.replaceAll("(?s).*<UploadId>|</UploadId>.*", "");
        assertThat(client.send("PUT", "/limited/b?partNumber=1&uploadId=" + upload, Map.of(), bytes("12345"))
                        .code())
                .isEqualTo("QuotaExceeded");
        assertThat(client.send("PUT", "/limited/b", Map.of(), bytes("1234")).status())
                .isEqualTo(200);
        assertThat(client.send("DELETE", "/limited/a").status()).isEqualTo(204);
        assertStored("/limited/b", bytes("1234"));
    }

    @Test
    void whatIsLockedAtAnotherDoorIsNotChanged() throws IOException {
        var namespace = server.engine().namespace();
        EntryPath file = new EntryPath("raw", "in-an-editor/letter");
        client.send("PUT", "/raw/in-an-editor/letter", Map.of(), bytes("as it was"));
        client.send("PUT", "/raw/from", Map.of(), bytes("other"));
        String started = client.send("POST", "/raw/in-an-editor/letter?uploads").text();
        String upload = "/raw/in-an-editor/letter?uploadId=" + started.replaceAll("(?s).*<UploadId>|</UploadId>.*", "");
        String etag = client.send("PUT", upload.replace("?", "?partNumber=1&"), Map.of(), bytes("part"))
                .headers()
                .get("etag");
        String parts = "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>" + etag
                + "</ETag></Part></CompleteMultipartUpload>";
        var lock =
                namespace.lock(file.parent(), new LockRequest("", true, true, 600), WriteOptions.folders("somebody"));

        assertThat(List.of(
                        client.send("PUT", "/raw/in-an-editor/letter", Map.of(), bytes("changed")),
                        client.send("PUT", "/raw/in-an-editor/another", Map.of(), bytes("new")),
                        client.send(
                                "PUT", "/raw/in-an-editor/letter", Map.of("x-amz-copy-source", "/raw/from"), bytes("")),
                        client.send("POST", upload, Map.of(), bytes(parts)),
                        client.send("DELETE", "/raw/in-an-editor/letter")))
                .allSatisfy(answer -> {
                    assertThat(answer.status()).isEqualTo(409);
                    assertThat(answer.code()).isEqualTo("OperationAborted");
                });
        assertStored("/raw/in-an-editor/letter", bytes("as it was"));
        assertMissing("/raw/in-an-editor/another");

        namespace.unlock(file.parent(), lock.token(), WriteOptions.folders("somebody"));
        assertThat(client.send("POST", upload, Map.of(), bytes(parts)).status()).isEqualTo(200);
        assertStored("/raw/in-an-editor/letter", bytes("part"));
    }

    @Test
    void keepsStorageClassesAsNames() throws IOException {
        String header = "x-amz-storage-class";
        assertThat(client.send("PUT", "/raw/cold", Map.of(header, "GLACIER"), bytes("x"))
                        .code())
                .isEqualTo("InvalidStorageClass");
        client.send("PUT", "/raw/rare", Map.of(header, "STANDARD_IA"), bytes("x"));
        assertThat(client.send("HEAD", "/raw/rare").headers()).containsEntry(header, "STANDARD_IA");
        assertThat(client.send("GET", "/raw?prefix=rare").text()).contains("<StorageClass>STANDARD_IA</StorageClass>");
        client.send("PUT", "/raw/usual", Map.of("x-amz-copy-source", "/raw/rare"), bytes(""));
        assertThat(client.send("HEAD", "/raw/usual").headers()).doesNotContainKey(header);
        assertThat(client.send(
                                "PUT",
                                "/raw/usual",
                                Map.of("x-amz-copy-source", "/raw/usual", header, "ONEZONE_IA"),
                                bytes(""))
                        .status())
                .isEqualTo(200);
        assertThat(client.send("HEAD", "/raw/usual").headers()).containsEntry(header, "ONEZONE_IA");
        assertStored("/raw/usual", bytes("x"));
    }
}
