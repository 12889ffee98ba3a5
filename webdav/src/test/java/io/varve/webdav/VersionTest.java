package io.varve.webdav;

import static org.assertj.core.api.Assertions.assertThat;

import io.varve.storage.access.AccessControl.Role;
import io.varve.webdav.DavClient.Answer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Versions by RFC 3253, what was deleted, folders made with properties, and rights. */
class VersionTest extends DoorTest {
    private static final Pattern HREF = Pattern.compile("<D:response><D:href>([^<]+)</D:href>");

    private static final String TREE = "<?xml version=\"1.0\"?><D:version-tree xmlns:D=\"DAV:\"><D:prop>"
            + "<D:version-name/><D:creator-displayname/><D:getcontentlength/><D:getlastmodified/>"
            + "<D:predecessor-set/><D:successor-set/></D:prop></D:version-tree>";

    private String name() {
        return bucket.substring("/dav".length());
    }

    private static List<String> hrefs(Answer answer) {
        List<String> hrefs = new ArrayList<>();
        Matcher matcher = HREF.matcher(answer.body());
        while (matcher.find()) {
            hrefs.add(matcher.group(1));
        }
        return hrefs;
    }

    private String property(String path, String... names) {
        String asked =
                "<D:propfind xmlns:D='DAV:'><D:prop><D:" + String.join("/><D:", names) + "/></D:prop></D:propfind>";
        Answer answer = client.send("PROPFIND", path, asked, new String[] {"Depth: 0"});
        assertStatus(207, answer);
        return answer.body();
    }

    @Test
    void theVersionsOfAFileAreReported() {
        file(bucket + "a", "1");
        file(bucket + "a", "22");
        file(bucket + "a", "333");
        Answer controlled = client.send("VERSION-CONTROL", bucket + "a");
        assertStatus(200, controlled);
        assertThat(controlled.header("Cache-Control")).contains("no-cache");
        Answer report = client.send("REPORT", bucket + "a", TREE, new String[0]);
        assertStatus(207, report);
        List<String> versions = hrefs(report);
        assertThat(versions).hasSize(3).allMatch(href -> href.startsWith("/dav/.versions" + name() + "a/"));
        assertThat(versions.stream().map(this::content)).containsExactly("333", "22", "1");
        assertThat(report.body())
                .contains("<D:successor-set><D:href>" + versions.get(0) + "</D:href></D:successor-set>")
                .contains("<D:successor-set><D:href>" + versions.get(1) + "</D:href></D:successor-set>")
                .contains("<D:successor-set></D:successor-set>")
                .contains("<D:predecessor-set><D:href>" + versions.get(2) + "</D:href></D:predecessor-set>")
                .contains("<D:predecessor-set></D:predecessor-set>")
                .contains("<D:creator-displayname/></D:prop><D:status>HTTP/1.1 404");

        assertThat(property(bucket + "a", "checked-in", "auto-version"))
                .contains("<D:checked-in><D:href>" + versions.getFirst() + "</D:href></D:checked-in>")
                .contains("<D:checkout-checkin/>");
        assertThat(property(versions.get(1), "version-name", "successor-set", "supported-report-set"))
                .contains("<D:successor-set><D:href>" + versions.getFirst() + "</D:href>")
                .contains("<D:version-tree/>")
                .doesNotContain("404");
        assertThat(hrefs(client.send("REPORT", versions.get(2), TREE, new String[0])))
                .isEqualTo(versions);
        assertStatus(403, client.put(versions.get(1), "x"));
        assertStatus(204, client.send("COPY", versions.get(2), "Destination: " + bucket + "a"));
        assertThat(content(bucket + "a")).isEqualTo("1");
    }

    private Answer expand(String path, String properties, String... headers) {
        return client.send(
                "REPORT", path, "<D:expand-property xmlns:D='DAV:'>" + properties + "</D:expand-property>", headers);
    }

