package io.varve.app.server;

import static io.varve.app.server.RunningApi.expect;
import static org.assertj.core.api.Assertions.assertThat;

import io.varve.app.cli.VarveCommand;
import io.varve.app.server.RunningApi.Answer;
import io.varve.app.server.RunningApi.Login;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Users, their passwords of both kinds, sessions and key pairs, at all doors of one server. */
class UsersApiTest {
    private static final Login ROOT = RunningApi.root();
    private static final String PASSWORD = "for-the-console";

    @TempDir
    static Path data;

    private static RunningApi api;

    @BeforeAll
    static void start() throws Exception {
        api = new RunningApi(data, HttpClient.newHttpClient(), List.of("--varve.http.trusted-proxies=127.0.0.0/8,::1"));
        expect(201, api.send(ROOT, "POST", "/api/v1/buckets", "{\"name\":\"pond\"}"));
    }

    @AfterAll
    static void stop() {
        if (api != null) {
            api.close();
        }
    }

    private static Answer add(String name, boolean consoleOnly) throws Exception {
        return expect(201, api.send(ROOT, "POST", "/api/v1/users", """
            {"name":"%s","password":"%s","consoleOnly":%s}\
            """.formatted(name, PASSWORD, consoleOnly)));
    }

    private static Answer signIn(String name, String password, String address) throws Exception {
        return api.send(new Login(Map.of("X-Forwarded-For", address)), "POST", "/api/v1/session", """
            {"name":"%s","password":"%s"}\
            """.formatted(
                        name, password));
    }

    private static HttpResponse<String> buckets(String accessKey, String secret) throws Exception {
        return new OldSignature(api.http(), api.server().address().s3Url(), accessKey, secret)
                .send("GET", "/", "", Map.of());
    }

    private static String command(int exitCode, String... words) {
        StringWriter printed = new StringWriter();
        int code = VarveCommand.run(
                new VarveCommand.Surroundings(Map.of("VARVE_DATA_DIR", data.toString()), data),
                new PrintWriter(printed, true),
                words);
        assertThat(code).as(printed.toString()).isEqualTo(exitCode);
        return printed.toString();
    }

    private static List<String> audit() throws Exception {
        JsonNode lines =
                expect(200, api.get(ROOT, "/api/v1/audit?limit=1000")).json().path("lines");
        return StreamSupport.stream(lines.spliterator(), false)
                .map(line -> String.join(
                        " ",
                        line.path("user").asString(),
                        line.path("action").asString(),
                        line.path("detail").asString(),
                        line.path("status").asString()))
                .toList();
    }

    @Test
    void aSessionReadsByItsCookieAndChangesOnlyWithItsToken() throws Exception {
        Answer signedIn = expect(200, api.send(Login.NOBODY, "POST", "/api/v1/session", """
            {"name":"root","password":"sediment-layers"}\
            """));
        assertThat(signedIn.header("Set-Cookie")).contains("HttpOnly", "SameSite=Strict", "Path=/api/v1");
        List<Login> logins = api.signIn(RunningApi.ROOT, RunningApi.PASSWORD);
        Login whole = logins.getFirst();
        Login cookieOnly = logins.getLast();
        expect(200, api.get(cookieOnly, "/api/v1/buckets"));
        assertThat(expect(403, api.send(cookieOnly, "POST", "/api/v1/buckets", "{\"name\":\"forged\"}"))
                        .json()
                        .path("detail")
                        .asString())
                .contains("X-Varve-Csrf");
        expect(403, api.send(cookieOnly, "PUT", "/api/v1/content/pond/forged.txt", "forged"));
        expect(404, api.get(ROOT, "/api/v1/buckets/forged"));
        expect(201, api.send(whole, "POST", "/api/v1/buckets", "{\"name\":\"by-session\"}"));
        expect(204, api.send(whole, "DELETE", "/api/v1/session", ""));
        expect(401, api.get(cookieOnly, "/api/v1/buckets"));
        expect(204, api.get(Login.NOBODY, "/api/v1/session"));
    }

    @Test
    void aSessionsCookieOpensNothingButTheRestInterface() throws Exception {
        Login session = api.signIn(RunningApi.ROOT, RunningApi.PASSWORD).getFirst();
        expect(401, api.get(session, "/dav/"));
    }

