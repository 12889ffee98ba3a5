package io.varve.webdav;

import static org.assertj.core.api.Assertions.assertThat;

import io.varve.webdav.DavClient.Answer;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class LockTest extends DoorTest {

    private Answer lockWith(String path, String scope, String... headers) {
        return client.send("LOCK", path, lockInfo(scope), headers);
    }

    @Test
    void locksAFileAndTellsIt() {
        file(bucket + "a", "x");
        Answer locked = lockWith(bucket + "a", "exclusive", "Timeout: Second-600", "Depth: 0");
        assertStatus(200, locked);
        String token = locked.header("Lock-Token").orElseThrow();
        String inside = token.substring(1, token.length() - 1);
        assertThat(locked.body())
                .contains("<D:locktoken><D:href>" + inside + "</D:href></D:locktoken>")
                .contains("<D:timeout>Second-600</D:timeout>")
                .contains("<D:depth>0</D:depth>")
                .contains("<D:exclusive/>")
                .contains("<D:href>http://example.org/~me</D:href>")
                .contains("<D:lockroot><D:href>" + bucket + "a</D:href></D:lockroot>");
        assertThat(client.send("PROPFIND", bucket + "a", "Depth: 0").body()).contains(inside);
        assertThat(client.send("PROPFIND", bucket, "Depth: 1").body()).contains(inside);
        assertStatus(204, client.send("UNLOCK", bucket + "a", "Lock-Token: " + token));
        assertThat(client.send("PROPFIND", bucket + "a", "Depth: 0").body()).contains("<D:lockdiscovery/>");
    }

    @Test
    void guardsAgainstEveryChangeWithoutTheToken() {
        file(bucket + "a", "x");
        file(bucket + "free", "y");
        String token = lock(bucket + "a");
        String set = "<propertyupdate xmlns='DAV:'><set><prop><c xmlns='u'/></prop></set></propertyupdate>";
        Answer put = client.put(bucket + "a", "z");
        assertStatus(423, put);
        assertThat(put.body()).contains("<D:lock-token-submitted><D:href>" + bucket + "a</D:href>");
        assertStatus(423, client.send("DELETE", bucket + "a"));
        assertStatus(423, client.send("PROPPATCH", bucket + "a", set, new String[0]));
        assertStatus(423, client.send("MOVE", bucket + "a", "Destination: " + bucket + "b"));
        assertStatus(423, client.send("COPY", bucket + "free", "Destination: " + bucket + "a"));
        assertStatus(423, client.send("MOVE", bucket + "free", "Destination: " + bucket + "a"));
        assertStatus(201, client.send("COPY", bucket + "a", "Destination: " + bucket + "copied"));
        assertThat(content(bucket + "a")).isEqualTo("x");
        String held = "If: (<" + token + ">)";
        assertStatus(204, client.put(bucket + "a", "z", held));
        assertStatus(207, client.send("PROPPATCH", bucket + "a", set, new String[] {held}));
        assertStatus(204, client.send("DELETE", bucket + "a", held));
        assertStatus(201, client.put(bucket + "a", "again"));
    }

    @Test
    void evaluatesTheWholeIfHeader() {
        String etag = file(bucket + "a", "x");
        String token = lock(bucket + "a");
        String t = "<" + token + ">";
        assertStatus(412, client.put(bucket + "a", "y", "If: (" + t + " [\"other\"])"));
        assertStatus(412, client.put(bucket + "a", "y", "If: (<urn:other>)"));
        assertStatus(412, client.put(bucket + "a", "y", "If: (Not " + t + ")"));
        assertStatus(423, client.put(bucket + "a", "y", "If: (<urn:other>) (Not <DAV:no-lock>)"));
        assertStatus(412, client.put(bucket + "a", "y", "If: <" + bucket + "> (" + t + ")"));
        assertStatus(400, client.put(bucket + "a", "y", "If: (" + t));
        assertThat(content(bucket + "a")).isEqualTo("x");
        assertStatus(204, client.put(bucket + "a", "y", "If: (<urn:other>) (" + t + " [" + etag + "])"));
        assertStatus(204, client.put(bucket + "a", "y", "If: (" + t + ") (Not <DAV:no-lock>)"));
        assertStatus(204, client.put(bucket + "a", "y", "If: <http://127.0.0.1" + bucket + "a> (" + t + ")"));
        assertStatus(
                204,
                client.put(
                        bucket + "a", "y", "If: <" + bucket + "none> (Not <urn:x> Not [\"x\"]) </dav/x> (" + t + ")"));
        // The condition need not be about the locked resource for its token to count as submitted.
        assertStatus(
                204, client.put(bucket + "a", "y", "If: <" + bucket + "a> (" + t + ") <" + bucket + "> ([\"no\"])"));
    }

    @Test
    void sharesLocksButNotWithExclusiveOnes() {
        file(bucket + "a", "x");
        Answer one = lockWith(bucket + "a", "shared");
        Answer two = lockWith(bucket + "a", "shared");
        assertStatus(200, one);
        assertStatus(200, two);
        assertThat(two.header("Lock-Token")).isNotEqualTo(one.header("Lock-Token"));
        Answer refused = lockWith(bucket + "a", "exclusive");
        assertStatus(423, refused);
        assertThat(refused.body()).contains("<D:no-conflicting-lock>");
        assertStatus(423, client.put(bucket + "a", "y"));
        assertStatus(
                204,
                client.put(bucket + "a", "y", "If: (" + two.header("Lock-Token").orElseThrow() + ")"));
        client.send(
                "UNLOCK",
                bucket + "a",
                "Lock-Token: " + one.header("Lock-Token").orElseThrow());
        client.send(
                "UNLOCK",
                bucket + "a",
                "Lock-Token: " + two.header("Lock-Token").orElseThrow());
        assertStatus(200, lockWith(bucket + "a", "exclusive"));
        assertStatus(423, lockWith(bucket + "a", "shared"));
    }

    @Test
    void locksFoldersWithWhatTheyHoldOrOnlyThemselves() {
        client.send("MKCOL", bucket + "deep");
        file(bucket + "deep/a", "x");
        String token = lock(bucket + "deep/", "Depth: infinity");
        assertStatus(423, client.put(bucket + "deep/a", "y"));
        assertStatus(423, client.put(bucket + "deep/new", "y"));
        assertStatus(423, client.send("MKCOL", bucket + "deep/sub"));
        assertStatus(423, client.send("DELETE", bucket + "deep/a"));
        assertStatus(204, client.put(bucket + "deep/a", "y", "If: <" + bucket + "deep/> (<" + token + ">)"));
        assertThat(client.send("PROPFIND", bucket + "deep/", "Depth: 1").body().split(token, -1))
                .hasSize(3);

        client.send("MKCOL", bucket + "flat");
        file(bucket + "flat/a", "x");
        String flat = lock(bucket + "flat/", "Depth: 0");
        assertStatus(204, client.put(bucket + "flat/a", "y"));
        assertStatus(423, client.put(bucket + "flat/new", "y"));
        assertStatus(423, client.send("DELETE", bucket + "flat/a"));
        assertStatus(201, client.put(bucket + "flat/new", "y", "If: <" + bucket + "flat/> (<" + flat + ">)"));
        assertStatus(400, lockWith(bucket + "flat/a", "exclusive", "Depth: 1"));
    }

    @Test
    void namesTheLockedMemberWhenAFolderCannotBeChanged() {
        client.send("MKCOL", bucket + "a");
        file(bucket + "a/b", "x");
        lock(bucket + "a/b");
        Answer refused = client.send("DELETE", bucket + "a/");
        assertStatus(207, refused);
        assertThat(refused.body())
                .contains("<D:href>" + bucket + "a/b</D:href><D:status>HTTP/1.1 423 Locked</D:status>")
                .contains("<D:href>" + bucket + "a/</D:href><D:status>HTTP/1.1 424 Failed Dependency</D:status>");
        assertStatus(207, client.send("MOVE", bucket + "a/", "Destination: " + bucket + "z/"));
        assertStatus(207, lockWith(bucket + "a/", "exclusive"));
        assertThat(content(bucket + "a/b")).isEqualTo("x");
    }

    @Test
    void locksANameBeforeThereIsAFile() {
        Answer locked = lockWith(bucket + "new", "exclusive");
        assertStatus(201, locked);
        assertThat(content(bucket + "new")).isEmpty();
        assertStatus(423, client.put(bucket + "new", "x"));
        String token = locked.header("Lock-Token").orElseThrow();
        assertStatus(204, client.put(bucket + "new", "x", "If: (" + token + ")"));
        assertStatus(409, lockWith(bucket + "none/new", "exclusive"));
        assertStatus(409, lockWith("/dav/no-such-bucket/new", "exclusive"));
        assertStatus(405, lockWith(bucket + "folder/", "exclusive"));
        assertStatus(405, lockWith("/dav/no-such-bucket", "exclusive"));
        assertStatus(403, lockWith("/dav/", "exclusive"));
    }

    @Test
    void refreshesALock() {
        file(bucket + "a", "x");
        String token = lock(bucket + "a", "Timeout: Second-60");
        Answer refreshed = client.send("LOCK", bucket + "a", "If: (<" + token + ">)", "Timeout: Second-1000");
        assertStatus(200, refreshed);
        assertThat(refreshed.body())
                .contains("<D:timeout>Second-1000</D:timeout>")
                .contains(token);
        assertThat(refreshed.header("Lock-Token")).isEmpty();
        assertStatus(400, client.send("LOCK", bucket + "a"));
        assertStatus(412, client.send("LOCK", bucket + "a", "If: (<urn:other>)"));
        client.send("MKCOL", bucket + "deep");
        file(bucket + "deep/a", "x");
        String deep = lock(bucket + "deep/");
        assertStatus(200, client.send("LOCK", bucket + "deep/a", "If: (<" + deep + ">)"));
    }

    @Test
    void unlocksOnlyWithTheLocksOwnToken() {
        file(bucket + "a", "x");
        String token = lock(bucket + "a");
        assertStatus(400, client.send("UNLOCK", bucket + "a"));
        assertStatus(400, client.send("UNLOCK", bucket + "a", "Lock-Token: <" + token));
        assertStatus(400, client.send("UNLOCK", bucket + "a", "Lock-Token: nonsense"));
        Answer refused = client.send("UNLOCK", bucket + "a", "Lock-Token: <urn:uuid:other>");
        assertStatus(409, refused);
        assertThat(refused.body()).contains("<D:lock-token-matches-request-uri/>");
        assertStatus(409, client.send("UNLOCK", bucket + "none", "Lock-Token: <" + token + ">"));
        assertStatus(423, client.put(bucket + "a", "y"));
        assertStatus(204, client.send("UNLOCK", bucket + "a", "Lock-Token: <" + token + ">"));
        assertStatus(204, client.put(bucket + "a", "y"));
        // Without its brackets, as one client sends it.
        assertStatus(204, client.send("UNLOCK", bucket + "a", "Lock-Token: " + lock(bucket + "a")));
        assertStatus(204, client.put(bucket + "a", "z"));
    }

    @Test
    void endsLocksWithDeleteAndMove() {
        file(bucket + "a", "x");
        String token = lock(bucket + "a");
        assertStatus(201, client.send("MOVE", bucket + "a", "Destination: " + bucket + "b", "If: (<" + token + ">)"));
        assertThat(client.send("PROPFIND", bucket + "b", "Depth: 0").body()).contains("<D:lockdiscovery/>");
        assertStatus(204, client.put(bucket + "b", "y"));
        assertStatus(201, client.put(bucket + "a", "y"));
    }

    @Test
    void letsLocksExpire() {
        file(bucket + "a", "x");
        lock(bucket + "a", "Timeout: Second-120");
        pass(Duration.ofSeconds(60));
        assertStatus(423, client.put(bucket + "a", "y"));
        pass(Duration.ofSeconds(61));
        assertStatus(204, client.put(bucket + "a", "y"));
    }

    private void pass(Duration time) {
        server.ahead.updateAndGet(before -> before.plus(time));
    }

    @Test
    void refusesAnOwnerThatIsTooLong() {
        file(bucket + "a", "x");
        String body = lockInfo("exclusive").replace("http:", "x".repeat(5000));
        assertStatus(413, client.send("LOCK", bucket + "a", body, new String[0]));
    }
}
