package io.varve.app.server;

import static io.varve.app.server.RunningApi.expect;
import static org.assertj.core.api.Assertions.assertThat;

import io.varve.app.server.RunningApi.Answer;
import io.varve.app.server.RunningApi.Login;
import io.varve.storage.access.LoginThrottle;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** What the server notes of requests at all doors. One server for all. */
class WatchedDoorsTest {
    private static final Login ROOT = RunningApi.root();
    private static final Login DIVER = Login.of("diver", "below-the-surface");

    @TempDir
    static Path data;

    private static RunningApi api;
    private static OldSignature s3;

    @BeforeAll
    static void start() throws Exception {
        api = new RunningApi(data, HttpClient.newHttpClient(), List.of("--varve.http.trusted-proxies=127.0.0.0/8,::1"));
        s3 = new OldSignature(api.http(), api.server().address().s3Url(), "diver", "below-the-surface");
        expect(201, api.send(ROOT, "POST", "/api/v1/users", """
            {"name":"diver","password":"below-the-surface","role":"user"}\
            """));
        expect(201, api.send(DIVER, "MKCOL", "/dav/deep", ""));
    }

    @AfterAll
    static void stop() {
        if (api != null) {
            api.close();
        }
    }

    private static List<JsonNode> list(JsonNode list) {
        return StreamSupport.stream(list.spliterator(), false).toList();
    }

    @Test
    void activeUsersAndHotFilesAreKnownFromAllDoors() throws Exception {
        expect(201, api.send(DIVER, "PUT", "/dav/deep/a%20%E6%B9%96.txt", "down there"));
        assertThat(s3.send("PUT", "/deep/b.txt", "by key", Map.of()).statusCode())
                .isEqualTo(200);
        for (int i = 0; i < 3; i++) {
            expect(200, api.get(DIVER, "/dav/deep/a%20%E6%B9%96.txt"));
        }
        expect(200, api.get(ROOT, "/api/v1/content/deep/b.txt"));
        assertThat(s3.send("GET", "/deep/b.txt", "", Map.of()).statusCode()).isEqualTo(200);
        expect(404, api.get(DIVER, "/dav/deep/none.txt"));
        expect(401, api.get(Login.of("nobody-here", "whatever-it-is"), "/dav/deep/b.txt"));

        JsonNode now = expect(200, api.get(ROOT, "/api/v1/activity")).json();
        assertThat(now.path("userCount").asInt()).isGreaterThanOrEqualTo(2);
        assertThat(list(now.path("users")))
                .extracting(user -> user.path("name").asString())
                .contains("diver", "root");
        assertThat(list(now.path("files")))
                .extracting(file -> file.path("path").asString())
                .containsSequence("deep/a 湖.txt", "deep/b.txt");
        assertThat(now.path("files").get(0).path("reads").asDouble()).isBetween(2.9, 3.0);
        expect(403, api.get(DIVER, "/api/v1/activity"));
        assertThat(api.get(Login.NOBODY, "/metrics/storage-v2").body())
                .contains("varve_users_active ", "varve_http_connections{door=\"s3\"}");
    }

    @Test
    void changesAtAllDoorsStandInTheAuditLog() throws Exception {
        expect(201, api.send(DIVER, "MKCOL", "/dav/wreck", ""));
        expect(201, api.send(DIVER, "PUT", "/dav/wreck/a%20%E6%B9%96.txt", "by path"));
        expect(201, api.send(moving("/dav/wreck/moved.txt"), "MOVE", "/dav/wreck/a%20%E6%B9%96.txt", ""));
        expect(404, api.send(DIVER, "DELETE", "/dav/wreck/none.txt", ""));
        expect(401, api.send(Login.NOBODY, "PUT", "/dav/wreck/anonymous.txt", "no"));
        expect(401, api.send(Login.of("diver", "a-wrong-password"), "PUT", "/dav/wreck/wrong.txt", "no"));
        expect(201, api.send(ROOT, "PUT", "/api/v1/content/wreck/by-rest.txt", "by rest"));
        assertThat(s3.send("PUT", "/wreck/b.txt", "by key", Map.of()).statusCode())
                .isEqualTo(200);
        assertThat(s3.send("PUT", "/wreck/c.txt", "", Map.of("x-amz-copy-source", "/wreck/b.txt"))
                        .statusCode())
                .isEqualTo(200);
        String keys = "<Delete><Object><Key>b.txt</Key></Object><Object><Key>c.txt</Key></Object></Delete>";
        String md5 = Base64.getEncoder()
                .encodeToString(MessageDigest.getInstance("MD5").digest(keys.getBytes(StandardCharsets.UTF_8)));
        assertThat(s3.send("POST", "/wreck?delete", keys, Map.of("Content-MD5", md5))
                        .statusCode())
                .isEqualTo(200);
        assertThat(s3.send("PUT", "/wreck-keys", "", Map.of()).statusCode()).isEqualTo(200);
        assertThat(api.signIn("diver", "below-the-surface")).hasSize(2);
        expect(202, api.send(ROOT, "POST", "/api/v1/jobs", "{\"kind\":\"gc\",\"dryRun\":true}"));

        assertThat(audit("files"))
                .contains(
                        "diver dav PUT /wreck/a%20%E6%B9%96.txt  201",
                        "diver dav MOVE /wreck/a%20%E6%B9%96.txt to /dav/wreck/moved.txt 201",
                        "diver dav DELETE /wreck/none.txt  404",
                        "root rest PUT /content/wreck/by-rest.txt  201",
                        "diver s3 PutObject /wreck/b.txt  200",
                        "diver s3 CopyObject /wreck/c.txt from /wreck/b.txt 200",
                        "diver s3 DeleteObjects /wreck/b.txt  200",
                        "diver s3 DeleteObjects /wreck/c.txt  200")
                .noneMatch(line -> line.contains("anonymous") || line.contains("wrong"));
        assertThat(audit("administration"))
                .contains(
                        "diver dav MKCOL /wreck  201",
                        " dav PUT / login refused 401",
                        "diver s3 CreateBucket /wreck-keys  200",
                        "diver rest POST /session as diver 200",
                        "root rest POST /jobs job gc, dry run 202",
                        "root rest POST /users user diver, role user 201")
                .noneMatch(line -> line.contains("b.txt"));
        expect(400, api.get(ROOT, "/api/v1/audit?log=other"));
    }

