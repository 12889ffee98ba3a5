package io.varve.webdav;

import static org.assertj.core.api.Assertions.assertThat;

import io.varve.webdav.DavClient.Answer;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GetTest extends DoorTest {

    private String file;
    private String etag;

    @BeforeEach
    void makeFile() {
        file = bucket + "digits.txt";
        client.put(file, "0123456789", "X-OC-Mtime: 784111777");
        etag = client.send("HEAD", file).header("ETag").orElseThrow();
    }

    @Test
    void tellsWhatAFileIs() {
        Answer got = client.send("GET", file);
        assertStatus(200, got);
        assertThat(got.body()).isEqualTo("0123456789");
        assertThat(got.header("Content-Length")).contains("10");
        assertThat(got.header("Content-Type")).contains("text/plain");
        assertThat(got.header("Last-Modified")).contains("Sun, 06 Nov 1994 08:49:37 GMT");
        assertThat(got.header("Accept-Ranges")).contains("bytes");
        assertThat(got.header("X-Content-Type-Options")).contains("nosniff");
        assertThat(got.header("Content-Security-Policy")).contains("sandbox");
        Answer head = client.send("HEAD", file);
        assertStatus(200, head);
        for (String name : new String[] {"ETag", "Content-Length", "Content-Type", "Last-Modified"}) {
            assertThat(head.header(name)).isEqualTo(got.header(name));
        }
    }

    @Test
    void isNotThere() {
        assertStatus(404, client.send("GET", bucket + "none"));
        assertStatus(404, client.send("HEAD", bucket + "none"));
        assertStatus(404, client.send("GET", "/dav/no-such-bucket"));
        assertStatus(404, client.send("GET", "/dav/no-such-bucket/a"));
        assertStatus(404, client.send("GET", file + "/"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "bytes=0-0|0|bytes 0-0/10",
                "bytes=3-5|345|bytes 3-5/10",
                "bytes=7-|789|bytes 7-9/10",
                "bytes=-2|89|bytes 8-9/10",
                "bytes=8-100|89|bytes 8-9/10"
            })
    void sendsARange(String range, String expected, String contentRange) {
        Answer got = client.send("GET", file, "Range: " + range);
        assertStatus(206, got);
        assertThat(got.body()).isEqualTo(expected);
        assertThat(got.header("Content-Range")).contains(contentRange);
        assertThat(got.header("Content-Length")).contains(Integer.toString(expected.length()));
    }

    @Test
    void sendsSeveralRanges() {
        Answer got = client.send("GET", file, "Range: bytes=8-9,0-1");
        assertStatus(206, got);
        String type = got.header("Content-Type").orElseThrow();
        assertThat(type).startsWith("multipart/byteranges; boundary=");
        String boundary = type.substring(type.indexOf('=') + 1);
        assertThat(got.body())
                .isEqualTo("\r\n--" + boundary + "\r\nContent-Type: text/plain\r\nContent-Range: bytes 8-9/10\r\n\r\n89"
                        + "\r\n--" + boundary + "\r\nContent-Type: text/plain\r\nContent-Range: bytes 0-1/10\r\n\r\n01"
                        + "\r\n--" + boundary + "--\r\n");
        assertThat(got.whole()).isTrue();
    }

    @Test
    void refusesRangesOutside() {
        Answer got = client.send("GET", file, "Range: bytes=10-");
        assertStatus(416, got);
        assertThat(got.header("Content-Range")).contains("bytes */10");
        client.put(bucket + "empty", "");
        assertStatus(416, client.send("GET", bucket + "empty", "Range: bytes=0-"));
        assertStatus(200, client.send("HEAD", file, "Range: bytes=10-"));
    }

    @Test
    void answersConditions() {
        Answer same = client.send("GET", file, "If-None-Match: \"x\", W/" + etag);
        assertStatus(304, same);
        assertThat(same.header("ETag")).contains(etag);
        assertStatus(304, client.send("HEAD", file, "If-None-Match: *"));
        assertStatus(304, client.send("GET", file, "If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT"));
        assertStatus(200, client.send("GET", file, "If-Modified-Since: Sun, 06 Nov 1994 08:49:36 GMT"));
        assertStatus(200, client.send("GET", file, "If-Modified-Since: never"));
        // If-None-Match decides alone when both are there.
        assertStatus(
                200,
                client.send("GET", file, "If-None-Match: \"x\"", "If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT"));
        assertStatus(412, client.send("GET", file, "If-Match: \"x\""));
        assertStatus(412, client.send("GET", file, "If-Match: W/" + etag));
        assertStatus(200, client.send("GET", file, "If-Match: " + etag));
        assertStatus(412, client.send("GET", file, "If-Unmodified-Since: Sun, 06 Nov 1994 08:49:36 GMT"));
        // If-Match comes first, and a failed one is not hidden by a 304.
        assertStatus(412, client.send("GET", file, "If-Match: \"x\"", "If-None-Match: " + etag));
        // Nothing is there: conditions have nothing to say.
        assertStatus(404, client.send("GET", bucket + "none", "If-Match: *"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "etag|206",
                "\"x\"|200",
                "W/etag|200",
                "Sun, 06 Nov 1994 08:49:37 GMT|206",
                "Sun, 06 Nov 1994 08:49:38 GMT|200"
            })
    void sendsARangeOnlyOfTheContentTheClientKnows(String ifRange, int status) {
        assertStatus(
                status, client.send("GET", file, "Range: bytes=0-1", "If-Range: " + ifRange.replace("etag", etag)));
    }

    @Test
    void listsAFolderForABrowser() {
        file(bucket + "%3Cscript%3E&%22.txt", "x");
        client.send("MKCOL", bucket + "sub");
        Answer page = client.send("GET", bucket);
        assertStatus(200, page);
        assertThat(page.header("Content-Type")).contains("text/html;charset=utf-8");
        assertThat(page.body())
                .contains("&lt;script&gt;&amp;\".txt")
                .contains("href=\"" + bucket + "%3Cscript%3E%26%22.txt\"")
                .contains("href=\"" + bucket + "sub/\"")
                .contains("href=\"/dav/\"")
                .doesNotContain("<script");
        assertThat(client.send("GET", "/dav/").body()).contains("href=\"" + bucket + "\"");
        assertThat(client.send("GET", "/dav").body()).contains("href=\"" + bucket + "\"");
        assertStatus(200, client.send("HEAD", bucket));
    }

    @Test
    void keepsOddNamesApart() {
        String[] names = {
            "a;b",
            "a;c=d",
            "a%5Bb%5D",
            "100%25",
            "a+b",
            "a%20b",
            "%C3%A9",
            "e%CC%81",
            "%F0%9F%98%80",
            "a%5Cb",
            "a%0Ab",
            "%7E"
        };
        for (String name : names) {
            file(bucket + name, name);
        }
        for (String name : names) {
            assertThat(content(bucket + name)).isEqualTo(name);
        }
        long hrefs = Stream.of(
                        client.send("PROPFIND", bucket, "Depth: 1").body().split("<D:response>", -1))
                .count();
        assertThat(hrefs).isEqualTo(names.length + 3L); // The text before the first, the bucket, digits.txt.
    }
}
