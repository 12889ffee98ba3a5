package io.varve.s3;

import static org.assertj.core.api.Assertions.assertThat;

import io.varve.s3.RawClient.Answer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Odd paths, forgeries and bad input over bare sockets: what SDKs do not send, or do not let a test see. */
class RawRequestIT extends RawHttpFixture {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a//b", "/a", "a/../b", "../../../etc/passwd", "..", "a%2Fb%2Fc", "%25", "a%252Fb", "a;b=c;d",
                "a%3Fb", "a+b", "a%20b", "%C3%A4%E2%82%AC%F0%9F%98%80", "a/", "a//", "a%5Cb", "%7E*'()!", "a:b@c,d",
                "[x]|y", ".hidden/.", "a%01b", "a%0Ab"
            })
    void keepsOddKeysApart(String path) throws IOException {
        byte[] content = bytes("at " + path);
        assertThat(client.send("PUT", "/raw/odd/" + path, Map.of(), content).status())
                .isEqualTo(200);
        assertStored("/raw/odd/" + path, content);
        assertThat(client.send("DELETE", "/raw/odd/" + path).status()).isEqualTo(204);
        assertMissing("/raw/odd/" + path);
    }

    @Test
    void refusesBadPathsInItsOwnWords() throws IOException {
        assertThat(client.send("GET", "/raw/a%00b").code()).isEqualTo("InvalidArgument");
        assertThat(client.send("GET", "/raw/a%zz").code()).isEqualTo("InvalidURI");
        assertThat(client.send("GET", "/raw/%ff").code()).isEqualTo("InvalidURI");
        assertThat(client.send("GET", "/raw/" + "k".repeat(1025)).code()).isEqualTo("KeyTooLongError");
        assertThat(client.send("PUT", "/raw/" + "k".repeat(1024), Map.of(), bytes("x"))
                        .status())
                .isEqualTo(200);
        assertThat(client.send("GET", "/no-such-bucket/k").code()).isEqualTo("NoSuchBucket");
        assertThat(client.send("PUT", "/no-such-bucket/k", Map.of(), bytes("x")).code())
                .isEqualTo("NoSuchBucket");
        assertThat(client.send("PUT", "/Bad_Bucket").code()).isEqualTo("InvalidBucketName");
        assertThat(client.send("PUT", "/raw").status()).isEqualTo(200);
    }

    @Test
    void refusesStrangersAndForgers() throws IOException {
        assertThat(client.exchange("GET", "/raw", Map.of("host", client.host()), new byte[0])
                        .code())
                .isEqualTo("AccessDenied");
        assertThat(new RawClient(server.port(), "nobody", "x")
                        .send("GET", "/raw")
                        .code())
                .isEqualTo("InvalidAccessKeyId");
        Answer forged = new RawClient(server.port(), S3TestServer.ACCESS_KEY, "wrong").send("GET", "/raw");
        assertThat(forged.status()).isEqualTo(403);
        assertThat(forged.code()).isEqualTo("SignatureDoesNotMatch");
        assertThat(forged.text())
                .contains("<StringToSign>", "<RequestId>", "<HostId>")
                .doesNotContain("io.varve");
        Answer head = new RawClient(server.port(), "nobody", "x").send("HEAD", "/raw/k");
        assertThat(head.status()).isEqualTo(403);
        assertThat(head.body()).isEmpty();
        assertThat(head.headers()).containsKeys("x-amz-request-id", "date");
    }

    @Test
    void presignsByQuery() throws IOException {
        client.send("PUT", "/raw/presigned", Map.of(), bytes("hello"));
        String query =
                client.signer().byQuery("GET", "/raw/presigned", "response-content-type=text%2Fx", client.host(), 60);
        Answer answer = client.exchange("GET", "/raw/presigned?" + query, Map.of("host", client.host()), new byte[0]);
        assertThat(answer.text()).isEqualTo("hello");
        assertThat(answer.headers()).containsEntry("content-type", "text/x");
        Answer other = client.exchange("GET", "/raw/other?" + query, Map.of("host", client.host()), new byte[0]);
        assertThat(other.code()).isEqualTo("SignatureDoesNotMatch");
        String put = client.signer().byQuery("PUT", "/raw/presigned", "", client.host(), 60);
        Map<String, String> headers =
                Map.of("host", client.host(), "content-length", "3", "x-amz-copy-source", "/raw/plain");
        assertThat(client.exchange("PUT", "/raw/presigned?" + put, headers, bytes("new"))
                        .code())
                .isEqualTo("AccessDenied");
    }

    @Test
    void headersInAPresignedAddressCount() throws IOException {
        String path = "/raw/carried";
        String query = client.signer()
                .byQuery(
                        "PUT",
                        path,
                        "X-Amz-Meta-Name=%C3%A4&x-amz-acl=public-read&x-amz-tagging=a%3Db&x-amz-checksum-crc32=AAAAAA%3D%3D",
                        client.host(),
                        60);
        Map<String, String> host = Map.of("host", client.host(), "content-length", "1");
        assertThat(client.exchange("PUT", path + "?" + query, host, bytes("x")).status())
                .isEqualTo(200);
        Map<String, String> nobody = Map.of("host", client.host());
        Answer read = client.exchange("GET", path, nobody, new byte[0]);
        assertThat(read.text()).isEqualTo("x");
        assertThat(read.headers())
                .containsEntry("x-amz-meta-name", "=?UTF-8?B?w6Q=?=")
                .containsEntry("x-amz-tagging-count", "1");
        String once = client.signer().byQuery("PUT", path, "x-amz-storage-class=NONE", client.host(), 60);
        assertThat(client.exchange("PUT", path + "?" + once, host, bytes("x")).code())
                .isEqualTo("InvalidStorageClass");
        String lines = client.signer().byQuery("PUT", path, "x-amz-meta-a=%0D%0Ab", client.host(), 60);
        assertThat(client.exchange("PUT", path + "?" + lines, host, bytes("x")).code())
                .isEqualTo("InvalidArgument");
    }

    @Test
    void refusesAddressesThatCannotBeRead() throws IOException {
        assertThat(client.send("PUT", "/raw/copied", Map.of("x-amz-copy-source", "raw/%ZZ"), new byte[0])
                        .code())
                .isEqualTo("InvalidArgument");
        String query = client.signer().byQuery("GET", "/raw/k", "", client.host(), 60);
        Map<String, String> host = Map.of("host", client.host());
        for (String broken : List.of(
                query.replaceAll("X-Amz-Date=[^&]*", "X-Amz-Date=today"),
                query.replaceAll("X-Amz-Algorithm=[^&]*&?", ""))) {
            assertThat(client.exchange("GET", "/raw/k?" + broken, host, new byte[0])
                            .code())
                    .isEqualTo("AuthorizationQueryParametersError");
        }
    }

    @Test
    void tellsWhichConditionFailed() throws IOException {
        client.send("PUT", "/raw/conditional", Map.of("cache-control", "max-age=7"), bytes("x"));
        assertThat(client.send("GET", "/raw/conditional", Map.of("if-match", "\"other\""), new byte[0])
                        .text())
                .contains("<Condition>If-Match</Condition>");
        assertThat(client.send("PUT", "/raw/conditional", Map.of("if-none-match", "*"), bytes("y"))
                        .text())
                .contains("<Condition>If-None-Match</Condition>");
        Map<String, String> copy =
                Map.of("x-amz-copy-source", "/raw/conditional", "x-amz-copy-source-if-match", "\"other\"");
        assertThat(client.send("PUT", "/raw/conditional-2", copy, new byte[0]).text())
                .contains("<Condition>x-amz-copy-source-If-Match</Condition>");
        Answer unchanged = client.send("GET", "/raw/conditional", Map.of("if-none-match", "*"), new byte[0]);
        assertThat(unchanged.status()).isEqualTo(304);
        assertThat(unchanged.headers()).containsEntry("cache-control", "max-age=7");
        assertThat(client.send("GET", "/raw/conditional?uploadId=none").text()).contains("<UploadId>none</UploadId>");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "<Delete><Object><Key>a</Key></Object>",
                "<!DOCTYPE d [<!ENTITY a \"aaaa\"><!ENTITY b"
                        + " \"&a;&a;&a;\">]><Delete><Object><Key>&b;</Key></Object></Delete>",
                "<Delete></Delete>",
                "<Other/>",
                "\u0000",
            })
    void refusesBadDocuments(String document) throws IOException {
        Answer answer =
                client.send("POST", "/raw?delete", Map.of("content-md5", md5(bytes(document))), bytes(document));
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.code()).isEqualTo("MalformedXML");
    }

    private static String md5(byte[] bytes) {
        try {
            return java.util.Base64.getEncoder()
                    .encodeToString(
                            java.security.MessageDigest.getInstance("MD5").digest(bytes));
        } catch (java.security.NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void wantsADigestWithManyDeletes() throws IOException {
        byte[] document = bytes("<Delete><Object><Key>a</Key></Object></Delete>");
        assertThat(client.send("POST", "/raw?delete", Map.of(), document).code())
                .isEqualTo("InvalidRequest");
    }

    @Test
    void answersWhatItDoesNotDoWithNotImplemented() throws IOException {
        client.send("PUT", "/raw/plain-object", Map.of(), bytes("content"));
        for (String query : new String[] {"encryption", "torrent", "select", "brand-new"}) {
            Answer answer = client.send("GET", "/raw/plain-object?" + query);
            assertThat(answer.status()).as(query).isEqualTo(501);
            assertThat(answer.code()).isEqualTo("NotImplemented");
            assertThat(client.send("PUT", "/raw/plain-object?" + query, Map.of(), bytes("x"))
                            .status())
                    .as(query)
                    .isEqualTo(501);
            assertThat(client.send("DELETE", "/raw/plain-object?" + query).status())
                    .as(query)
                    .isEqualTo(501);
        }
        assertStored("/raw/plain-object", bytes("content"));
        for (String header : new String[] {"x-amz-server-side-encryption-context", "x-amz-write-offset-bytes"}) {
            assertThat(client.send("PUT", "/raw/wish", Map.of(header, "x"), bytes("x"))
                            .code())
                    .as(header)
                    .isEqualTo("NotImplemented");
        }
        assertThat(client.send("PUT", "/raw/wish", Map.of("x-amz-acl", "no-such-list"), bytes("x"))
                        .code())
                .isEqualTo("InvalidArgument");
        assertMissing("/raw/wish");
    }

    @Test
    void keepsMetadataAsItCame() throws IOException {
        Map<String, String> headers = Map.of(
                "content-type", "text/html; charset=utf-8",
                "cache-control", "no-cache, max-age=0",
                "content-disposition", "attachment; filename=\"a b.html\"",
                "content-language", "de",
                "expires", "Thu, 01 Dec 2033 16:00:00 GMT",
                "x-amz-meta-colour", "blue");
        assertThat(client.send("PUT", "/raw/metadata", headers, bytes("x")).status())
                .isEqualTo(200);
        assertThat(client.send("GET", "/raw/metadata").headers()).containsAllEntriesOf(headers);
        Map<String, String> utf8 = Map.of("x-amz-meta-utf8", new String(bytes("grün €"), StandardCharsets.ISO_8859_1));
        client.send("PUT", "/raw/metadata1", utf8, bytes("x"));
        assertThat(client.send("GET", "/raw/metadata1").headers())
                .as("beyond ASCII as encoded words")
                .containsEntry("x-amz-meta-utf8", "=?UTF-8?B?Z3LDvG4g4oKs?=");
        Map<String, String> encoded = Map.of("x-amz-meta-utf8", "=?UTF-8?Q?gr=C3=BCn?= =?UTF-8?B?IOKCrA==?=");
        client.send("PUT", "/raw/metadata2", encoded, bytes("x"));
        assertThat(client.send("GET", "/raw/metadata2").headers())
                .containsEntry("x-amz-meta-utf8", "=?UTF-8?B?Z3LDvG4g4oKs?=");
        assertThat(client.send("HEAD", "/raw/metadata").headers())
                .containsAllEntriesOf(headers)
                .containsEntry("content-length", "1")
                .containsEntry("accept-ranges", "bytes");
        assertThat(client.send("PUT", "/raw/too-much", Map.of("x-amz-meta-a", "v".repeat(2048)), bytes("x"))
                        .code())
                .isEqualTo("MetadataTooLarge");
    }

    @Test
    void answersRangesAndConditions() throws IOException {
        byte[] content = random(100_000);
        Answer put = client.send("PUT", "/raw/ranged", Map.of(), content);
        String etag = put.headers().get("etag");
        Map<String, String> resumed = Map.of("range", "bytes=500-999", "if-range", etag);
        assertThat(client.send("GET", "/raw/ranged", resumed, new byte[0]).status())
                .isEqualTo(206);
        Map<String, String> outdated = Map.of("range", "bytes=500-999", "if-range", "\"other\"");
        assertThat(client.send("GET", "/raw/ranged", outdated, new byte[0]).body())
                .as("a part of something else is no use: all of it")
                .isEqualTo(content);
        Answer part = client.send("GET", "/raw/ranged", Map.of("range", "bytes=500-999"), new byte[0]);
        assertThat(part.status()).isEqualTo(206);
        assertThat(part.body()).isEqualTo(Arrays.copyOfRange(content, 500, 1000));
        assertThat(part.headers()).containsEntry("content-range", "bytes 500-999/100000");
        Answer suffix = client.send("GET", "/raw/ranged", Map.of("range", "bytes=-10"), new byte[0]);
        assertThat(suffix.body()).isEqualTo(Arrays.copyOfRange(content, 99_990, 100_000));
        Answer beyond = client.send("GET", "/raw/ranged", Map.of("range", "bytes=100000-"), new byte[0]);
        assertThat(beyond.status()).isEqualTo(416);
        assertThat(beyond.code()).isEqualTo("InvalidRange");
        assertThat(beyond.headers()).containsEntry("content-range", "bytes */100000");
        Answer unchanged = client.send("GET", "/raw/ranged", Map.of("if-none-match", etag), new byte[0]);
        assertThat(unchanged.status()).isEqualTo(304);
        assertThat(unchanged.headers()).containsEntry("etag", etag).doesNotContainKey("content-length");
        assertThat(client.send("HEAD", "/raw/ranged", Map.of("if-match", "\"other\""), new byte[0])
                        .status())
                .isEqualTo(412);
    }

    @Test
    void servesBucketsAsHosts() throws IOException {
        client.send("PUT", "/raw/hosted/a", Map.of(), bytes("by path"));
        Map<String, String> host = Map.of("host", "raw." + S3TestServer.DOMAIN + ":" + server.port());
        assertThat(client.send("GET", "/hosted/a", host, new byte[0]).text()).isEqualTo("by path");
        assertThat(client.send("GET", "/?list-type=2&prefix=hosted", host, new byte[0])
                        .text())
                .contains("<Key>hosted/a</Key>");
    }

    @Test
    void measuresWhatItDoes() throws IOException {
        client.send("PUT", "/raw/measured", Map.of(), random(1000));
        client.send("GET", "/raw/measured");
        client.send("GET", "/raw/not-measured");
        assertThat(server.meters()
                        .get("varve.s3.requests")
                        .tag("operation", "PutObject")
                        .tag("status", "200")
                        .timer()
                        .count())
                .isPositive();
        assertThat(server.meters()
                        .get("varve.s3.errors")
                        .tag("code", "NoSuchKey")
                        .counter()
                        .count())
                .isPositive();
        assertThat(server.meters()
                        .get("varve.s3.bytes")
                        .tag("direction", "in")
                        .counter()
                        .count())
                .isGreaterThanOrEqualTo(1000);
        assertThat(server.meters()
                        .get("varve.s3.bytes")
                        .tag("direction", "out")
                        .counter()
                        .count())
                .isGreaterThanOrEqualTo(1000);
    }
}