    @Test
    void aNewPasswordEndsSessionsAndAKeyPairComesAndGoes() throws Exception {
        add("changing", false);
        Login session = api.signIn("changing", PASSWORD).getFirst();
        Login elsewhere = api.signIn("changing", PASSWORD).getFirst();
        expect(
                403,
                api.send(
                        session,
                        "PATCH",
                        "/api/v1/users/changing",
                        "{\"password\":\"the-second-one\",\"current\":\"guess\"}"));
        expect(
                200,
                api.send(
                        session,
                        "PATCH",
                        "/api/v1/users/changing",
                        "{\"password\":\"the-second-one\",\"current\":\"for-the-console\"}"));
        expect(200, api.get(session, "/api/v1/buckets"));
        expect(401, api.get(elsewhere, "/api/v1/buckets"));
        expect(200, api.get(Login.of("changing", "the-second-one"), "/api/v1/buckets"));
        expect(
                200,
                api.send(
                        ROOT,
                        "PATCH",
                        "/api/v1/users/changing",
                        "{\"password\":\"the-third-one\",\"role\":\"readonly\"}"));
        expect(401, api.get(session, "/api/v1/buckets"));
        Login third = Login.of("changing", "the-third-one");
        expect(403, api.send(third, "POST", "/api/v1/buckets", "{\"name\":\"no-right\"}"));
        JsonNode pair = expect(201, api.send(third, "POST", "/api/v1/users/changing/keys", "{}"))
                .json();
        String id = pair.path("accessKey").asString();
        assertThat(api.get(third, "/api/v1/users")
                        .json()
                        .get(0)
                        .path("keys")
                        .get(0)
                        .asString())
                .isEqualTo(id);
        expect(403, api.send(third, "DELETE", "/api/v1/users/root/keys/" + id, ""));
        expect(404, api.send(ROOT, "DELETE", "/api/v1/users/root/keys/" + id, ""));
        expect(204, api.send(third, "DELETE", "/api/v1/users/changing/keys/" + id, ""));
        expect(400, api.send(ROOT, "PATCH", "/api/v1/users/root", "{\"password\":\"another-one\"}"));
    }

    @Test
    void thePasswordOpensTheConsoleAndAKeyPairTheOtherDoors() throws Exception {
        assertThat(add("vera", true).json().path("consoleOnly").asBoolean()).isTrue();
        assertThat(add("walter", false).json().path("consoleOnly").asBoolean()).isFalse();
        Login session = api.signIn("vera", PASSWORD).getFirst();
        JsonNode info = expect(200, api.get(session, "/api/v1/session")).json();
        assertThat(info.path("user").asString()).isEqualTo("vera");
        assertThat(info.path("consoleOnly").asBoolean()).isTrue();
        expect(201, api.send(session, "POST", "/api/v1/buckets", "{\"name\":\"of-vera\"}"));
        expect(201, api.send(session, "PUT", "/api/v1/content/of-vera/a.txt", "by session"));

        Login basic = Login.of("vera", PASSWORD);
        Answer rest = expect(401, api.get(basic, "/api/v1/buckets"));
        assertThat(rest.json().path("detail").asString()).contains("console alone", "/api/v1/session", "key pair");
        assertThat(expect(401, api.get(Login.of("no-such-user", PASSWORD), "/api/v1/buckets"))
                        .body())
                .as("nobody is told whether there is such a user")
                .isEqualTo(rest.body());
        assertThat(expect(401, api.send(basic, "PROPFIND", "/dav/", "")).body()).contains("console alone", "key pair");
        HttpResponse<String> s3 = buckets("vera", PASSWORD);
        assertThat(s3.statusCode()).isEqualTo(403);
        assertThat(s3.body()).contains("<Code>InvalidAccessKeyId</Code>", "key pair");

        JsonNode pair = expect(201, api.send(session, "POST", "/api/v1/users/vera/keys", "{}"))
                .json();
        String id = pair.path("accessKey").asString();
        String secret = pair.path("secretKey").asString();
        assertThat(buckets(id, secret).body()).contains("of-vera");
        expect(207, api.send(Login.of(id, secret), "PROPFIND", "/dav/of-vera/", ""));
        expect(
                207,
                api.send(
                        new Login(Map.of("Authorization", "Bearer " + id + "." + secret)),
                        "PROPFIND",
                        "/dav/of-vera/",
                        ""));
        expect(401, api.get(Login.of(id, secret), "/api/v1/users"));
        expect(401, signIn(id, secret, "10.1.1.1"));
        expect(200, signIn("walter", PASSWORD, "10.1.1.1"));
        assertThat(audit())
                .contains(
                        "root POST /users user vera, role user; password for the console alone 201",
                        "root POST /users user walter, role user 201",
                        "vera POST /session as vera 200")
                .noneMatch(line -> line.contains(PASSWORD) || line.contains("argon2"));
    }