    @Test
    void propertiesAreExpandedToWhatTheyName() {
        file(bucket + "a", "1");
        file(bucket + "a", "22");
        String nested =
                "<D:property name='getetag'/><D:property name='checked-in'><D:property name='getcontentlength'/>"
                        + "<D:property name='predecessor-set'><D:property name='getcontentlength'/>"
                        + "<D:property name='predecessor-set'><D:property name='getetag'/></D:property></D:property>"
                        + "</D:property><D:property name='none' namespace='urn:x&quot;&lt;'/>";
        Answer answer = expand(bucket + "a", nested);
        assertStatus(207, answer);
        List<String> hrefs = hrefs(answer);
        assertThat(hrefs).hasSize(3);
        assertThat(hrefs.getFirst()).isEqualTo(bucket + "a");
        assertThat(content(hrefs.get(1))).isEqualTo("22");
        assertThat(content(hrefs.get(2))).isEqualTo("1");
        assertThat(answer.body())
                .contains("<D:checked-in><D:response><D:href>" + hrefs.get(1) + "</D:href>")
                .contains("<D:getcontentlength>2<", "<D:getcontentlength>1<", "<D:predecessor-set></D:predecessor-set>")
                .contains("<X:none xmlns:X=\"urn:x&quot;&lt;\"/></D:prop><D:status>HTTP/1.1 404");
        // Without properties of their own, addresses stay what they are.
        assertThat(expand(bucket + "a", "<D:property name='checked-in'/>").body())
                .contains("<D:checked-in><D:href>" + hrefs.get(1) + "</D:href></D:checked-in>");
        String user = "<D:property name='current-user-principal'><D:property name='displayname'/></D:property>";
        for (String path : List.of("/dav/", bucket, hrefs.get(1))) {
            assertThat(expand(path, user).body())
                    .contains("<D:response><D:href>/dav/.principals/root</D:href>", "<D:displayname>root<");
            assertThat(property(path, "supported-report-set")).contains("<D:expand-property/>");
        }
        assertStatus(400, expand(bucket + "a", "<D:property/>"));
        assertStatus(400, expand(bucket + "a", "<D:property name='a/&gt;&lt;b'/>"));
        assertStatus(400, expand(bucket, user, "Depth: 1"));
        assertStatus(404, expand(bucket + "none", user));
    }

    @Test
    void whatIsNotSupportedIsSaid() {
        file(bucket + "a", "1");
        String locate = "<D:locate-by-history xmlns:D='DAV:'/>";
        for (String path : List.of(bucket, bucket + "a")) {
            Answer answer = client.send("REPORT", path, locate, new String[0]);
            assertStatus(403, answer);
            assertThat(answer.body()).contains("<D:supported-report/>").contains("locate-by-history");
        }
        assertStatus(403, client.send("REPORT", bucket, TREE, new String[0]));
        assertStatus(400, client.send("REPORT", bucket));
        assertStatus(404, client.send("REPORT", bucket + "none", TREE, new String[0]));
        assertStatus(405, client.send("VERSION-CONTROL", bucket));
        assertStatus(200, client.send("VERSION-CONTROL", bucket + "a/"));
        assertStatus(404, client.send("VERSION-CONTROL", bucket + "none/"));
        Answer options = client.send("OPTIONS", bucket + "a");
        assertThat(options.header("DAV"))
                .hasValueSatisfying(
                        dav -> assertThat(dav).contains("version-control").contains("extended-mkcol"));
        assertThat(property(bucket + "a", "supported-method-set", "supported-live-property-set"))
                .contains("<D:supported-method name=\"VERSION-CONTROL\"/>")
                .contains("<D:prop><D:checked-in/></D:prop>");
    }

    @Test
    void whatWasDeletedIsInTheTrash() {
        assertStatus(201, client.send("MKCOL", bucket + "folder"));
        assertStatus(201, client.send("MKCOL", bucket + "gone"));
        file(bucket + "folder/a%20b.txt", "first");
        file(bucket + "folder/a%20b.txt", "last words");
        file(bucket + "folder/kept", "x");
        file(bucket + "folder/moved", "x");
        file(bucket + "gone/inside", "y");
        assertStatus(204, client.send("DELETE", bucket + "folder/a%20b.txt"));
        assertStatus(204, client.send("DELETE", bucket + "gone"));
        assertStatus(201, client.send("MOVE", bucket + "folder/moved", "Destination: " + bucket + "folder/there"));
        String trash = "/dav/.trash" + name();

        assertThat(client.send("PROPFIND", "/dav/.trash", "Depth: 1").body()).contains(">" + trash + "<");
        Answer top = client.send("PROPFIND", trash, "Depth: 1");
        assertThat(hrefs(top)).containsExactly(trash, trash + "gone/", trash + "folder/");
        assertThat(hrefs(client.send("PROPFIND", trash + "folder/", "Depth: 1")))
                .containsExactly(trash + "folder/", trash + "folder/a%20b.txt");
        assertThat(hrefs(client.send("PROPFIND", trash + "gone", "Depth: infinity")))
                .containsExactly(trash + "gone/", trash + "gone/inside");
        assertThat(content(trash + "folder/a%20b.txt")).isEqualTo("last words");
        assertThat(content(trash + "gone/inside")).isEqualTo("y");
        assertStatus(404, client.send("GET", trash + "folder/kept"));
        assertStatus(404, client.send("GET", trash + "folder/never"));
        assertThat(client.send("GET", trash).body()).contains("gone/");

        assertStatus(403, client.send("MOVE", trash + "folder/a%20b.txt", "Destination: " + bucket + "elsewhere"));
        assertStatus(
                201, client.send("MOVE", trash + "folder/a%20b.txt", "Destination: " + bucket + "folder/a%20b.txt"));
        assertThat(content(bucket + "folder/a%20b.txt")).isEqualTo("last words");
        assertStatus(201, client.send("COPY", trash + "gone", "Destination: " + bucket + "gone"));
        assertThat(content(bucket + "gone/inside")).isEqualTo("y");
        assertThat(hrefs(client.send("PROPFIND", trash + "folder/", "Depth: 1")))
                .containsExactly(trash + "folder/");
        assertStatus(403, client.send("DELETE", trash + "gone"));
        assertStatus(403, client.put(trash + "new", "x"));
        assertThat(client.send("PROPFIND", "/dav/", "Depth: 1").body()).doesNotContain(".trash");
    }

