package io.varve.webdav;

import static org.assertj.core.api.Assertions.assertThat;

import io.varve.storage.access.AccessControl.Credential;
import io.varve.storage.access.AccessControl.Role;
import io.varve.storage.access.PasswordUse;
import io.varve.webdav.DavClient.Answer;
import io.varve.webdav.wire.AuthParameters;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Logins by Digest. */
class DigestLoginTest extends DoorTest {
    private static final String NONE = "";

    /** RFC 7616 section 3.9.1. */
    @Test
    void computesTheExampleOfTheStandard() {
        Map<String, String> given = Map.of(
                "realm", "http-auth@example.org",
                "uri", "/dir/index.html",
                "nonce", "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
                "nc", "00000001",
                "cnonce", "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
                "qop", "auth");
        assertThat(DigestLogin.response("MD5", StandardCharsets.UTF_8, "GET", given, "Mufasa", "Circle of Life"))
                .isEqualTo("8ca523f5e9506fed4657c9700eebdbec");
        assertThat(DigestLogin.response("SHA-256", StandardCharsets.UTF_8, "GET", given, "Mufasa", "Circle of Life"))
                .isEqualTo("753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1");
    }

    private Answer get(String authorization, String... more) {
        StringBuilder headers = new StringBuilder();
        if (!authorization.isEmpty()) {
            headers.append("Authorization: ").append(authorization).append("\r\n");
        }
        for (String line : more) {
            headers.append(line).append("\r\n");
        }
        return client.raw("GET " + bucket + "a", headers.toString(), new byte[0]);
    }

    private String nonce(Answer challenged) {
        Matcher nonce = Pattern.compile("nonce=\"([^\"]+)\"")
                .matcher(challenged.header("WWW-Authenticate").orElseThrow());
        assertThat(nonce.find()).isTrue();
        return nonce.group(1);
    }

    private String login(String algorithm, String user, String password, String nonce, String count) {
        return login(algorithm, user, password, nonce, count, bucket + "a");
    }

    private static String login(
            String algorithm, String user, String password, String nonce, String count, String uri) {
        Map<String, String> given = Map.of(
                "realm", "Varve", "uri", uri, "nonce", nonce, "nc", count, "cnonce", "a client's", "qop", "auth");
        String response = DigestLogin.response(algorithm, StandardCharsets.UTF_8, "GET", given, user, password);
        return "Digest username=\"" + new String(user.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1)
                + "\", realm=\"Varve\", nonce=\"" + nonce + "\", uri=\"" + uri
                + "\", algorithm=" + algorithm + ", nc=" + count + ", qop=auth, cnonce=\"a client's\", response=\""
                + response + "\"";
    }

    @Test
    void isOfferedInTheClearAndNotOverTls() {
        String challenges = get(NONE).header("WWW-Authenticate").orElseThrow();
        assertThat(challenges)
                .startsWith("Basic ")
                .contains("algorithm=SHA-256", "algorithm=MD5", "qop=\"auth\"")
                .doesNotContain("stale");
        assertThat(get(NONE, "X-Forwarded-Proto: https").header("WWW-Authenticate"))
                .hasValueSatisfying(
                        basic -> assertThat(basic).startsWith("Basic ").doesNotContain("Digest"));
    }

    @Test
    void letsInWhoKnowsThePasswordByBothAlgorithms() throws IOException {
        file(bucket + "a", "x");
        server.engine.access().addUser("digester", "a-pässword-of-its-own", Role.READONLY);
        String nonce = nonce(get(NONE));
        assertThat(get(login("SHA-256", "digester", "a-pässword-of-its-own", nonce, "00000001"))
                        .body())
                .isEqualTo("x");
        assertThat(get(login("MD5", DavServer.USER, DavServer.PASSWORD, nonce, "00000002"))
                        .body())
                .isEqualTo("x");
        assertStatus(401, get(login("SHA-256", "digester", "another", nonce, "00000003")));
        assertStatus(401, get(login("SHA-256", "nobody", "another", nonce, "00000004")));
        Credential key = server.engine.access().addKey("digester").orElseThrow();
        assertThat(get(login("SHA-256", key.accessKeyId(), key.secret(), nonce, "00000005"))
                        .body())
                .isEqualTo("x");
        assertStatus(401, get(login("MD5", key.accessKeyId(), "a-pässword-of-its-own", nonce, "00000006")));
        server.engine.access().removeUser("digester");
        assertStatus(401, get(login("SHA-256", "digester", "a-pässword-of-its-own", nonce, "00000007")));
        assertStatus(401, get(login("SHA-256", key.accessKeyId(), key.secret(), nonce, "00000008")));
    }