    @Test
    void whichDoorsAreNotedChangesWithTheSettings() throws Exception {
        expect(201, api.send(DIVER, "MKCOL", "/dav/doors", ""));
        Path file = data.resolve("varve.yml");
        try {
            Files.writeString(file, "varve.audit.doors: s3\nvarve.audit.files-size: 64MiB\n");
            JsonNode report = expect(200, api.send(ROOT, "POST", "/api/v1/config/reload", ""))
                    .json();
            assertThat(list(report.path("applied")))
                    .extracting(change -> change.path("key").asString())
                    .contains("varve.audit.doors", "varve.audit.files-size");
            expect(201, api.send(DIVER, "PUT", "/dav/doors/unnoted.txt", "x"));
            assertThat(s3.send("PUT", "/doors/noted.txt", "x", Map.of()).statusCode())
                    .isEqualTo(200);
        } finally {
            Files.delete(file);
            expect(200, api.send(ROOT, "POST", "/api/v1/config/reload", ""));
        }
        expect(201, api.send(DIVER, "PUT", "/dav/doors/noted-again.txt", "x"));
        assertThat(audit("files"))
                .contains("diver s3 PutObject /doors/noted.txt  200", "diver dav PUT /doors/noted-again.txt  201")
                .noneMatch(line -> line.contains("unnoted"));
    }

    @Test
    void theContainersHealthCheckAsksThePortThatTheServerHas() throws Exception {
        assertThat(HealthCheckScript.run(data)).isZero();
    }

    @Test
    void guessingIsSlowAtEveryDoorAndLocksNobodyOutFromElsewhere() throws Exception {
        expect(201, api.send(ROOT, "POST", "/api/v1/users", """
            {"name":"guessed","password":"the-right-password","role":"user"}\
            """));
        Login right = Login.of("guessed", "the-right-password");
        expect(207, api.send(right, "PROPFIND", "/dav/", ""));
        for (int i = 0; i < 5; i++) {
            expect(401, api.send(from("10.1.2.3", "guess-" + i), "PROPFIND", "/dav/", ""));
        }
        Answer locked = expect(429, api.send(from("10.1.2.3", "the-right-password"), "PROPFIND", "/dav/", ""));
        assertThat(locked.header("Retry-After")).isNotEmpty();
        expect(429, api.get(from("10.1.2.3", "the-right-password"), "/api/v1/buckets"));
        expect(207, api.send(right, "PROPFIND", "/dav/", ""));
        // What a client says before its proxy's word counts for nothing.
        expect(429, api.send(from("203.0.113.9, 10.1.2.3", "the-right-password"), "PROPFIND", "/dav/", ""));
        expect(207, api.send(from("10.1.2.3, 203.0.113.9", "the-right-password"), "PROPFIND", "/dav/", ""));

        Map<String, String> there = Map.of("X-Forwarded-For", "10.9.9.9");
        for (int i = 0; i < LoginThrottle.Way.SIGNATURE.free(); i++) {
            assertThat(s3("guess-" + i).send("GET", "/", "", there).body()).contains("SignatureDoesNotMatch");
        }
        HttpResponse<String> slow = s3("the-right-password").send("GET", "/", "", there);
        assertThat(slow.statusCode()).isEqualTo(503);
        assertThat(slow.body()).contains("SlowDown", "wrong signatures");
        assertThat(slow.headers().firstValue("Retry-After")).isPresent();
        assertThat(s3("the-right-password").send("GET", "/", "", Map.of()).statusCode())
                .isEqualTo(200);
        assertThat(api.get(Login.NOBODY, "/metrics/storage-v2").body()).contains("varve_logins_locked_total ");
    }

    @Test
    void figuresTellWhatLiesInClear() throws Exception {
        JsonNode figures = expect(200, api.get(ROOT, "/api/v1/stats")).json();
        assertThat(figures.path("segmentBytes").asLong(-1)).isNotNegative();
        assertThat(figures.path("clearBytes").asLong()).isPositive();
        assertThat(figures.path("sealedBytes").asLong(-1)).isZero();
    }

    private static Login from(String address, String password) {
        Map<String, String> headers =
                new HashMap<>(Login.of("guessed", password).headers());
        headers.put("X-Forwarded-For", address);
        return new Login(headers);
    }

    private static OldSignature s3(String password) {
        return new OldSignature(api.http(), api.server().address().s3Url(), "guessed", password);
    }

    private static Login moving(String to) {
        Map<String, String> headers = new HashMap<>(DIVER.headers());
        headers.put("Destination", api.server().address().url() + to);
        return new Login(headers);
    }

    private static List<String> audit(String log) throws Exception {
        Answer page = expect(200, api.get(ROOT, "/api/v1/audit?limit=1000&log=" + log));
        return list(page.json().path("lines")).stream()
                .map(line -> String.join(
                        " ",
                        line.path("user").asString(),
                        line.path("door").asString(),
                        line.path("action").asString(),
                        line.path("detail").asString(),
                        line.path("status").asString()))
                .toList();
    }
}