    private Answer makeFolder(String path, String properties) {
        String body = "<?xml version='1.0'?><D:mkcol xmlns:D='DAV:'><D:set><D:prop>" + properties
                + "</D:prop></D:set></D:mkcol>";
        return client.send("MKCOL", path, body, new String[] {"Content-Type: application/xml; charset=utf-8"});
    }

    @Test
    void foldersAndBucketsAreMadeWithProperties() {
        String properties = "<D:resourcetype><D:collection/></D:resourcetype><D:displayname>Holiday</D:displayname>"
                + "<x:colour xmlns:x='urn:x'>red</x:colour>";
        assertStatus(201, makeFolder(bucket + "made", properties));
        String top = bucket.substring(0, bucket.length() - 1) + "-made";
        assertStatus(201, makeFolder(top, properties));
        for (String path : List.of(bucket + "made/", top + "/")) {
            assertThat(client.send("PROPFIND", path, "Depth: 0").body())
                    .contains(">Holiday<")
                    .contains(">red<")
                    .contains("<D:resourcetype><D:collection/></D:resourcetype>");
        }
        Answer calendar = makeFolder(
                bucket + "calendar",
                "<D:resourcetype><D:collection/><c:calendar xmlns:c='urn:ietf:params:xml:ns:caldav'/></D:resourcetype>"
                        + "<D:displayname>Mine</D:displayname>");
        assertStatus(403, calendar);
        assertThat(calendar.body())
                .contains("<D:mkcol-response")
                .contains("<D:resourcetype/></D:prop><D:status>HTTP/1.1 403")
                .contains("<D:error><D:valid-resourcetype/></D:error>")
                .contains("<D:displayname/></D:prop><D:status>HTTP/1.1 424");
        String other = "<D:resourcetype><o:collection xmlns:o='urn:other'/></D:resourcetype>";
        assertStatus(403, makeFolder(bucket + "other", other));
        Answer dated = makeFolder(bucket + "dated", "<D:getlastmodified>x</D:getlastmodified>");
        assertStatus(403, dated);
        assertThat(dated.body()).contains("<D:error><D:cannot-modify-protected-property/></D:error>");
        String large = "<x:y xmlns:x='urn:x'>" + "y".repeat(70_000) + "</x:y>";
        assertStatus(507, makeFolder(top + "-large", large));
        assertStatus(404, client.send("PROPFIND", top + "-large", "Depth: 0"));
        assertStatus(404, client.send("PROPFIND", bucket + "other", "Depth: 0"));
        assertStatus(404, client.send("PROPFIND", bucket + "calendar", "Depth: 0"));
        assertStatus(404, client.send("PROPFIND", bucket + "dated", "Depth: 0"));
        assertStatus(405, makeFolder(bucket + "made", properties));
        assertStatus(415, client.send("MKCOL", bucket + "b", "<D:other xmlns:D='DAV:'/>", new String[] {
            "Content-Type: text/xml"
        }));
        assertStatus(415, client.send("MKCOL", bucket + "b", "x", new String[] {"Content-Type: text/plain"}));
    }

    @Test
    void everybodyIsToldWhatTheyMayDo() throws IOException {
        file(bucket + "a", "x");
        server.engine.access().addUser("looker", "nothing-but-looking", Role.READONLY);
        DavClient looker = new DavClient(server.port(), "looker", "nothing-but-looking");
        String asked = "<D:propfind xmlns:D='DAV:'><D:prop><D:current-user-privilege-set/><D:current-user-principal/>"
                + "</D:prop></D:propfind>";
        String[] depth = {"Depth: 0"};
        assertThat(looker.send("PROPFIND", bucket + "a", asked, depth).body())
                .contains("<D:privilege><D:read/></D:privilege>")
                .contains("<D:current-user-principal><D:href>/dav/.principals/looker</D:href>")
                .doesNotContain("<D:write");
        assertThat(client.send("PROPFIND", bucket, asked, depth).body())
                .contains("<D:privilege><D:bind/></D:privilege>")
                .contains("<D:privilege><D:write/></D:privilege>");
        Answer principal = client.send("PROPFIND", "/dav/.principals/looker", depth);
        assertStatus(207, principal);
        assertThat(principal.body()).contains("<D:principal/>").contains("<D:displayname>looker</D:displayname>");
    }
}
