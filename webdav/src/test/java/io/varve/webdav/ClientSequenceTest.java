package io.varve.webdav;

import static org.assertj.core.api.Assertions.assertThat;

import io.varve.webdav.DavClient.Answer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** Requests in the order, and with the headers, in which the clients of macOS, Windows and Office send them. */
class ClientSequenceTest extends DoorTest {
    private static final String FINDER = "User-Agent: WebDAVFS/3.0.0 (03008000) Darwin/22.6.0 (arm64)";
    private static final String WINDOWS = "User-Agent: Microsoft-WebDAV-MiniRedir/10.0.22621";
    private static final String OFFICE = "User-Agent: Microsoft Office Word 2014 (16.0.5134) Windows NT 10.0";

    private static final String FINDER_PROPERTIES = """
            <?xml version="1.0" encoding="utf-8"?>
            <D:propfind xmlns:D="DAV:">
            <D:prop>
            <D:getlastmodified/>
            <D:getcontentlength/>
            <D:creationdate/>
            <D:resourcetype/>
            </D:prop>
            </D:propfind>
            """;

    private static final String FINDER_SPACE = """
            <?xml version="1.0" encoding="utf-8"?>
            <D:propfind xmlns:D="DAV:">
            <D:prop>
            <D:quota-available-bytes/>
            <D:quota-used-bytes/>
            <D:quota/>
            <D:quotaused/>
            </D:prop>
            </D:propfind>
            """;

    private static final String FINDER_LOCK = """
            <?xml version="1.0" encoding="utf-8"?>
            <D:lockinfo xmlns:D="DAV:">
            <D:lockscope><D:exclusive/></D:lockscope>
            <D:locktype><D:write/></D:locktype>
            <D:owner>
            <D:href>http://www.apple.com/webdav_fs/</D:href>
            </D:owner>
            </D:lockinfo>
            """;

    private static final String WINDOWS_LOCK = "<?xml version=\"1.0\" encoding=\"utf-8\" ?>"
            + "<D:lockinfo xmlns:D=\"DAV:\"><D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:write/></D:locktype>"
            + "<D:owner><D:href>DESKTOP\\user</D:href></D:owner></D:lockinfo>";

    /** The times that Explorer keeps, and the attribute word: an archive. */
    private static String windowsTimes(String modified) {
        return "<?xml version=\"1.0\" encoding=\"utf-8\" ?><D:propertyupdate xmlns:D=\"DAV:\""
                + " xmlns:Z=\"urn:schemas-microsoft-com:\"><D:set><D:prop>"
                + "<Z:Win32CreationTime>Tue, 15 Nov 1994 12:45:26 GMT</Z:Win32CreationTime>"
                + "<Z:Win32LastAccessTime>Sat, 21 Nov 2026 10:00:00 GMT</Z:Win32LastAccessTime>"
                + "<Z:Win32LastModifiedTime>" + modified + "</Z:Win32LastModifiedTime>"
                + "<Z:Win32FileAttributes>00000020</Z:Win32FileAttributes></D:prop></D:set></D:propertyupdate>";
    }

    private Answer step(int status, String method, String path, String body, String... headers) {
        Answer answer = client.send(method, path, body, headers);
        assertThat(answer.status()).as("%s %s: %s", method, path, answer.body()).isEqualTo(status);
        return answer;
    }

    private Answer chunked(int status, String path, String body, String... headers) {
        String chunks =
                body.isEmpty() ? "0\r\n\r\n" : Integer.toHexString(body.length()) + "\r\n" + body + "\r\n0\r\n\r\n";
        Answer answer = client.raw(
                "PUT " + path,
                client.authorization() + "\r\nTransfer-Encoding: chunked\r\n" + String.join("\r\n", headers) + "\r\n",
                chunks.getBytes(StandardCharsets.UTF_8));
        assertThat(answer.status()).as("PUT %s: %s", path, answer.body()).isEqualTo(status);
        return answer;
    }

    private static String token(Answer locked) {
        return locked.header("Lock-Token").orElseThrow();
    }

