package io.varve.webdav;

import static org.assertj.core.api.Assertions.assertThat;

import io.varve.storage.access.AccessControl.Role;
import io.varve.storage.access.BucketRules;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A bucket's policy holds here as it does over S3. */
class PolicyTest extends DoorTest {

    private void setPolicy(String statement) {
        String name = bucket.substring("/dav/".length(), bucket.length() - 1);
        String policy =
                ("{'Statement':{" + statement + "}}").replace('\'', '"').replace("BUCKET", "arn:aws:s3:::" + name);
        server.engine.namespace().changeBucketSettings(name, settings -> settings.with(BucketRules.POLICY, policy));
    }

    @Test
    void whatIsDeniedIsDeniedHere() {
        assertStatus(201, client.send("MKCOL", bucket + "folder"));
        assertStatus(201, client.send("MKCOL", bucket + "free"));
        file(bucket + "folder/kept", "x");
        file(bucket + "folder/secret", "y");
        setPolicy("'Effect':'Deny','Principal':'*','Action':['s3:DeleteObject','s3:PutObject'],"
                + "'Resource':'BUCKET/folder/kep*'");
        assertStatus(403, client.send("DELETE", bucket + "folder/kept"));
        assertStatus(403, client.send("PUT", bucket + "folder/kept"));
        assertStatus(403, client.send("DELETE", bucket + "folder"));
        assertStatus(403, client.send("MOVE", bucket + "folder", "Destination: " + bucket + "moved"));
        assertStatus(403, client.send("COPY", bucket + "free", "Destination: " + bucket + "folder"));
        assertThat(content(bucket + "folder/kept")).isEqualTo("x");
        assertStatus(204, client.send("DELETE", bucket + "folder/secret"));
        assertStatus(204, client.send("DELETE", bucket + "free"));
    }

    /** Copying a folder over another one takes away what that one holds. */
    @Test
    void whoMayNotDeleteMayNotReplaceFolders() {
        assertStatus(201, client.send("MKCOL", bucket + "folder"));
        assertStatus(201, client.send("MKCOL", bucket + "free"));
        file(bucket + "folder/kept", "x");
        file(bucket + "file", "y");
        file(bucket + "other", "z");
        String from = "/dav/.at/" + server.engine.namespace().lastChange() + bucket.substring("/dav".length());
        setPolicy(
                "'Effect':'Deny','Principal':'*','Action':'s3:DeleteObject','Resource':['BUCKET/folder/*','BUCKET/file']");
        assertStatus(403, client.send("COPY", bucket + "free/", "Destination: " + bucket + "folder/"));
        assertStatus(403, client.send("COPY", from + "free/", "Destination: " + bucket + "folder/"));
        assertStatus(403, client.send("MOVE", bucket + "other", "Destination: " + bucket + "folder"));
        assertStatus(403, client.send("COPY", bucket + "free/", "Destination: " + bucket + "file"));
        assertStatus(412, client.send("COPY", bucket + "free/", "Destination: " + bucket + "folder/", "Overwrite: F"));
        assertThat(content(bucket + "folder/kept")).isEqualTo("x");
        assertStatus(204, client.send("COPY", bucket + "other", "Destination: " + bucket + "file"));
        assertThat(content(bucket + "file")).isEqualTo("z");
    }

    @Test
    void conditionsKnowWhereARequestComesFrom() {
        file(bucket + "a", "x");
        setPolicy("'Effect':'Deny','Principal':'*','Action':'s3:GetObject','Resource':'BUCKET/*',"
                + "'Condition':{'NotIpAddress':{'aws:SourceIp':['127.0.0.0/8','::1']}}");
        assertThat(content(bucket + "a")).isEqualTo("x");
        setPolicy("'Effect':'Deny','Principal':'*','Action':'s3:GetObject','Resource':'BUCKET/*',"
                + "'Condition':{'Bool':{'aws:SecureTransport':'false'}}");
        assertStatus(403, client.send("GET", bucket + "a"));
    }

    /** The address of the version that a file has now. */
    private String current(String path) {
        String asked = "<D:propfind xmlns:D='DAV:'><D:prop><D:checked-in/></D:prop></D:propfind>";
        String body =
                client.send("PROPFIND", path, asked, new String[] {"Depth: 0"}).body();
        int from = body.indexOf("<D:href>", body.indexOf("<D:checked-in>")) + "<D:href>".length();
        return body.substring(from, body.indexOf('<', from));
    }

    @Test
    void thePastShowsOthersNoMoreThanThePresentDoes() throws IOException {
        file(bucket + "secret", "old");
        String version = current(bucket + "secret");
        file(bucket + "secret", "new");
        file(bucket + "gone", "x");
        assertStatus(204, client.send("DELETE", bucket + "gone"));
        String name = bucket.substring("/dav".length());
        String then = "/dav/.at/" + server.engine.namespace().lastChange() + name;
        server.engine.access().addUser("stranger", "not-to-be-let-in", Role.USER);
        DavClient stranger = new DavClient(server.port(), "stranger", "not-to-be-let-in");
        assertStatus(200, stranger.send("GET", version));
        setPolicy("'Effect':'Deny','Principal':{'AWS':'arn:aws:iam:::user/stranger'},'Action':'s3:*',"
                + "'Resource':['BUCKET','BUCKET/*']");
        String[] zero = {"Depth: 0"};
        for (String path : List.of("/dav/.trash" + name + "gone", version, then + "secret")) {
            assertStatus(200, client.send("GET", path));
            assertStatus(403, stranger.send("GET", path));
            assertStatus(403, stranger.send("HEAD", path));
            assertStatus(403, stranger.send("PROPFIND", path, zero));
            assertStatus(403, stranger.send("COPY", path, "Destination: " + bucket + "copied"));
        }
        for (String path :
                List.of("/dav/.trash" + name, "/dav/.versions" + name, "/dav/.versions" + name + "secret/", then)) {
            assertStatus(207, client.send("PROPFIND", path, "Depth: 1"));
            assertStatus(403, stranger.send("PROPFIND", path, "Depth: 1"));
            assertStatus(403, stranger.send("GET", path));
        }
        for (String top : List.of("/dav/.trash/", then.substring(0, then.length() - name.length() + 1))) {
            assertThat(client.send("PROPFIND", top, "Depth: 1").body()).contains(name);
            assertThat(stranger.send("PROPFIND", top, "Depth: 1").body()).doesNotContain(name);
        }
        assertStatus(403, stranger.send("MOVE", "/dav/.trash" + name + "gone", "Destination: " + bucket + "gone"));
    }
}
