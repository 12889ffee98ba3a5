package io.varve.webdav;

import static org.assertj.core.api.Assertions.assertThat;

import io.varve.storage.access.AccessControl.Role;
import io.varve.storage.namespace.EntryPath;
import io.varve.storage.namespace.Moments;
import io.varve.storage.namespace.Version;
import io.varve.webdav.DavClient.Answer;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The read-only trees at the top: the share as it was, and versions of files. */
class PastTest extends DoorTest {

    private String name() {
        return bucket.substring("/dav/".length(), bucket.length() - 1);
    }

    /** The test's bucket at a moment, with trailing slash. */
    private String at(String moment) {
        return "/dav/.at/" + moment + "/" + name() + "/";
    }

    /** A moment, as an address spells it: what is done later is not part of it. */
    private String tick() {
        file(bucket + "tick", "t");
        return Moments.compact(server.engine
                .namespace()
                .find(new EntryPath(name(), "tick"))
                .orElseThrow()
                .written());
    }

    @Test
    void theShareIsShownAsItWas() {
        assertStatus(201, client.send("MKCOL", bucket + "folder"));
        file(bucket + "folder/a.txt", "first words");
        String then = tick();
        file(bucket + "folder/a.txt", "second");
        assertStatus(201, client.send("MOVE", bucket + "folder", "Destination: " + bucket + "renamed"));
        file(bucket + "renamed/b.txt", "new");

        assertThat(content(at(then) + "folder/a.txt")).isEqualTo("first words");
        Answer range = client.send("GET", at(then) + "folder/a.txt", "Range: bytes=6-");
        assertStatus(206, range);
        assertThat(range.body()).isEqualTo("words");
        Answer head = client.send("HEAD", at(then) + "folder/a.txt");
        assertThat(head.header("Content-Length")).contains("11");
        String tag = head.header("ETag").orElseThrow();
        assertStatus(304, client.send("GET", at(then) + "folder/a.txt", "If-None-Match: " + tag));
        assertStatus(404, client.send("GET", at(then) + "renamed/a.txt"));

        Answer listed = client.send("PROPFIND", at(then), "Depth: infinity");
        assertStatus(207, listed);
        assertThat(listed.body())
                .contains(at(then) + "folder/a.txt")
                .contains("<D:getcontentlength>11</D:getcontentlength>")
                .doesNotContain("renamed")
                .doesNotContain("quota");
        assertThat(client.send("PROPFIND", at(then) + "folder", "Depth: 0").body())
                .contains("<D:collection/>")
                .doesNotContain("a.txt");
        assertThat(client.send("GET", at(then) + "folder/").body()).contains("a.txt");
        assertThat(client.send("PROPFIND", "/dav/.at/" + then + "/", "Depth: 1").body())
                .contains(at(then));
    }

    @Test
    void deletedBucketsAreThereToo() {
        file(bucket + "a", "gone");
        String then = tick();
        assertStatus(204, client.send("DELETE", bucket + "a"));
        assertStatus(204, client.send("DELETE", bucket + "tick"));
        assertStatus(204, client.send("DELETE", bucket));
        assertStatus(404, client.send("PROPFIND", bucket, "Depth: 0"));
        assertThat(content(at(then) + "a")).isEqualTo("gone");
    }

    @Test
    void momentsMayBeWrittenInManyWays() {
        file(bucket + "a", "x");
        for (String moment : List.of(
                "2099-01-01T000000Z",
                "2099-01-01",
                "2099-01-01T00:00:00Z",
                "2099-01-01T00:00:00%2B01:00",
                "20990101T0000Z")) {
            Answer answer = client.send("GET", "/dav/.at/" + moment + "/" + name() + "/a");
            assertStatus(404, answer);
            assertThat(answer.body()).contains("still to come");
        }
        Answer nonsense = client.send("GET", "/dav/.at/yesterday/" + name() + "/a");
        assertStatus(404, nonsense);
        assertThat(nonsense.body()).contains("'yesterday' is no moment").contains("2026-11-20T100000Z");
        assertStatus(404, client.send("GET", "/dav/.at/2001-01-01/" + name() + "/a"));
        assertStatus(404, client.send("GET", "/dav/.at/2026-13-01/"));
    }

    @Test
    void nothingChangesThePast() {
        file(bucket + "a", "x");
        String then = at(tick());
        String versions = "/dav/.versions/" + name() + "/a/";
        for (String place :
                List.of(then + "a", then + "new", then, versions, versions + "x", "/dav/.at/", "/dav/.at/nonsense/x")) {
            for (String method : List.of("PUT", "DELETE", "MKCOL", "PROPPATCH", "LOCK", "UNLOCK")) {
                Answer answer = client.send(method, place, "x", new String[0]);
                assertThat(answer.status()).as("%s %s", method, place).isEqualTo(403);
                assertThat(answer.body()).contains("read-only");
            }
            assertStatus(403, client.send("MOVE", place, "Destination: " + bucket + "b"));
            assertStatus(403, client.send("COPY", bucket + "a", "Destination: " + place));
            assertStatus(403, client.send("MOVE", bucket + "a", "Destination: " + place));
        }
        assertThat(client.send("OPTIONS", then + "a").header("Allow")).contains("OPTIONS, PROPFIND, GET, HEAD, COPY");
    }