    /** An empty file, its lock, its bytes under the lock without a length, and the lock's end. */
    private void finderWrites(String path, String content) {
        step(404, "PROPFIND", path, FINDER_PROPERTIES, FINDER, "Depth: 0");
        step(201, "PUT", path, "", FINDER);
        String token = token(step(200, "LOCK", path, FINDER_LOCK, FINDER, "Depth: 0", "Timeout: Second-600"));
        step(207, "PROPFIND", path, FINDER_PROPERTIES, FINDER, "Depth: 0");
        chunked(204, path, content, FINDER, "X-Expected-Entity-Length: " + content.length(), "If: (" + token + ")");
        step(200, "LOCK", path, "", FINDER, "Timeout: Second-600", "If: (" + token + ")");
        step(204, "UNLOCK", path, "", FINDER, "Lock-Token: " + token);
        step(207, "PROPFIND", path, FINDER_PROPERTIES, FINDER, "Depth: 0");
    }

    @Test
    void finderMountsAndLooksAround() {
        Answer options = step(200, "OPTIONS", "/dav/", "", FINDER);
        // Without class 2 Finder mounts read-only.
        assertThat(options.header("DAV"))
                .hasValueSatisfying(dav -> assertThat(dav).startsWith("1, 2"));
        step(207, "PROPFIND", "/dav/", FINDER_PROPERTIES, FINDER, "Depth: 0");
        Answer space = step(207, "PROPFIND", bucket, FINDER_SPACE, FINDER, "Depth: 0");
        assertThat(space.body()).contains("<D:quota-available-bytes>").contains("<D:quota-used-bytes>0<");
        for (String probe : new String[] {".metadata_never_index", ".hidden", "._.", ".DS_Store", "Contents"}) {
            step(404, "PROPFIND", bucket + probe, FINDER_PROPERTIES, FINDER, "Depth: 0");
        }
        Answer listed = step(207, "PROPFIND", bucket, FINDER_PROPERTIES, FINDER, "Depth: 1");
        assertThat(listed.body()).contains("<D:collection/>").contains("<D:creationdate>");
    }

    @Test
    void finderCopiesAFileIn() {
        finderWrites(bucket + "report.pdf", "%PDF-1.7 the report");
        // What the file system cannot keep beside the bytes lies in a file of its own.
        finderWrites(bucket + "._report.pdf", "\0\5\26\7 attributes");
        finderWrites(bucket + ".DS_Store", "\0\0\0\1Bud1");
        assertThat(content(bucket + "report.pdf")).isEqualTo("%PDF-1.7 the report");
        assertThat(content(bucket + "._report.pdf")).startsWith("\0\5\26\7");
        assertThat(step(207, "PROPFIND", bucket, "", FINDER, "Depth: 1").body()).doesNotContain("<D:activelock>");
    }

    @Test
    void finderCopiesAnEmptyFileIn() {
        String path = bucket + "empty";
        step(201, "PUT", path, "", FINDER);
        String token = token(step(200, "LOCK", path, FINDER_LOCK, FINDER, "Depth: 0", "Timeout: Second-600"));
        chunked(204, path, "", FINDER, "X-Expected-Entity-Length: 0", "If: (" + token + ")");
        step(204, "UNLOCK", path, "", FINDER, "Lock-Token: " + token);
        assertThat(content(path)).isEmpty();
    }

    @Test
    void finderRenamesAndDeletesFolders() {
        step(201, "MKCOL", bucket + "untitled%20folder/", "", FINDER);
        finderWrites(bucket + "untitled%20folder/a", "x");
        String there = "Destination: http://127.0.0.1:" + server.port() + bucket + "Bilder%20%C3%BC/";
        step(201, "MOVE", bucket + "untitled%20folder/", "", FINDER, there, "Overwrite: F");
        step(404, "PROPFIND", bucket + "untitled%20folder/", FINDER_PROPERTIES, FINDER, "Depth: 0");
        assertThat(content(bucket + "Bilder%20%C3%BC/a")).isEqualTo("x");
        step(204, "DELETE", bucket + "Bilder%20%C3%BC/", "", FINDER);
    }