    /** At the door, and in a session that somebody left open. */
    @Test
    void guessingIsSlowAndLocksNobodyOutFromElsewhere() throws Exception {
        add("guessed", true);
        Map<String, String> headers =
                new HashMap<>(api.signIn("guessed", PASSWORD).getFirst().headers());
        headers.put("X-Forwarded-For", "10.2.2.2");
        Login stranger = new Login(headers);
        String path = "/api/v1/users/guessed";
        for (int i = 0; i < 3; i++) {
            expect(401, signIn("guessed", "the-same-guess", "10.2.2.2"));
        }
        for (int i = 0; i < 2; i++) {
            expect(403, api.send(stranger, "PATCH", path, "{\"password\":\"of-the-stranger\",\"current\":\"guess\"}"));
        }
        assertThat(expect(429, signIn("guessed", PASSWORD, "10.2.2.2")).header("Retry-After"))
                .isNotEmpty();
        Answer locked = expect(429, api.send(stranger, "PATCH", path, """
            {"password":"of-the-stranger","current":"%s"}\
            """.formatted(PASSWORD)));
        assertThat(locked.header("Retry-After")).isNotEmpty();
        Map<String, String> basic = new HashMap<>(Login.of("guessed", PASSWORD).headers());
        basic.put("X-Forwarded-For", "10.2.2.2");
        expect(429, api.get(new Login(basic), "/api/v1/buckets"));
        expect(200, signIn("guessed", PASSWORD, "10.2.2.3"));
        expect(200, signIn(RunningApi.ROOT, RunningApi.PASSWORD, "10.2.2.2"));
        expect(401, api.send(Login.NOBODY, "POST", "/api/v1/buckets", "{\"name\":\"of-nobody\"}"));
        assertThat(audit())
                .contains(" POST /session as guessed 401", "guessed POST /session as guessed 200")
                .as("what anybody can send any number of")
                .noneMatch(line -> line.endsWith(" as guessed 429") || line.equals(" POST /buckets  401"));
    }

    @Test
    void anotherKindNeedsANewPasswordAndEndsSessions() throws Exception {
        add("narrowing", false);
        Login session = api.signIn("narrowing", PASSWORD).getFirst();
        String path = "/api/v1/users/narrowing";
        expect(403, api.send(session, "PATCH", path, "{\"password\":\"the-next-one\",\"consoleOnly\":true}"));
        for (String change :
                List.of("{\"consoleOnly\":true}", "{\"password\":\"%s\",\"consoleOnly\":true}".formatted(PASSWORD))) {
            assertThat(expect(400, api.send(ROOT, "PATCH", path, change)).body())
                    .contains("choose a new one");
        }
        expect(200, api.get(session, "/api/v1/buckets"));
        JsonNode changed = expect(
                        200, api.send(ROOT, "PATCH", path, "{\"password\":\"the-second-one\",\"consoleOnly\":true}"))
                .json();
        assertThat(changed.path("consoleOnly").asBoolean()).isTrue();
        expect(401, api.get(session, "/api/v1/buckets"));
        expect(401, api.get(Login.of("narrowing", "the-second-one"), "/api/v1/buckets"));
        Login anew = api.signIn("narrowing", "the-second-one").getFirst();
        expect(403, api.send(anew, "PATCH", path, "{\"password\":\"the-third-one\",\"current\":\"guess\"}"));
        expect(200, api.send(anew, "PATCH", path, "{\"password\":\"the-third-one\",\"current\":\"the-second-one\"}"));
        expect(200, signIn("narrowing", "the-third-one", "10.3.3.3"));
        assertThat(audit())
                .contains(
                        "root PATCH /users/narrowing password for the console alone; a new password 200",
                        "narrowing PATCH /users/narrowing a new password 200");
    }

    @Test
    void commandsMakeAndChangeThem() throws Exception {
        assertThat(command(0, "user", "add", "cleo", "--password", PASSWORD, "--console-only"))
                .contains("Added user cleo, password for the console alone.");
        assertThat(command(0, "user", "list"))
                .containsPattern("(?m)^root +admin$")
                .containsPattern("(?m)^cleo +user, password for the console alone$");
        expect(200, signIn("cleo", PASSWORD, "10.5.5.5"));
        assertThat(command(1, "user", "change", "cleo", "--no-console-only")).contains("choose a new one");
        assertThat(command(0, "user", "change", "cleo", "--no-console-only", "--password", "for-every-door"))
                .contains("Changed cleo.");
        expect(200, api.get(Login.of("cleo", "for-every-door"), "/api/v1/buckets"));
        command(0, "user", "change", "cleo", "--role", "readonly");
        assertThat(command(0, "user", "list")).containsPattern("(?m)^cleo +readonly$");
        assertThat(command(2, "user", "change", "cleo")).contains("Nothing to change");
        assertThat(command(1, "user", "change", "nobody-here", "--role", "admin"))
                .contains("nobody-here");
    }
}
