package io.varve.webdav;

import static org.assertj.core.api.Assertions.assertThat;

import io.varve.webdav.DavClient.Answer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FolderTest extends DoorTest {

    @Test
    void makesFolders() {
        assertStatus(201, client.send("MKCOL", bucket + "a"));
        assertStatus(201, client.send("MKCOL", bucket + "a/b/"));
        Answer again = client.send("MKCOL", bucket + "a/");
        assertStatus(405, again);
        assertThat(again.header("Allow")).isPresent();
        file(bucket + "file", "x");
        assertStatus(405, client.send("MKCOL", bucket + "file"));
        assertStatus(405, client.send("MKCOL", bucket + "file/"));
        assertStatus(409, client.send("MKCOL", bucket + "file/sub"));
        assertStatus(409, client.send("MKCOL", bucket + "none/sub"));
        assertStatus(409, client.send("MKCOL", "/dav/no-such-bucket/sub"));
        assertStatus(405, client.send("MKCOL", "/dav/"));
        assertThat(content(bucket + "file")).isEqualTo("x");
    }

    @Test
    void takesNoBodyToMakeAFolder() {
        assertStatus(415, client.send("MKCOL", bucket + "a", "<x/>", new String[] {"Content-Type: text/xml"}));
        assertStatus(404, client.send("GET", bucket + "a/"));
    }

    @Test
    void makesAndDeletesBucketsAtTheTop() {
        assertStatus(201, client.send("MKCOL", "/dav/top-made"));
        assertStatus(405, client.send("MKCOL", "/dav/top-made/"));
        file("/dav/top-made/a", "x");
        Answer refused = client.send("DELETE", "/dav/top-made/");
        assertStatus(409, refused);
        assertThat(refused.body()).contains("not empty");
        assertStatus(204, client.send("DELETE", "/dav/top-made/a"));
        assertStatus(204, client.send("DELETE", "/dav/top-made"));
        assertStatus(404, client.send("GET", "/dav/top-made/"));
        assertStatus(403, client.send("DELETE", "/dav/"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"AB", "Upper", "a_b", "%C3%A4bc", "a..b", "192.168.0.1", "-abc", "x"})
    void saysTheRuleForBucketNames(String name) {
        Answer refused = client.send("MKCOL", "/dav/" + name);
        assertStatus(403, refused);
        assertThat(refused.body()).contains("3").contains("63");
    }

    @Test
    void deletesFilesAndFoldersWithAllTheyHold() {
        client.send("MKCOL", bucket + "a");
        client.send("MKCOL", bucket + "a/b");
        file(bucket + "a/b/c", "x");
        assertStatus(400, client.send("DELETE", bucket + "a/", "Depth: 0"));
        assertThat(content(bucket + "a/b/c")).isEqualTo("x");
        assertStatus(204, client.send("DELETE", bucket + "a/"));
        assertStatus(404, client.send("GET", bucket + "a/b/c"));
        assertStatus(404, client.send("DELETE", bucket + "a/"));
        assertStatus(404, client.send("DELETE", bucket + "none"));
        String etag = file(bucket + "f", "x");
        assertStatus(412, client.send("DELETE", bucket + "f", "If-Match: \"x\""));
        assertStatus(204, client.send("DELETE", bucket + "f", "If-Match: " + etag));
    }

    private Answer transfer(String method, String source, String destination, String... headers) {
        String[] all = new String[headers.length + 1];
        System.arraycopy(headers, 0, all, 0, headers.length);
        all[headers.length] = "Destination: " + destination;
        return client.send(method, source, all);
    }

    @ParameterizedTest
    @ValueSource(strings = {"COPY", "MOVE"})
    void transfersAFile(String method) {
        file(bucket + "a", "content");
        assertStatus(201, transfer(method, bucket + "a", "https://127.0.0.1:1" + bucket + "b%20b"));
        assertThat(content(bucket + "b%20b")).isEqualTo("content");
        assertStatus(method.equals("COPY") ? 200 : 404, client.send("GET", bucket + "a"));
        file(bucket + "a", "newer");
        assertStatus(412, transfer(method, bucket + "a", bucket + "b%20b", "Overwrite: F"));
        assertStatus(204, transfer(method, bucket + "a", bucket + "b%20b", "Overwrite: T"));
        assertThat(content(bucket + "b%20b")).isEqualTo("newer");
    }

    @ParameterizedTest
    @ValueSource(strings = {"COPY", "MOVE"})
    void transfersAFolderWithAllItHolds(String method) {
        client.send("MKCOL", bucket + "a");
        client.send("MKCOL", bucket + "a/b");
        file(bucket + "a/b/c", "deep");
        assertStatus(201, transfer(method, bucket + "a/", bucket + "z/"));
        assertThat(content(bucket + "z/b/c")).isEqualTo("deep");
        assertStatus(method.equals("COPY") ? 200 : 404, client.send("GET", bucket + "a/b/c"));
        client.send("MKCOL", bucket + "y");
        file(bucket + "y/old", "x");
        assertStatus(412, transfer(method, bucket + "z", bucket + "y", "Overwrite: F"));
        assertStatus(204, transfer(method, bucket + "z", bucket + "y"));
        assertThat(content(bucket + "y/b/c")).isEqualTo("deep");
        assertStatus(404, client.send("GET", bucket + "y/old"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"COPY", "MOVE"})
    void replacesAFolderByAFileAndTheOtherWayRound(String method) {
        file(bucket + "file", "x");
        client.send("MKCOL", bucket + "folder");
        file(bucket + "folder/a", "y");
        assertStatus(204, transfer(method, bucket + "file", bucket + "folder"));
        assertThat(content(bucket + "folder")).isEqualTo("x");
        assertStatus(404, client.send("GET", bucket + "folder/a"));
        client.send("MKCOL", bucket + "other");
        assertStatus(204, transfer(method, bucket + "other/", bucket + "folder"));
        assertStatus(200, client.send("GET", bucket + "folder/"));
    }

    @Test
    void copiesAFolderWithoutWhatItHolds() {
        client.send("MKCOL", bucket + "a");
        file(bucket + "a/b", "x");
        assertStatus(201, transfer("COPY", bucket + "a/", bucket + "z/", "Depth: 0"));
        assertStatus(200, client.send("GET", bucket + "z/"));
        assertStatus(404, client.send("GET", bucket + "z/b"));
        assertStatus(400, transfer("COPY", bucket + "a/", bucket + "y/", "Depth: 1"));
        assertStatus(400, transfer("MOVE", bucket + "a/", bucket + "y/", "Depth: 0"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"COPY", "MOVE"})
    void refusesDestinationsThatCannotBe(String method) {
        client.send("MKCOL", bucket + "a");
        file(bucket + "a/f", "x");
        assertStatus(400, client.send(method, bucket + "a/f"));
        assertStatus(400, transfer(method, bucket + "a/f", "elsewhere"));
        assertStatus(400, transfer(method, bucket + "a/f", bucket + "%2e%2e/x"));
        assertStatus(400, transfer(method, bucket + "a/f", bucket + "g", "Overwrite: maybe"));
        assertStatus(502, transfer(method, bucket + "a/f", "http://other.example" + bucket + "g"));
        assertStatus(502, transfer(method, bucket + "a/f", "/elsewhere/g"));
        assertStatus(403, transfer(method, bucket + "a/f", bucket + "a/f"));
        assertStatus(403, transfer(method, bucket + "a/", bucket + "a"));
        assertStatus(403, transfer(method, bucket + "a/", bucket + "a/b"));
        assertStatus(403, transfer(method, bucket + "a/f", bucket + "a"));
        assertStatus(409, transfer(method, bucket + "a/f", bucket + "none/f"));
        assertStatus(409, transfer(method, bucket + "a/f", "/dav/no-such-bucket/f"));
        assertStatus(403, transfer(method, bucket + "a/f", "/dav/top"));
        assertStatus(403, transfer(method, bucket + "a/", "/dav/"));
        assertStatus(404, transfer(method, bucket + "none", bucket + "b"));
        assertStatus(403, transfer(method, "/dav/", bucket + "b"));
        assertThat(content(bucket + "a/f")).isEqualTo("x");
    }

    @Test
    void doesNotRenameBuckets() {
        Answer refused = transfer("MOVE", bucket, bucket + "inside/");
        assertStatus(403, refused);
        assertStatus(403, transfer("MOVE", bucket, "/dav/renamed/"));
    }

    @Test
    void transfersBetweenBuckets() {
        file(bucket + "a", "x");
        client.send("MKCOL", "/dav/second-one");
        assertStatus(201, transfer("COPY", bucket + "a", "/dav/second-one/a"));
        assertStatus(204, transfer("MOVE", bucket + "a", "/dav/second-one/a"));
        assertThat(content("/dav/second-one/a")).isEqualTo("x");
        assertStatus(404, client.send("GET", bucket + "a"));
    }

    @Test
    void keepsPropertiesWithTheEntry() {
        file(bucket + "a", "x");
        String set = "<D:propertyupdate xmlns:D='DAV:'><D:set><D:prop><c"
                + " xmlns='u'>red</c></D:prop></D:set></D:propertyupdate>";
        assertStatus(207, client.send("PROPPATCH", bucket + "a", set, new String[0]));
        transfer("COPY", bucket + "a", bucket + "b");
        transfer("MOVE", bucket + "b", bucket + "c");
        assertStatus(204, client.put(bucket + "c", "new content"));
        String get = "<D:propfind xmlns:D='DAV:'><D:prop><c xmlns='u'/></D:prop></D:propfind>";
        assertThat(client.send("PROPFIND", bucket + "c", get, new String[] {"Depth: 0"})
                        .body())
                .contains(">red<");
    }
}