    @Test
    void aPasswordForTheConsoleAloneIsNone() throws IOException {
        file(bucket + "a", "x");
        server.engine.access().addUser("console-only", "for-the-console", Role.USER, PasswordUse.CONSOLE);
        Answer refused = get(login("SHA-256", "console-only", "for-the-console", nonce(get(NONE)), "00000001"));
        assertStatus(401, refused);
        assertThat(refused.body()).contains("key pair");
        Credential key = server.engine.access().addKey("console-only").orElseThrow();
        assertThat(get(login("MD5", key.accessKeyId(), key.secret(), nonce(refused), "00000001"))
                        .body())
                .isEqualTo("x");
    }

    @Test
    void takesEachCountOnceAndOldNoncesNotAtAll() {
        file(bucket + "a", "x");
        String nonce = nonce(get(NONE));
        for (String count : List.of("00000002", "00000001", "0000000a", "00000009")) {
            assertStatus(200, get(login("MD5", DavServer.USER, DavServer.PASSWORD, nonce, count)));
        }
        for (String count : List.of("00000002", "0000000a", "00000000", "1", "zzzzzzzz")) {
            Answer again = get(login("MD5", DavServer.USER, DavServer.PASSWORD, nonce, count));
            assertStatus(401, again);
            assertThat(again.header("WWW-Authenticate"))
                    .hasValueSatisfying(stale -> assertThat(stale).contains("stale=true"));
            assertThat(nonce(again)).isNotEqualTo(nonce);
        }
        assertStatus(200, get(login("MD5", DavServer.USER, DavServer.PASSWORD, nonce, "000000a0")));
        assertStatus(401, get(login("MD5", DavServer.USER, DavServer.PASSWORD, nonce, "0000000b")));
        server.ahead.updateAndGet(before -> before.plus(DigestNonces.LIFE).plusSeconds(1));
        Answer late = get(login("MD5", DavServer.USER, DavServer.PASSWORD, nonce, "000000ff"));
        assertStatus(401, late);
        assertThat(late.header("WWW-Authenticate"))
                .hasValueSatisfying(stale -> assertThat(stale).contains("stale=true"));
        assertStatus(401, get(login("MD5", DavServer.USER, DavServer.PASSWORD, "A".repeat(32), "00000001")));
    }

    @Test
    void isForOneAddress() {
        file(bucket + "a", "x");
        String nonce = nonce(get(NONE));
        assertStatus(400, get(login("MD5", DavServer.USER, DavServer.PASSWORD, nonce, "00000001", bucket + "b")));
        String whole = "http://share.example" + bucket + "a";
        assertStatus(200, get(login("MD5", DavServer.USER, DavServer.PASSWORD, nonce, "00000001", whole)));
        for (String broken : List.of(
                "Digest ",
                "Digest username",
                "Digest username=\"root",
                "Digest username=root, username=root",
                "Digest username=root uri=x",
                login("MD5", DavServer.USER, DavServer.PASSWORD, nonce, "00000002")
                        .replace("qop=auth", "qop=auth-int"),
                login("MD5", DavServer.USER, DavServer.PASSWORD, nonce, "00000002")
                        .replace("MD5", "SHA-1"))) {
            assertStatus(401, get(broken));
        }
    }

    @Test
    void remembersABoundedNumberOfNonces() {
        Instant begin = Instant.parse("2026-11-21T00:00:00Z");
        AtomicLong seconds = new AtomicLong();
        DigestNonces nonces = new DigestNonces(() -> begin.plusSeconds(seconds.get()));
        String first = nonces.issue();
        assertThat(nonces.use(first, 1)).isTrue();
        for (int i = 0; i < DigestNonces.REMEMBERED_MAX; i++) {
            assertThat(nonces.use(nonces.issue(), 1)).isTrue();
        }
        // Forgotten, so it is not known any more with which counts it came.
        assertThat(nonces.use(first, 2)).isFalse();
        String last = nonces.issue();
        seconds.set(DigestNonces.LIFE.toSeconds() - 1);
        assertThat(nonces.use(last, 1)).isTrue();
        seconds.addAndGet(2);
        assertThat(nonces.use(last, 2)).isFalse();
    }

    @Test
    void readsParametersInEveryForm() {
        assertThat(AuthParameters.parse("A=b,, c = \"d, \\\"e\\\\\" ,f=\"\""))
                .contains(Map.of("a", "b", "c", "d, \"e\\", "f", ""));
        for (String broken : List.of("a", "a=", "=b", "a=b c=d", "a=\"b", "a=b, A=c", "a==b")) {
            assertThat(AuthParameters.parse(broken)).as(broken).isEmpty();
        }
    }
}
