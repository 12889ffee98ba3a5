package io.varve.webdav;

import static org.assertj.core.api.Assertions.assertThat;

import io.varve.storage.access.AccessControl.Role;
import io.varve.storage.chunkstore.ContentHints;
import io.varve.storage.chunkstore.ContentWriter;
import io.varve.storage.chunkstore.StagedContent;
import io.varve.storage.namespace.EntryPath;
import io.varve.storage.namespace.NamedUploads;
import io.varve.storage.namespace.Part;
import io.varve.storage.namespace.Upload;
import io.varve.webdav.DavClient.Answer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Uploads in parts, in the sequences of Nextcloud's clients. */
class ChunkedUploadTest extends DoorTest {
    private static final String FILES = "/remote.php/dav/files/root";
    private static final String UPLOADS = "/remote.php/dav/uploads/root/";

    private byte[] random(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    /** The address of a file of the test's bucket, by the way of Nextcloud's clients. */
    private String cloud(String name) {
        return FILES + bucket.substring("/dav".length()) + name;
    }

    private String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    @Test
    void versionTwoOfTheProtocol() throws NoSuchAlgorithmException, IOException {
        byte[] all = random(500_000);
        String destination = "Destination: http://127.0.0.1:" + server.port() + cloud("big%20file.bin");
        String folder = UPLOADS + "web-file-upload-1";
        assertStatus(201, client.send("MKCOL", folder, destination));
        assertStatus(405, client.send("MKCOL", folder, destination));
        // In parallel and so in any order; one is sent twice.
        for (int part : new int[] {2, 3, 1, 2}) {
            byte[] bytes = Arrays.copyOfRange(all, (part - 1) * 200_000, Math.min(all.length, part * 200_000));
            assertStatus(
                    201,
                    client.send("PUT", folder + "/0000" + part, bytes, destination, "OC-Total-Length: " + all.length));
        }
        Answer listed = client.send("PROPFIND", folder, "Depth: 1");
        assertStatus(207, listed);
        assertThat(listed.body())
                .contains("<D:href>" + folder + "/</D:href>")
                .contains("<D:href>" + folder + "/00003</D:href>")
                .contains("<D:getcontentlength>100000</D:getcontentlength>")
                .doesNotContain("00004");
        assertThat(client.send("PROPFIND", UPLOADS, "Depth: 1").body()).contains("web-file-upload-1/");
        assertThat(client.send("PROPFIND", folder + "/00002", "Depth: 0").body())
                .contains("200000");
        assertStatus(404, client.send("PROPFIND", folder + "/00009", "Depth: 0"));
        assertStatus(404, client.send("GET", bucket + "big%20file.bin"));

        long stored = server.engine.statistics().uniqueBytes();
        String sha1 =
                HexFormat.of().formatHex(MessageDigest.getInstance("SHA-1").digest(all));
        Answer moved = client.send(
                "MOVE",
                folder + "/.file",
                destination,
                "OC-Total-Length: " + all.length,
                "X-OC-Mtime: 784111777",
                "OC-Checksum: SHA1:" + sha1);
        assertStatus(201, moved);
        assertThat(moved.header("X-OC-Mtime")).contains("accepted");
        assertThat(moved.header("ETag")).isPresent();
        assertThat(server.engine.statistics().uniqueBytes()).isEqualTo(stored);
        Answer got = client.send("GET", cloud("big%20file.bin"));
        assertThat(got.body()).isEqualTo(text(all));
        assertThat(got.header("Last-Modified")).contains("Sun, 06 Nov 1994 08:49:37 GMT");
        assertThat(got.header("OC-Checksum"))
                .hasValueSatisfying(sums -> assertThat(sums).contains(sha1));
        assertStatus(404, client.send("PROPFIND", folder, "Depth: 0"));
        assertStatus(404, client.send("MOVE", folder + "/.file", destination));
    }

    @Test
    void theOlderFormWithOffsetsAndNoDestinationBefore() {
        byte[] all = random(90_000);
        String folder = UPLOADS + "rclone-chunked-upload-0123";
        assertStatus(404, client.send("DELETE", folder + "/"));
        assertStatus(201, client.send("MKCOL", folder + "/"));
        for (int from = 60_000; from >= 0; from -= 30_000) {
            byte[] part = Arrays.copyOfRange(all, from, from + 30_000);
            String name = String.format("/%015d-%015d", from, from + 29_999);
            assertStatus(
                    201, client.send("PUT", folder + name, part, "Content-Type: application/x-www-form-urlencoded"));
        }
        file(bucket + "a", "old");
        assertStatus(204, client.send("MOVE", folder + "/.file", "Destination: " + cloud("a")));
        assertThat(content(bucket + "a")).isEqualTo(text(all));
        // Over S3 it has no tag that could be taken for its MD5.
        assertThat(server.engine
                        .namespace()
                        .find(new EntryPath(bucket.substring(5, bucket.length() - 1), "a"))
                        .orElseThrow()
                        .etag()
                        .isMd5())
                .isFalse();
        // The name is free again.
        assertStatus(201, client.send("MKCOL", folder));
        assertThat(client.send("PROPFIND", folder, "Depth: 1").body()).doesNotContain("0000");
        assertStatus(204, client.send("DELETE", folder));
    }

    @Test
    void whatDoesNotFitLeavesFileAndParts() {
        String folder = "/dav/.uploads/mine";
        file(bucket + "a", "old");
        assertStatus(201, client.send("MKCOL", folder));
        assertStatus(201, client.put(folder + "/1", "one"));
        assertStatus(201, client.put(folder + "/2", "two"));
        String destination = "Destination: " + bucket + "a";
        String[][] wrong = {
            {"400", "OC-Total-Length: 7"},
            {"400", "OC-Checksum: MD5:00000000000000000000000000000000"},
            {"412", "Overwrite: F"},
            {"412", "If-Match: \"other\""},
            {"400", "X-OC-Mtime: yesterday"},
        };
        for (String[] one : wrong) {
            assertThat(client.send("MOVE", folder + "/.file", destination, one[1])
                            .status())
                    .as(one[1])
                    .isEqualTo(Integer.parseInt(one[0]));
        }
        assertStatus(400, client.send("MOVE", folder + "/.file"));
        assertStatus(409, client.send("MOVE", folder + "/.file", "Destination: " + bucket + "no/such/folder"));
        assertStatus(409, client.send("MOVE", folder + "/.file", "Destination: /dav/no-such-bucket/a"));
        assertStatus(403, client.send("MOVE", folder + "/.file", "Destination: /dav/at-the-top"));
        assertStatus(502, client.send("MOVE", folder + "/.file", "Destination: http://elsewhere/dav/x/y"));
        assertStatus(405, client.send("MOVE", folder + "/1", destination));
        assertStatus(405, client.send("GET", folder + "/1"));
        assertStatus(404, client.put(folder + "/1/2", "x"));
        assertStatus(404, client.put("/dav/.uploads/no-such/1", "x"));
        String token = lock(bucket + "a");
        assertStatus(423, client.send("MOVE", folder + "/.file", destination));
        assertThat(content(bucket + "a")).isEqualTo("old");
        assertStatus(
                204, client.send("MOVE", folder + "/.file", destination, "If: <" + bucket + "a> (<" + token + ">)"));
        assertThat(content(bucket + "a")).isEqualTo("onetwo");
    }

    /** Parts that got lost on the way must not cost the file that is there. */
    @Test
    void anUploadWithoutPartsIsAFileOnlyIfThatIsMeant() {
        String folder = "/dav/.uploads/empty";
        file(bucket + "a", "old");
        assertStatus(201, client.send("MKCOL", folder));
        String destination = "Destination: " + bucket + "a";
        assertStatus(400, client.send("MOVE", folder + "/.file", destination));
        assertThat(content(bucket + "a")).isEqualTo("old");
        assertStatus(204, client.send("MOVE", folder + "/.file", destination, "OC-Total-Length: 0"));
        assertThat(content(bucket + "a")).isEmpty();
        Answer gone = client.send("MOVE", folder + "/.file", destination);
        assertStatus(404, gone);
        assertThat(gone.body()).contains("'empty'");
    }

    @Test
    void uploadsThatNobodyGoesOnWithEnd() {
        assertStatus(201, client.send("MKCOL", "/dav/.uploads/left-behind"));
        assertStatus(201, client.put("/dav/.uploads/left-behind/1", "x"));
        server.engine.namespace().keyUploads().endIdleSince(Instant.now().plus(1, ChronoUnit.DAYS));
        server.engine.namespace().tidy();
        assertStatus(404, client.put("/dav/.uploads/left-behind/2", "x"));
        assertStatus(201, client.send("MKCOL", "/dav/.uploads/left-behind"));
        assertThat(client.send("PROPFIND", "/dav/.uploads/left-behind", "Depth: 1")
                        .body())
                .doesNotContain("left-behind/1");
    }

    @Test
    void everybodyHasTheirOwn() throws IOException {
        server.engine.access().addUser("reader", "nothing-but-reading", Role.READONLY);
        server.engine.access().addUser("writer", "reading-and-writing", Role.USER);
        DavClient reader = new DavClient(server.port(), "reader", "nothing-but-reading");
        DavClient writer = new DavClient(server.port(), "writer", "reading-and-writing");
        assertStatus(201, client.send("MKCOL", UPLOADS + "shared-name"));
        assertStatus(201, writer.send("MKCOL", "/remote.php/dav/uploads/writer/shared-name"));
        assertStatus(403, writer.send("MKCOL", UPLOADS + "another"));
        assertStatus(403, writer.send("PROPFIND", UPLOADS + "shared-name"));
        assertStatus(403, reader.send("MKCOL", "/remote.php/dav/uploads/reader/x"));
        assertStatus(200, reader.send("GET", "/remote.php/dav/files/reader/"));
        assertThat(client.send("PROPFIND", "/dav/", "Depth: 1").body()).doesNotContain(".uploads");
    }

    @Test
    void theShareIsWhereCloudClientsLookForIt() {
        file(bucket + "a", "x");
        Answer listed = client.send("PROPFIND", cloud(""), "Depth: 1");
        assertStatus(207, listed);
        assertThat(listed.body())
                .contains("<D:href>" + cloud("a") + "</D:href>")
                .doesNotContain(">/dav/");
        assertStatus(201, client.send("MOVE", cloud("a"), "Destination: " + cloud("b")));
        assertStatus(502, client.send("MOVE", cloud("b"), "Destination: " + bucket + "c"));
        assertThat(content(bucket + "b")).isEqualTo("x");
        assertStatus(404, client.send("PROPFIND", "/remote.php/dav/", "Depth: 0"));
        lock(bucket + "b");
        assertThat(client.put(cloud("b"), "y").body()).contains("<D:href>" + cloud("b") + "</D:href>");
    }

    /** Sends parts under these names, from bytes that begin with the first, and ends with a checksum of all. */
    private Answer upload(byte[] all, int partBytes, String algorithm, String... names)
            throws NoSuchAlgorithmException {
        String folder = UPLOADS + "hashed-" + names.length + "-" + names[0];
        assertStatus(201, client.send("MKCOL", folder));
        for (String name : names) {
            int from = name.length() > 5 ? Integer.parseInt(name) : (Integer.parseInt(name) - 1) * partBytes;
            assertStatus(
                    201,
                    client.send(
                            "PUT",
                            folder + "/" + name,
                            Arrays.copyOfRange(all, from, Math.min(all.length, from + partBytes))));
        }
        String hex =
                HexFormat.of().formatHex(MessageDigest.getInstance(algorithm).digest(all));
        return client.send(
                "MOVE",
                folder + "/.file",
                "Destination: " + cloud("hashed.bin"),
                "OC-Checksum: " + algorithm.replace("-", "") + ":" + hex);
    }

    @Test
    void checksumsOfTheWholeHoldInWhateverOrderPartsCome() throws NoSuchAlgorithmException {
        byte[] all = random(450_000);
        assertStatus(201, upload(all, 150_000, "SHA-1", "00001", "00002", "00003"));
        assertStatus(204, upload(all, 150_000, "MD5", "00003", "00001", "00002", "00003"));
        // The first is sent again when it is hashed already, and so are others than hashed ahead.
        assertStatus(204, upload(all, 150_000, "SHA-1", "00001", "00002", "00001", "00003", "00002"));
        assertStatus(204, upload(all, 150_000, "SHA-256", "00002", "00001", "00003"));
        assertStatus(204, upload(all, 150_000, "SHA-1", "000000", "150000", "300000"));
        assertThat(client.send("HEAD", cloud("hashed.bin")).header("OC-Checksum"))
                .isPresent();
        byte[] other = all.clone();
        other[400_000]++;
        String folder = UPLOADS + "wrong";
        assertStatus(201, client.send("MKCOL", folder));
        assertStatus(201, client.send("PUT", folder + "/1", all));
        String hex = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-1").digest(other));
        String[] headers = {"Destination: " + cloud("wrong.bin"), "OC-Checksum: SHA1:" + hex};
        assertStatus(400, client.send("MOVE", folder + "/.file", headers));
        assertStatus(400, client.send("MOVE", folder + "/.file", headers));
        assertStatus(404, client.send("GET", cloud("wrong.bin")));
    }

    @Test
    void partsAreHashedWhileTheyArrive() throws IOException {
        NamedUploads uploads = server.engine.namespace().namedUploads();
        Upload upload = uploads.begin(DavServer.USER, "direct");
        PartDigests digests = new PartDigests(uploads);
        for (String name : List.of("2", "1", "3", "5")) {
            digests.arrived(upload, part(uploads, upload, name));
        }
        PartDigests.Progress progress = digests.end(upload).orElseThrow();
        assertThat(progress.parts()).isEqualTo(3);
        assertThat(digests.end(upload)).isEmpty();
        Part first = part(uploads, upload, "1");
        digests.arrived(upload, first);
        digests.arrived(upload, part(uploads, upload, "2"));
        assertThat(digests.end(upload).orElseThrow().isOf(List.of(first))).isFalse();
        digests.arrived(upload, part(uploads, upload, "1"));
        uploads.abort(upload);
        digests.forget(upload);
        assertThat(digests.end(upload)).isEmpty();
    }

    private Part part(NamedUploads uploads, Upload upload, String name) throws IOException {
        try (ContentWriter writer = server.engine.namespace().write(ContentHints.NONE)) {
            writer.write(random(Integer.parseInt(name) * 1000));
            try (StagedContent content = writer.finish()) {
                return uploads.putPart(upload, name, content);
            }
        }
    }
}