    @Test
    void listingsOfTheRootDoNotTellThem() {
        file(bucket + "a", "x");
        assertThat(client.send("PROPFIND", "/dav/", "Depth: infinity").body())
                .contains(bucket + "a")
                .doesNotContain("/.at")
                .doesNotContain("/.versions");
        assertThat(client.send("PROPFIND", "/dav/", "Depth: 1").body()).doesNotContain("/.at");
        assertStatus(207, client.send("PROPFIND", "/dav/.at", "Depth: 1"));
        assertStatus(207, client.send("PROPFIND", "/dav/.versions/", "Depth: 1"));
    }

    @Test
    void versionsOfAFileAreFilesInAFolder() {
        file(bucket + "a.txt", "one");
        file(bucket + "a.txt", "three");
        assertStatus(204, client.send("DELETE", bucket + "a.txt"));
        file(bucket + "a.txt", "seven77");
        List<Version> versions = server.engine.namespace().versions(new EntryPath(name(), "a.txt"), Instant.MAX, 10);
        assertThat(versions).extracting(v -> v.entry().size()).containsExactly(7L, 5L, 3L);
        assertThat(versions)
                .extracting(Version::fate)
                .containsExactly(Version.Fate.CURRENT, Version.Fate.DELETED, Version.Fate.REPLACED);
        String folder = "/dav/.versions/" + name() + "/a.txt/";
        Answer listed = client.send("PROPFIND", folder, "Depth: 1");
        assertStatus(207, listed);
        for (var expected : Map.of(2, "one", 1, "three", 0, "seven77").entrySet()) {
            String name = Moments.compact(versions.get(expected.getKey()).from()) + "-a.txt";
            assertThat(listed.body()).contains(folder + name);
            Answer got = client.send("GET", folder + name);
            assertStatus(200, got);
            assertThat(got.body()).isEqualTo(expected.getValue());
            assertThat(got.header("Content-Type")).contains("text/plain");
        }
        assertThat(client.send("PROPFIND", "/dav/.versions/" + name() + "/", "Depth: 1")
                        .body())
                .contains(folder);
        assertStatus(404, client.send("GET", folder + "2001-01-01-a.txt"));
        assertStatus(404, client.send("GET", "/dav/.versions/" + name() + "/never-there/"));
    }

    @Test
    void copyOutOfThePastRestoresByReference() {
        assertStatus(201, client.send("MKCOL", bucket + "folder"));
        file(bucket + "folder/a", "old content");
        file(bucket + "folder/b", "kept");
        String then = at(tick());
        file(bucket + "folder/a", "new content");
        assertStatus(204, client.send("DELETE", bucket + "folder/b"));
        long received = stored();

        assertStatus(204, client.send("COPY", then + "folder/a", "Destination: " + bucket + "folder/a"));
        assertThat(content(bucket + "folder/a")).isEqualTo("old content");
        assertStatus(
                412, client.send("COPY", then + "folder/a", "Destination: " + bucket + "folder/a", "Overwrite: F"));
        assertStatus(204, client.send("COPY", then + "folder", "Destination: " + bucket + "folder"));
        assertThat(content(bucket + "folder/b")).isEqualTo("kept");
        assertStatus(201, client.send("COPY", then, "Destination: " + bucket + "all-of-it"));
        assertThat(content(bucket + "all-of-it/folder/a")).isEqualTo("old content");
        assertStatus(409, client.send("COPY", then + "folder/a", "Destination: " + bucket + "no/such/a"));
        assertStatus(403, client.send("COPY", "/dav/.at/", "Destination: " + bucket + "x"));

        List<Version> versions = server.engine.namespace().versions(new EntryPath(name(), "folder/a"), Instant.MAX, 10);
        String before = "/dav/.versions/" + name() + "/folder/a/"
                + Moments.compact(versions.stream()
                        .filter(v -> v.fate() == Version.Fate.REPLACED)
                        .toList()
                        .getFirst()
                        .from());
        assertStatus(201, client.send("COPY", before, "Destination: " + bucket + "copied"));
        assertThat(stored()).isEqualTo(received);
    }

    @Test
    void locksHoldAgainstRestores() {
        file(bucket + "a", "one");
        String then = at(tick());
        file(bucket + "a", "two");
        String token = lock(bucket + "a", "Depth: 0");
        assertStatus(423, client.send("COPY", then + "a", "Destination: " + bucket + "a"));
        assertStatus(
                204,
                client.send(
                        "COPY", then + "a", "Destination: " + bucket + "a", "If: <" + bucket + "a> (<" + token + ">)"));
    }

    @Test
    void whoMayOnlyReadMayLookAtThePastToo() throws IOException {
        server.engine.access().addUser("past-reader", "nothing-but-reading", Role.READONLY);
        file(bucket + "a", "one");
        String then = at(tick());
        DavClient reader = new DavClient(server.port(), "past-reader", "nothing-but-reading");
        assertStatus(200, reader.send("GET", then + "a"));
        assertStatus(403, reader.send("COPY", then + "a", "Destination: " + bucket + "b"));
        DavClient stranger = new DavClient(server.port(), "past-reader", "wrong");
        assertStatus(401, stranger.send("GET", then + "a"));
    }

    private long stored() {
        try {
            return server.engine.statistics().uniqueBytes();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