    @Test
    void textEditSavesBySwappingFiles() {
        finderWrites(bucket + "note.txt", "first");
        finderWrites(bucket + "note.txt.sb-1a2b3c4d-XyZ123", "second");
        step(204, "MOVE", bucket + "note.txt.sb-1a2b3c4d-XyZ123", "", FINDER, "Destination: " + bucket + "note.txt");
        assertThat(content(bucket + "note.txt")).isEqualTo("second");
        step(404, "PROPFIND", bucket + "note.txt.sb-1a2b3c4d-XyZ123", FINDER_PROPERTIES, FINDER, "Depth: 0");
    }

    /** What Explorer does for every file it copies. */
    private void windowsWrites(String path, String content, String modified) {
        step(404, "PROPFIND", path, "", WINDOWS, "Depth: 0", "translate: f");
        step(201, "PUT", path, "", WINDOWS, "translate: f");
        Answer locked = step(200, "LOCK", path, WINDOWS_LOCK, WINDOWS, "translate: f", "Timeout: Second-3600");
        String holding = "If: (" + token(locked) + ")";
        Answer times = step(207, "PROPPATCH", path, windowsTimes(modified), WINDOWS, "translate: f", holding);
        assertThat(times.body()).contains("HTTP/1.1 200 OK").doesNotContain("HTTP/1.1 4");
        step(200, "HEAD", path, "", WINDOWS, "translate: f");
        step(204, "PUT", path, content, WINDOWS, "translate: f", holding);
        step(207, "PROPPATCH", path, windowsTimes(modified), WINDOWS, "translate: f", holding);
        step(204, "UNLOCK", path, "", WINDOWS, "translate: f", "Lock-Token: " + token(locked));
    }

    @Test
    void explorerMapsADriveAndCopiesAFileIn() {
        Answer options = step(200, "OPTIONS", bucket, "", WINDOWS, "translate: f");
        assertThat(options.header("MS-Author-Via")).contains("DAV");
        step(207, "PROPFIND", bucket.substring(0, bucket.length() - 1), "", WINDOWS, "Depth: 0", "translate: f");
        step(404, "PROPFIND", bucket + "desktop.ini", "", WINDOWS, "Depth: 0", "translate: f");
        step(404, "PROPFIND", bucket + "AutoRun.inf", "", WINDOWS, "Depth: 0", "translate: f");
        windowsWrites(bucket + "letter.txt", "Dear reader", "Wed, 05 Feb 2003 04:05:06 GMT");

        Answer listed = step(207, "PROPFIND", bucket, "", WINDOWS, "Depth: 1", "translate: f");
        assertThat(listed.body())
                .contains("<D:getlastmodified>Wed, 05 Feb 2003 04:05:06 GMT</D:getlastmodified>")
                .contains("Win32FileAttributes")
                .contains("00000020");
        Answer got = step(200, "GET", bucket + "letter.txt", "", WINDOWS, "translate: f");
        assertThat(got.body()).isEqualTo("Dear reader");
    }

    @Test
    void explorerRenamesAndDeletes() {
        windowsWrites(bucket + "New%20Text%20Document.txt", "", "Wed, 05 Feb 2003 04:05:06 GMT");
        String to = "Destination: http://127.0.0.1:" + server.port() + bucket + "renamed.txt";
        step(201, "MOVE", bucket + "New%20Text%20Document.txt", "", WINDOWS, "translate: f", to, "Overwrite: F");
        step(204, "DELETE", bucket + "renamed.txt", "", WINDOWS, "translate: f");
        step(201, "MKCOL", bucket + "New%20folder", "", WINDOWS, "translate: f");
        step(204, "DELETE", bucket + "New%20folder", "", WINDOWS, "translate: f");
    }

