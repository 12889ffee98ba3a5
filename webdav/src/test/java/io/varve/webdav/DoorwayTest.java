package io.varve.webdav;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.Timer;
import io.varve.webdav.DavClient.Answer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What happens to every request: login, address, method, counting. */
class DoorwayTest extends DoorTest {

    @Test
    void asksForALogin() {
        for (String method : new String[] {"GET", "OPTIONS", "PROPFIND", "PUT", "LOCK", "DELETE"}) {
            Answer answer = client.raw(method + " " + bucket, "", new byte[0]);
            assertStatus(401, answer);
            assertThat(answer.header("WWW-Authenticate").orElseThrow())
                    .startsWith("Basic realm=\"Varve\", charset=\"UTF-8\"");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Basic !!!",
                "Basic",
                "Basic ",
                "Bearer abc",
                "Basic cm9vdA==",
                "Basic cm9vdDo=",
                "Basic OmNvcnJlY3QgaG9yc2U=",
                "Basic /////w=="
            })
    void refusesLoginsThatAreNone(String authorization) {
        assertStatus(401, client.raw("GET " + bucket, "Authorization: " + authorization + "\r\n", new byte[0]));
    }

    @Test
    void refusesWrongPasswordsEvenAfterTheRightOne() {
        assertStatus(200, client.send("GET", bucket));
        assertStatus(401, new DavClient(server.port(), DavServer.USER, "wrong").send("GET", bucket));
        assertStatus(401, new DavClient(server.port(), "nobody", DavServer.PASSWORD).send("GET", bucket));
        String other = Base64.getEncoder()
                .encodeToString((DavServer.USER + ":" + DavServer.PASSWORD).getBytes(StandardCharsets.UTF_8));
        assertStatus(200, client.raw("GET " + bucket, "Authorization: basic " + other + "\r\n", new byte[0]));
    }

    @Test
    void tellsWhatItSpeaks() {
        Answer root = client.send("OPTIONS", "/dav/");
        assertStatus(200, root);
        assertThat(root.header("DAV").orElseThrow()).startsWith("1, 2, 3");
        assertThat(root.header("MS-Author-Via")).contains("DAV");
        assertThat(root.header("Allow").orElseThrow()).contains("PROPFIND").doesNotContain("DELETE");
        file(bucket + "a", "x");
        assertThat(client.send("OPTIONS", bucket + "a").header("Allow").orElseThrow())
                .contains("PUT", "LOCK", "COPY", "MOVE", "DELETE", "PROPPATCH", "UNLOCK", "GET", "HEAD");
        assertThat(client.send("OPTIONS", bucket + "none").header("Allow").orElseThrow())
                .contains("PUT", "MKCOL", "LOCK")
                .doesNotContain("GET");
    }

    @ParameterizedTest
    @ValueSource(strings = {"POST", "PATCH", "SEARCH", "BREW"})
    void refusesOtherMethods(String method) {
        Answer answer = client.send(method, bucket);
        assertStatus(405, answer);
        assertThat(answer.header("Allow")).isPresent();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "x/../y",
                "..",
                "./x",
                "%2e%2e/x",
                "%2E%2e%2Fx",
                "a%2fb",
                "a%00b",
                "%c0%ae%c0%ae/x",
                "%ff",
                "a%",
                "a%zz"
            })
    void refusesAddressesThatLeaveTheirPlace(String path) {
        for (String method : new String[] {"GET", "PUT", "DELETE", "PROPFIND", "MKCOL"}) {
            assertThat(client.send(method, bucket + path).status())
                    .as("%s %s", method, path)
                    .isEqualTo(400);
        }
        file(bucket + "a", "x");
        assertStatus(400, client.send("MOVE", bucket + "a", "Destination: " + bucket + path));
        assertThat(content(bucket + "a")).isEqualTo("x");
    }

    @Test
    void takesRepeatedSlashesAsOne() {
        file(bucket + "a", "x");
        assertThat(content(bucket + "/a")).isEqualTo("x");
    }

    @Test
    void countsRequestsBytesAndErrors() {
        double received = counter("varve.dav.bytes", "direction", "in");
        double sent = counter("varve.dav.bytes", "direction", "out");
        file(bucket + "counted", "12345");
        assertThat(content(bucket + "counted")).isEqualTo("12345");
        client.send("BREW", bucket);
        assertThat(counter("varve.dav.bytes", "direction", "in") - received).isEqualTo(5);
        assertThat(counter("varve.dav.bytes", "direction", "out") - sent).isEqualTo(5);
        Timer puts = server.meters
                .get("varve.dav.requests")
                .tags("method", "PUT", "status", "201")
                .timer();
        assertThat(puts.count()).isPositive();
        assertThat(server.meters
                        .get("varve.dav.requests")
                        .tags("method", "other", "status", "405")
                        .timer()
                        .count())
                .isPositive();
        assertThat(server.meters
                        .find("varve.dav.requests")
                        .tags("method", "BREW")
                        .timers())
                .isEmpty();
    }

    private double counter(String name, String tag, String value) {
        return server.meters.get(name).tag(tag, value).counter().count();
    }
}
