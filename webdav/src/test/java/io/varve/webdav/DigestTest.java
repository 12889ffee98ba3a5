package io.varve.webdav;

import static org.assertj.core.api.Assertions.assertThat;

import io.varve.storage.namespace.EntryPath;
import io.varve.webdav.DavClient.Answer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/** Digests of files: sent, verified, kept, and told. */
class DigestTest extends DoorTest {
    private static final String TEXT = "The quick brown fox jumps over the lazy dog";
    private static final String CHECKSUMS = "<D:propfind xmlns:D='DAV:' xmlns:o='http://owncloud.org/ns'>"
            + "<D:prop><o:checksums/></D:prop></D:propfind>";

    private static byte[] digest(String algorithm, String text) {
        try {
            return MessageDigest.getInstance(algorithm).digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    private static String hex(String algorithm, String text) {
        return HexFormat.of().formatHex(digest(algorithm, text));
    }

    private static String field(String key, String algorithm, String text) {
        return key + "=:" + Base64.getEncoder().encodeToString(digest(algorithm, text)) + ":";
    }

    private String checksums(String path) {
        Answer answer = client.send("PROPFIND", path, CHECKSUMS, new String[] {"Depth: 0"});
        assertStatus(207, answer);
        return answer.body();
    }

    @Test
    void whatCloudClientsSendIsVerifiedKeptAndTold() {
        String sha1 = hex("SHA-1", TEXT);
        String md5 = hex("MD5", TEXT);
        Answer put = client.put(bucket + "a", TEXT, "OC-Checksum: SHA1:" + sha1);
        assertStatus(201, put);
        assertThat(put.header("ETag")).contains('"' + md5 + '"');
        assertThat(put.header("OC-Checksum")).contains("SHA1:" + sha1 + " MD5:" + md5);
        assertThat(checksums(bucket + "a"))
                .contains("<oc:checksum>SHA1:" + sha1 + " MD5:" + md5 + "</oc:checksum>")
                .doesNotContain("404");
        assertThat(client.send("GET", bucket + "a").header("OC-Checksum")).contains("SHA1:" + sha1 + " MD5:" + md5);

        assertStatus(201, client.send("COPY", bucket + "a", "Destination: " + bucket + "copy"));
        assertThat(checksums(bucket + "copy")).contains("SHA1:" + sha1);
        file(bucket + "a", "something else");
        assertThat(checksums(bucket + "a")).contains("404").doesNotContain("SHA1");
        assertThat(client.send("HEAD", bucket + "a").header("OC-Checksum")).isEmpty();
    }

    @Test
    void bytesThatAreNotThoseSentLeaveTheFile() {
        file(bucket + "a", "old");
        String wrong = hex("SHA-1", "something else");
        for (String header : new String[] {
            "OC-Checksum: SHA1:" + wrong,
            "OC-Checksum: MD5:" + hex("MD5", "x"),
            "OC-Checksum: ADLER32:00000001",
            "OC-Checksum: SHA256:" + hex("SHA-256", "x"),
            "OC-Checksum: SHA3-256:" + hex("SHA3-256", "x"),
            "Content-MD5: " + Base64.getEncoder().encodeToString(digest("MD5", "x")),
            "Repr-Digest: " + field("sha-256", "SHA-256", "x"),
            "Repr-Digest: " + field("sha-512", "SHA-512", "x"),
            "Content-Digest: " + field("sha-256", "SHA-256", TEXT) + ", " + field("sha", "SHA-1", "x"),
        }) {
            Answer answer = client.put(bucket + "a", TEXT, header);
            assertThat(answer.status()).as(header).isEqualTo(400);
            assertThat(answer.body()).contains("not those that were sent");
            assertStatus(400, client.put(bucket + "new", TEXT, header));
        }
        for (String malformed : new String[] {
            "OC-Checksum: SHA1",
            "OC-Checksum: SHA1:xyz",
            "OC-Checksum: WHIRLPOOL:00",
            "Repr-Digest: sha-256=abc",
            "Repr-Digest: sha-256=:abc:",
            "Content-MD5: short",
        }) {
            assertThat(client.put(bucket + "a", TEXT, malformed).status())
                    .as(malformed)
                    .isEqualTo(400);
        }
        assertThat(content(bucket + "a")).isEqualTo("old");
        assertStatus(404, client.send("GET", bucket + "new"));
    }

    @Test
    void digestFieldsAreVerifiedAndAnswered() {
        String sha256 = field("sha-256", "SHA-256", TEXT);
        Answer put = client.put(
                bucket + "a",
                TEXT,
                "Repr-Digest: " + sha256 + ", unknown=:AAAA:",
                "Content-Digest: " + field("sha-512", "SHA-512", TEXT),
                "Want-Repr-Digest: sha-256=3");
        assertStatus(201, put);
        assertThat(put.header("Repr-Digest")).contains(sha256);
        Answer kept = client.send("HEAD", bucket + "a", "Want-Repr-Digest: sha-512=1, sha-256=10, crc=9");
        assertThat(kept.header("Repr-Digest")).contains(sha256);
        Answer range = client.send("GET", bucket + "a", "Want-Repr-Digest: sha-512=1", "Range: bytes=0-1");
        assertStatus(206, range);
        assertThat(range.header("Repr-Digest")).contains(field("sha-512", "SHA-512", TEXT));
        assertThat(client.send("GET", bucket + "a").header("Repr-Digest")).isEmpty();
    }

    @Test
    void aDigestThatNobodySentIsComputedWhenAskedFor() {
        file(bucket + "a", TEXT);
        Answer answer = client.send("GET", bucket + "a", "Want-Repr-Digest: sha-256=0, md5=1, sha-512=5");
        assertStatus(200, answer);
        assertThat(answer.header("Repr-Digest")).contains(field("sha-512", "SHA-512", TEXT));
        assertThat(client.send("GET", bucket + "a", "Want-Repr-Digest: sha-256=0")
                        .header("Repr-Digest"))
                .isEmpty();
    }

    @Test
    void partsAreVerifiedByThemselves() {
        file(bucket + "a", "0123456789");
        String[] part = {"Content-Range: bytes 2-3/10", "Content-Digest: " + field("sha-256", "SHA-256", "xx")};
        assertStatus(204, client.put(bucket + "a", "xx", part));
        assertStatus(400, client.put(bucket + "a", "yy", part));
        assertStatus(400, client.put(bucket + "a", "xx", part[0], "OC-Checksum: SHA1:" + hex("SHA-1", "xx")));
        assertThat(content(bucket + "a")).isEqualTo("01xx456789");
        assertThat(checksums(bucket + "a")).contains("404");
        String tag = server.engine
                .namespace()
                .find(new EntryPath(bucket.substring(5, bucket.length() - 1), "a"))
                .orElseThrow()
                .etag()
                .value();
        assertThat(tag).endsWith("-0");
    }
}