    @Test
    void officeSavesOnADriveByItsDanceOfTemporaryFiles() {
        windowsWrites(bucket + "thesis.docx", "first draft", "Wed, 05 Feb 2003 04:05:06 GMT");
        windowsWrites(bucket + "~$thesis.docx", "user", "Wed, 05 Feb 2003 04:05:06 GMT");
        windowsWrites(bucket + "A1B2C3D4.tmp", "second draft", "Thu, 06 Feb 2003 04:05:06 GMT");
        step(
                201,
                "MOVE",
                bucket + "thesis.docx",
                "",
                WINDOWS,
                "Destination: " + bucket + "E5F6A7B8.tmp",
                "Overwrite: F");
        step(
                201,
                "MOVE",
                bucket + "A1B2C3D4.tmp",
                "",
                WINDOWS,
                "Destination: " + bucket + "thesis.docx",
                "Overwrite: F");
        step(204, "DELETE", bucket + "E5F6A7B8.tmp", "", WINDOWS);
        step(204, "DELETE", bucket + "~$thesis.docx", "", WINDOWS);
        assertThat(content(bucket + "thesis.docx")).isEqualTo("second draft");
        assertThat(client.send("HEAD", bucket + "thesis.docx").header("Last-Modified"))
                .contains("Thu, 06 Feb 2003 04:05:06 GMT");
    }

    @Test
    void officeEditsByItself() {
        String path = bucket + "thesis.docx";
        String tag = file(path, "first draft");
        Answer options = step(200, "OPTIONS", bucket, "", OFFICE, "X-Office-Major-Version: 16", "X-MSGETWEBURL: t");
        assertThat(options.header("MS-Author-Via")).contains("DAV");
        step(200, "HEAD", path, "", OFFICE, "X-Office-Major-Version: 16");
        Answer locked = step(
                200, "LOCK", path, WINDOWS_LOCK, OFFICE, "Content-Type: text/xml", "Timeout: Second-3600", "Depth: 0");
        assertThat(locked.body()).contains("<D:timeout>Second-3600</D:timeout>").contains("DESKTOP\\user");
        Answer got = step(200, "GET", path, "", OFFICE, "Translate: f");
        assertThat(got.header("ETag")).contains(tag);
        // Somebody else opens the same document, and is told who has it.
        Answer second = step(423, "LOCK", path, WINDOWS_LOCK, OFFICE, "Timeout: Second-3600", "Depth: 0");
        assertThat(second.body()).contains("no-conflicting-lock");
        assertThat(step(207, "PROPFIND", path, "", OFFICE, "Depth: 0").body()).contains("DESKTOP\\user");
        String holding = "If: <http://127.0.0.1:" + server.port() + path + "> (" + token(locked) + ")";
        step(200, "LOCK", path, "", OFFICE, holding, "Timeout: Second-3600");
        step(204, "PUT", path, "second draft", OFFICE, holding, "Content-Type: application/octet-stream");
        step(207, "PROPPATCH", path, windowsTimes("Thu, 06 Feb 2003 04:05:06 GMT"), OFFICE, holding);
        step(204, "UNLOCK", path, "", OFFICE, "Lock-Token: " + token(locked));
        assertThat(content(path)).isEqualTo("second draft");
    }

    @Test
    void newerLitmusRulesHold() {
        step(201, "MKCOL", bucket + "coll", "");
        file(bucket + "coll/member", "x");
        step(201, "COPY", bucket + "coll/", "", "Depth: 0", "Destination: " + bucket + "shallow/");
        step(404, "GET", bucket + "shallow/member", "");
        step(409, "PUT", bucket + "no-such/member", "x");
        String remove = "<D:propertyupdate xmlns:D='DAV:'><D:remove><D:prop><gone xmlns='urn:x'/></D:prop></D:remove>"
                + "</D:propertyupdate>";
        for (int time = 0; time < 2; time++) {
            assertThat(step(207, "PROPPATCH", bucket + "coll/", remove).body()).contains("200 OK");
        }
        step(201, "LOCK", bucket + "unmapped", WINDOWS_LOCK, "Depth: 0");
        String token = lock(bucket + "coll/member");
        step(423, "PUT", bucket + "coll/member", "y", "If: (<" + token + "x>) (Not <DAV:no-lock>)");
        step(409, "UNLOCK", bucket + "coll/member", "", "Lock-Token: <opaquelocktoken:foobar>");
        step(412, "PUT", bucket + "coll/member", "y", "If: (<DAV:no-lock>)");
    }
}
