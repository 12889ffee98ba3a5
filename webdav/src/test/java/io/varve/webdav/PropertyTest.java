package io.varve.webdav;

import static org.assertj.core.api.Assertions.assertThat;

import io.varve.webdav.DavClient.Answer;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PropertyTest extends DoorTest {

    private Answer propfind(String path, String depth, String prop) {
        return client.send("PROPFIND", path, "<D:propfind xmlns:D='DAV:'>" + prop + "</D:propfind>", new String[] {
            "Depth: " + depth
        });
    }

    private Answer proppatch(String path, String instructions) {
        return client.send(
                "PROPPATCH",
                path,
                "<D:propertyupdate xmlns:D='DAV:' xmlns:Z='urn:schemas-microsoft-com:'>" + instructions
                        + "</D:propertyupdate>",
                new String[0]);
    }

    private static String set(String property) {
        return "<D:set><D:prop>" + property + "</D:prop></D:set>";
    }

    /** The hrefs of an answer in order; the whole answer must be well-formed. */
    private static List<String> hrefs(Answer answer) throws XMLStreamException {
        assertStatus(207, answer);
        assertThat(answer.whole()).isTrue();
        List<String> hrefs = new ArrayList<>();
        XMLStreamReader reader = XMLInputFactory.newDefaultFactory()
                .createXMLStreamReader(new ByteArrayInputStream(answer.body().getBytes(StandardCharsets.ISO_8859_1)));
        boolean response = false;
        while (reader.hasNext()) {
            if (reader.next() == XMLStreamConstants.START_ELEMENT) {
                if (response) {
                    hrefs.add(reader.getElementText());
                }
                response = reader.getLocalName().equals("response");
            }
        }
        return hrefs;
    }

    @Test
    void tellsWhatAFileIs() {
        client.put(bucket + "a.txt", "content", "X-OC-Mtime: 784111777");
        String etag = client.send("HEAD", bucket + "a.txt").header("ETag").orElseThrow();
        Answer answer = client.send("PROPFIND", bucket + "a.txt", "Depth: 0");
        assertStatus(207, answer);
        assertThat(answer.header("Content-Type")).contains("application/xml;charset=utf-8");
        assertThat(answer.body())
                .contains("<D:href>" + bucket + "a.txt</D:href>")
                .contains("<D:getcontentlength>7</D:getcontentlength>")
                .contains("<D:getcontenttype>text/plain</D:getcontenttype>")
                .contains("<D:getetag>" + etag + "</D:getetag>")
                .contains("<D:getlastmodified>Sun, 06 Nov 1994 08:49:37 GMT</D:getlastmodified>")
                .contains("<D:displayname>a.txt</D:displayname>")
                .contains("<D:creationdate>")
                .contains("<D:resourcetype/>")
                .contains("<D:lockdiscovery/>")
                .contains("<D:lockscope><D:shared/></D:lockscope>");
    }

    @Test
    void listsAFolderByDepth() throws XMLStreamException {
        client.send("MKCOL", bucket + "a");
        client.send("MKCOL", bucket + "a/b");
        file(bucket + "a/b/c", "x");
        file(bucket + "a/d", "x");
        file(bucket + "z", "x");
        assertThat(hrefs(client.send("PROPFIND", bucket, "Depth: 0"))).containsExactly(bucket);
        assertThat(hrefs(client.send("PROPFIND", bucket, "Depth: 1")))
                .containsExactly(bucket, bucket + "a/", bucket + "z");
        assertThat(hrefs(client.send("PROPFIND", bucket)))
                .containsExactly(
                        bucket, bucket + "a/", bucket + "a/b/", bucket + "a/b/c", bucket + "a/d", bucket + "z");
        assertThat(hrefs(client.send("PROPFIND", bucket + "a", "Depth: 1")))
                .containsExactly(bucket + "a/", bucket + "a/b/", bucket + "a/d");
        assertThat(hrefs(client.send("PROPFIND", "/dav/", "Depth: 1"))).contains("/dav/", bucket);
        assertThat(hrefs(client.send("PROPFIND", "/dav", "Depth: 0"))).containsExactly("/dav/");
        assertThat(hrefs(client.send("PROPFIND", bucket + "z", "Depth: 1"))).containsExactly(bucket + "z");
        assertStatus(400, client.send("PROPFIND", bucket, "Depth: 2"));
        assertStatus(404, client.send("PROPFIND", bucket + "none"));
        assertStatus(404, client.send("PROPFIND", "/dav/no-such-bucket", "Depth: 0"));
    }

    @Test
    void tellsWhatWasAskedForAndWhatIsMissing() {
        file(bucket + "a", "x");
        String body = propfind(
                        bucket + "a",
                        "0",
                        "<D:prop><D:getcontentlength/><own xmlns='urn:x'/><D:quota-used-bytes/></D:prop>")
                .body();
        assertThat(body)
                .contains("<D:propstat><D:prop><D:getcontentlength>1</D:getcontentlength></D:prop>"
                        + "<D:status>HTTP/1.1 200 OK</D:status></D:propstat>")
                .contains("<D:propstat><D:prop><X:own xmlns:X=\"urn:x\"/><D:quota-used-bytes/></D:prop>"
                        + "<D:status>HTTP/1.1 404 Not Found</D:status></D:propstat>")
                .doesNotContain("getetag");
        assertThat(propfind(bucket + "a", "0", "<D:propname/>").body())
                .contains("<D:getetag/>")
                .contains("<D:resourcetype/>")
                .doesNotContain("quota");
    }

    @Test
    void tellsHowMuchIsUsedAndFree() {
        file(bucket + "a", "12345");
        server.freeBytes.set(1_000_000);
        String prop = "<D:prop><D:quota-used-bytes/><D:quota-available-bytes/></D:prop>";
        assertThat(propfind(bucket, "0", prop).body())
                .contains("<D:quota-used-bytes>5</D:quota-used-bytes>")
                .contains("<D:quota-available-bytes>1000000</D:quota-available-bytes>");
        assertThat(propfind("/dav/", "0", prop).body()).contains("<D:quota-used-bytes>");
    }

    @Test
    void keepsPropertiesAClientInvents() {
        file(bucket + "a", "x");
        String value = "<x:author xmlns:x='urn:x' y='1'>A &amp; B<x:more/>\u00e9\ud83d\ude00</x:author>";
        Answer answer = proppatch(bucket + "a", set(value) + set("<bare xmlns=''>b</bare>"));
        assertStatus(207, answer);
        assertThat(answer.body())
                .contains("<X:author xmlns:X=\"urn:x\"/>")
                .contains("<bare xmlns=\"\"/>")
                .contains("HTTP/1.1 200 OK");
        Answer all = client.send("PROPFIND", bucket + "a", "Depth: 0");
        assertThat(new String(all.body().getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8))
                .contains("y=\"1\">A &amp; B<x:more></x:more>\u00e9\ud83d\ude00</x:author>")
                .contains(">b</bare>");
        assertThat(propfind(bucket + "a", "0", "<D:prop><bare xmlns=''/></D:prop>")
                        .body())
                .contains(">b</bare>");
        assertThat(propfind(bucket + "a", "0", "<D:propname/>").body()).contains("<X:author xmlns:X=\"urn:x\"/>");
        assertStatus(207, proppatch(bucket + "a", "<D:remove><D:prop><x:author xmlns:x='urn:x'/></D:prop></D:remove>"));
        assertThat(client.send("PROPFIND", bucket + "a", "Depth: 0").body())
                .doesNotContain("author")
                .contains(">b</bare>");
    }

    @Test
    void keepsPropertiesOfFoldersAndBuckets() {
        client.send("MKCOL", bucket + "a");
        for (String folder : new String[] {bucket + "a/", bucket}) {
            assertThat(proppatch(folder, set("<c xmlns='u'>blue</c>")).body()).contains("200 OK");
            assertThat(client.send("PROPFIND", folder, "Depth: 0").body()).contains(">blue</c>");
        }
        assertStatus(403, proppatch("/dav/", set("<c xmlns='u'>blue</c>")));
        assertStatus(404, proppatch(bucket + "none", set("<c xmlns='u'>blue</c>")));
    }

    @Test
    void changesAllOrNothing() {
        file(bucket + "a", "x");
        Answer answer = proppatch(bucket + "a", set("<c xmlns='u'>1</c><D:getetag>\"x\"</D:getetag>"));
        assertStatus(207, answer);
        assertThat(answer.body())
                .contains("<D:getetag/></D:prop><D:status>HTTP/1.1 403 Forbidden</D:status>"
                        + "<D:error><D:cannot-modify-protected-property/></D:error>")
                .contains("<X:c xmlns:X=\"u\"/></D:prop><D:status>HTTP/1.1 424 Failed Dependency</D:status>");
        assertThat(client.send("PROPFIND", bucket + "a", "Depth: 0").body()).doesNotContain("xmlns=\"u\"");
    }

    @Test
    void appliesChangesInTheirOrder() {
        file(bucket + "a", "x");
        String remove = "<D:remove><D:prop><c xmlns='u'/></D:prop></D:remove>";
        proppatch(bucket + "a", set("<c xmlns='u'>1</c>") + remove + set("<c xmlns='u'>2</c>"));
        assertThat(client.send("PROPFIND", bucket + "a", "Depth: 0").body()).contains(">2</c>");
        proppatch(bucket + "a", set("<c xmlns='u'>3</c>") + remove);
        assertThat(client.send("PROPFIND", bucket + "a", "Depth: 0").body()).doesNotContain("</c>");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "<D:getlastmodified>Sun, 06 Nov 1994 08:49:37 GMT</D:getlastmodified>",
                "<Z:Win32LastModifiedTime>Sun, 06 Nov 1994 08:49:37 GMT</Z:Win32LastModifiedTime>",
                "<Z:Win32CreationTime>Sat, 05 Nov 1994 08:49:37 GMT</Z:Win32CreationTime>"
                        + "<Z:Win32LastAccessTime>Sun, 06 Nov 1994 08:49:37 GMT</Z:Win32LastAccessTime>"
                        + "<Z:Win32LastModifiedTime>Sun, 06 Nov 1994 08:49:37 GMT</Z:Win32LastModifiedTime>"
                        + "<Z:Win32FileAttributes>00000020</Z:Win32FileAttributes>"
            })
    void setsTheModificationTime(String property) {
        file(bucket + "a", "x");
        assertThat(proppatch(bucket + "a", set(property)).body())
                .contains("200 OK")
                .doesNotContain("403");
        assertThat(client.send("HEAD", bucket + "a").header("Last-Modified")).contains("Sun, 06 Nov 1994 08:49:37 GMT");
        assertThat(propfind(
                                bucket + "a",
                                "0",
                                "<D:prop><Z:Win32LastModifiedTime xmlns:Z='urn:schemas-microsoft-com:'/></D:prop>")
                        .body())
                .contains(">Sun, 06 Nov 1994 08:49:37 GMT<");
        assertThat(proppatch(bucket + "a", set("<D:getlastmodified>soon</D:getlastmodified>"))
                        .body())
                .contains("409 Conflict");
    }

    @Test
    void hasRoomForPropertiesUpToALimit() {
        file(bucket + "a", "x");
        Answer answer = proppatch(bucket + "a", set("<c xmlns='u'>" + "x".repeat(70_000) + "</c>"));
        assertStatus(207, answer);
        assertThat(answer.body()).contains("507 Insufficient Storage");
        assertThat(client.send("PROPFIND", bucket + "a", "Depth: 0").body()).doesNotContain("xxx");
    }

    @Test
    void refusesToListATreeThatIsTooLarge() throws Exception {
        try (DavServer small = new DavServer(directory.resolve("small"), new DavSettings(1000, 10, 60, 60, false))) {
            DavClient other = small.client();
            other.send("MKCOL", "/dav/few");
            for (int i = 0; i < 10; i++) {
                other.send("MKCOL", "/dav/few/" + i);
            }
            assertThat(hrefs(other.send("PROPFIND", "/dav/few/"))).hasSize(11);
            other.put("/dav/few/one-more", "x");
            Answer refused = other.send("PROPFIND", "/dav/few/");
            assertStatus(403, refused);
            assertThat(refused.body()).contains("<D:propfind-finite-depth/>").contains("Depth 1");
            assertStatus(403, other.send("PROPFIND", "/dav/"));
            assertThat(hrefs(other.send("PROPFIND", "/dav/few/", "Depth: 1"))).hasSize(12);
        }
    }

    @Test
    void listsAFolderOfThousands() throws XMLStreamException {
        client.send("MKCOL", bucket + "many");
        for (int i = 0; i < 1500; i++) {
            file(bucket + "many/file%20number%20" + i, "x");
        }
        assertThat(hrefs(client.send("PROPFIND", bucket + "many", "Depth: 1"))).hasSize(1501);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "<propfind",
                "<!DOCTYPE x><propfind xmlns='DAV:'><allprop/></propfind>",
                "<!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><propfind"
                        + " xmlns='DAV:'><prop>&a;</prop></propfind>",
                "<D:propfind xmlns:D='DAV:' xmlns:x=''><D:allprop/></D:propfind>",
                "<lockinfo xmlns='DAV:'/>"
            })
    void refusesBadXml(String xml) {
        for (String method : new String[] {"PROPFIND", "PROPPATCH", "LOCK"}) {
            if (!(method.equals("LOCK") && xml.contains("lockinfo"))) {
                assertStatus(400, client.send(method, bucket, xml, new String[0]));
            }
        }
        assertStatus(400, client.send("PROPPATCH", bucket));
    }

    @Test
    void refusesXmlThatIsTooLong() {
        byte[] body = ("<propfind xmlns='DAV:'><allprop/>" + " ".repeat(1 << 20) + "</propfind>")
                .getBytes(StandardCharsets.UTF_8);
        assertStatus(413, client.send("PROPFIND", bucket, body));
    }

    /** Everybody who writes waits for it: it must not take longer with the square of their number. */
    @Test
    @Timeout(100)
    void refusesMorePropertiesThanMayBeKept() {
        file(bucket + "a", "x");
        StringBuilder many = new StringBuilder("<D:propertyupdate xmlns:D='DAV:'><D:set><D:prop>");
        for (int i = 0; i < 50_000; i++) {
            many.append("<p").append(i).append(">v</p").append(i).append('>');
        }
        many.append("</D:prop></D:set></D:propertyupdate>");
        Answer answer = client.send("PROPPATCH", bucket + "a", many.toString(), new String[0]);
        assertStatus(207, answer);
        assertThat(answer.body())
                .contains("<p0 xmlns=\"\"/>")
                .contains("HTTP/1.1 507")
                .doesNotContain("HTTP/1.1 200");
        assertThat(content(bucket + "a")).isEqualTo("x");
    }
}
