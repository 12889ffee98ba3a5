package io.varve.app.server;

import static io.varve.app.server.RunningApi.expect;
import static org.assertj.core.api.Assertions.assertThat;

import io.varve.app.server.RunningApi.Answer;
import io.varve.app.server.RunningApi.Login;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** What the console asks of the REST interface: rights, files, the past, links. One server for all. */
class ConsoleApiTest {
    @TempDir
    static Path data;

    private static RunningApi api;
    private static final Login ROOT = RunningApi.root();
    private static final Login ALICE = Login.of("alice", "wonderland-1865");
    private static final Login READER = Login.of("reader", "only-reading-1");

    @BeforeAll
    static void start() throws Exception {
        api = new RunningApi(data);
        user("alice", "wonderland-1865", "user");
        user("reader", "only-reading-1", "readonly");
        expect(201, api.send(ROOT, "POST", "/api/v1/buckets", "{\"name\":\"lake\"}"));
    }

    @AfterAll
    static void stop() {
        if (api != null) {
            api.close();
        }
    }

    private static void user(String name, String password, String role) throws Exception {
        expect(201, api.send(ROOT, "POST", "/api/v1/users", """
            {"name":"%s","password":"%s","role":"%s"}\
            """.formatted(name, password, role)));
    }

    private static List<String> names(JsonNode list, String field) {
        return StreamSupport.stream(list.spliterator(), false)
                .map(each -> each.path(field).asString())
                .toList();
    }

    @Test
    void nobodyUnknownPassesAndAdministrationIsForAdministrators() throws Exception {
        for (String path : List.of(
                "/buckets", "/overview", "/users", "/audit", "/jobs", "/content/lake/", "/search?path=lake&name=a")) {
            assertThat(expect(401, api.get(Login.NOBODY, "/api/v1" + path)).header("Content-Type"))
                    .isEqualTo("application/problem+json");
        }
        for (String path : List.of("/overview", "/stats", "/audit", "/jobs", "/tiers", "/imports", "/ttl")) {
            expect(403, api.get(ALICE, "/api/v1" + path));
            expect(200, api.get(ROOT, "/api/v1" + path));
        }
        expect(
                403,
                api.send(
                        ALICE,
                        "POST",
                        "/api/v1/users",
                        "{\"name\":\"mallory\",\"password\":\"12345678\",\"role\":\"admin\"}"));
        expect(403, api.send(ALICE, "PATCH", "/api/v1/users/reader", "{\"password\":\"12345678\"}"));
        expect(403, api.send(ALICE, "PATCH", "/api/v1/users/alice", "{\"role\":\"admin\"}"));
        assertThat(names(api.get(ALICE, "/api/v1/users").json(), "name")).containsExactly("alice");
    }

    private static Answer rights(Login login, String body) throws Exception {
        String path = "/api/v1/buckets/delta/rights";
        return body.isEmpty() ? api.get(login, path) : api.send(login, "PUT", path, body);
    }

    @Test
    void aBucketIsClosedToOthersAndOpenedToSingleUsers() throws Exception {
        Login bob = Login.of("bob", "seven-layers");
        user("bob", "seven-layers", "user");
        expect(201, api.send(ROOT, "POST", "/api/v1/buckets", "{\"name\":\"delta\"}"));
        expect(201, api.send(ROOT, "POST", "/api/v1/files/folder", "{\"path\":\"delta/sub/\"}"));
        expect(201, api.send(ALICE, "PUT", "/api/v1/content/delta/sub/a.txt", "of all"));
        assertThat(rights(ALICE, "").json().toString())
                .isEqualTo("{\"owner\":\"root\",\"shared\":true,\"users\":[],\"others\":false}");
        expect(403, rights(ALICE, "{\"shared\":false}"));
        expect(403, rights(ALICE, "{\"users\":[{\"user\":\"alice\",\"right\":\"write\"}]}"));

        expect(200, rights(ROOT, "{\"shared\":false}"));
        expect(403, api.get(ALICE, "/api/v1/content/delta/sub/a.txt"));
        expect(403, rights(ALICE, ""));

        expect(400, rights(ROOT, "{\"users\":[{\"user\":\"nobody-known\",\"right\":\"read\"}]}"));
        expect(400, rights(ROOT, "{\"users\":[{\"user\":\"alice\",\"right\":\"govern\"}]}"));
        String given = "{\"users\":[{\"user\":\"alice\",\"right\":\"read\"},{\"user\":\"bob\",\"right\":\"write\"}]}";
        Answer made = expect(200, rights(ROOT, given));
        assertThat(names(made.json().path("users"), "user")).containsExactly("alice", "bob");
        assertThat(names(made.json().path("users"), "right")).containsExactly("read", "write");
        assertThat(made.json().path("shared").asBoolean()).isFalse();

        expect(200, api.get(ALICE, "/api/v1/content/delta/sub/a.txt"));
        expect(200, api.get(ALICE, "/api/v1/archive?path=delta/sub/"));
        expect(403, api.send(ALICE, "PUT", "/api/v1/content/delta/sub/a.txt", "changed"));
        expect(403, api.send(ALICE, "DELETE", "/api/v1/files?path=delta/sub/", ""));
        expect(201, api.send(bob, "PUT", "/api/v1/content/delta/sub/b.txt", "of bob"));
        expect(201, api.send(bob, "POST", "/api/v1/files/folder", "{\"path\":\"delta/new/\"}"));
        assertThat(api.get(bob, "/api/v1/buckets/delta").json().path("rights").toString())
                .isEqualTo("[\"write\"]");
        expect(403, api.send(bob, "PATCH", "/api/v1/buckets/delta", "{\"versioning\":\"enabled\"}"));
        expect(403, rights(bob, given));
        expect(204, api.send(bob, "DELETE", "/api/v1/files?path=delta/sub/", ""));

        expect(200, rights(ROOT, "{\"users\":[]}"));
        expect(403, api.send(bob, "PUT", "/api/v1/content/delta/b.txt", "no more"));
        expect(200, rights(ROOT, "{\"shared\":true}"));
        expect(201, api.send(bob, "PUT", "/api/v1/content/delta/b.txt", "of all again"));
    }

    @Test
    void whatTheContainerRefusesIsAProblemDocumentToo() throws Exception {
        Answer answer = expect(400, api.get(ROOT, "/api/v1/files?path=%ff%fe"));
        assertThat(answer.header("Content-Type")).isEqualTo("application/problem+json");
        assertThat(answer.json().path("status").asInt()).isEqualTo(400);
        assertThat(answer.json().path("detail").asString()).isNotEmpty();
        expect(404, api.get(ROOT, "/error"));
    }

    @Test
    void whatWasSentIsNotTracedBack() throws Exception {
        for (String path : List.of("/", "/api/v1/users", "/dav/")) {
            Answer answer = api.send(ROOT, "TRACE", path, "");
            assertThat(answer.status()).as(path).isEqualTo(405);
            assertThat(answer.header("Content-Type")).as(path).doesNotStartWith("message/http");
        }
    }

    @Test
    void readersReadAndChangeNothing() throws Exception {
        expect(201, api.send(ROOT, "PUT", "/api/v1/content/lake/read.txt", "read me"));
        assertThat(expect(200, api.get(READER, "/api/v1/content/lake/read.txt")).body())
                .isEqualTo("read me");
        Answer refused = expect(403, api.send(READER, "PUT", "/api/v1/content/lake/read.txt", "changed"));
        assertThat(refused.header("Content-Type")).isEqualTo("application/problem+json");
        assertThat(refused.json().path("detail").asString()).contains("'lake/read.txt'");
        expect(403, api.send(READER, "DELETE", "/api/v1/files?path=lake/read.txt", ""));
        expect(
                403,
                api.send(
                        READER,
                        "POST",
                        "/api/v1/files/move",
                        "{\"from\":\"lake/read.txt\",\"to\":\"lake/moved.txt\"}"));
        expect(403, api.send(READER, "POST", "/api/v1/files/folder", "{\"path\":\"lake/new/\"}"));
        expect(403, api.send(READER, "POST", "/api/v1/buckets", "{\"name\":\"of-reader\"}"));
        expect(403, api.send(READER, "PUT", "/api/v1/retention/lake", "{\"policy\":\"none\"}"));
        String from = api.get(READER, "/api/v1/history?path=lake/read.txt")
                .json()
                .path("versions")
                .get(0)
                .path("from")
                .asString();
        expect(403, api.send(READER, "POST", "/api/v1/restore", """
            {"path":"lake/read.txt","at":"%s"}\
            """.formatted(from)));
    }

    @Test
    void bucketsThatAPolicyClosesAreNotShown() throws Exception {
        expect(201, api.send(ROOT, "POST", "/api/v1/buckets", "{\"name\":\"closed\"}"));
        expect(201, api.send(ROOT, "PUT", "/api/v1/content/closed/secret.txt", "secret"));
        assertThat(names(api.get(ALICE, "/api/v1/buckets").json(), "name")).contains("closed");
        api.server().engine().namespace().changeBucketSettings("closed", settings -> settings.with("s:policy", """
            {"Statement":[{"Effect":"Deny","Principal":{"AWS":"alice"},"Action":"s3:*",
             "Resource":["arn:aws:s3:::closed","arn:aws:s3:::closed/*"]}]}\
            """));
        assertThat(names(api.get(ALICE, "/api/v1/buckets").json(), "name")).doesNotContain("closed");
        for (String path : List.of(
                "/content/closed/secret.txt",
                "/files?path=closed/secret.txt",
                "/files/list?path=closed/",
                "/files/digest?path=closed/secret.txt",
                "/files/deleted?path=closed/",
                "/history?path=closed/secret.txt",
                "/search?path=closed&name=secret",
                "/buckets/closed",
                "/at?moment=2026-01-01&path=closed/",
                "/retention/closed",
                "/files/amount?path=closed/")) {
            expect(403, api.get(ALICE, "/api/v1" + path));
        }
        expect(403, api.send(ALICE, "POST", "/api/v1/shares", "{\"path\":\"closed/secret.txt\"}"));
        expect(
                403,
                api.send(
                        ALICE,
                        "POST",
                        "/api/v1/files/copy",
                        "{\"from\":\"closed/secret.txt\",\"to\":\"lake/stolen.txt\"}"));
        expect(
                403,
                api.send(ALICE, "POST", "/api/v1/files/stat", "{\"folder\":\"closed/\",\"names\":[\"secret.txt\"]}"));
    }

    @Test
    void filesAreMadeMovedCopiedDeletedAndBroughtBack() throws Exception {
        expect(201, api.send(ALICE, "POST", "/api/v1/files/folder", "{\"path\":\"lake/a/b/\"}"));
        expect(200, api.send(ALICE, "POST", "/api/v1/files/folder", "{\"path\":\"lake/a/b/\"}"));
        expect(201, api.send(ALICE, "PUT", "/api/v1/content/lake/a/b/%E5%90%8D%20%231.txt", "one"));
        expect(204, api.send(ALICE, "PUT", "/api/v1/content/lake/a/b/%E5%90%8D%20%231.txt", "two"));
        assertThat(api.get(ALICE, "/api/v1/content/lake/a/b/%E5%90%8D%20%231.txt")
                        .header("Content-Security-Policy"))
                .isEqualTo("sandbox");
        JsonNode versions = api.get(ALICE, "/api/v1/history?path=lake/a/b/%E5%90%8D%20%231.txt")
                .json()
                .path("versions");
        assertThat(names(versions, "fate")).containsExactly("current", "replaced");
        expect(200, api.send(ALICE, "POST", "/api/v1/restore", """
            {"path":"lake/a/b/名 #1.txt","at":"%s"}\
            """.formatted(
                        versions.get(1).path("from").asString())));
        assertThat(api.get(ALICE, "/api/v1/content/lake/a/b/%E5%90%8D%20%231.txt")
                        .body())
                .isEqualTo("one");

        expect(200, api.send(ALICE, "POST", "/api/v1/files/move", "{\"from\":\"lake/a/b/\",\"to\":\"lake/a/c\"}"));
        expect(
                200,
                api.send(
                        ALICE,
                        "POST",
                        "/api/v1/files/copy",
                        "{\"from\":\"lake/a/c/名 #1.txt\",\"to\":\"lake/a/copy.txt\"}"));
        expect(
                409,
                api.send(
                        ALICE,
                        "POST",
                        "/api/v1/files/copy",
                        "{\"from\":\"lake/a/c/名 #1.txt\",\"to\":\"lake/a/copy.txt\"}"));
        assertThat(names(
                        api.get(ALICE, "/api/v1/files/list?path=lake/a/").json().path("entries"), "name"))
                .containsExactly("c/", "copy.txt");
        expect(204, api.send(ALICE, "DELETE", "/api/v1/files?path=lake/a/copy.txt", ""));
        JsonNode deleted = api.get(ALICE, "/api/v1/files/deleted?path=lake/a/")
                .json()
                .path("entries")
                .get(0);
        assertThat(deleted.path("name").asString()).isEqualTo("copy.txt");
        expect(200, api.send(ALICE, "POST", "/api/v1/restore", """
            {"path":"lake/a/copy.txt","at":"%s"}\
            """.formatted(
                        deleted.path("at").asString())));
        assertThat(api.get(ALICE, "/api/v1/content/lake/a/copy.txt").body()).isEqualTo("one");
        expect(404, api.send(ALICE, "DELETE", "/api/v1/files?path=lake/a/none.txt", ""));
        expect(400, api.send(ALICE, "POST", "/api/v1/files/move", "{\"from\":\"lake/\",\"to\":\"lake2/\"}"));
        expect(400, api.send(ALICE, "POST", "/api/v1/files/folder", "{\"path\":\"lake/../x/\"}"));
    }

    @Test
    void searchesFindNamesBelowAFolder() throws Exception {
        expect(201, api.send(ROOT, "POST", "/api/v1/files/folder", "{\"path\":\"lake/found/\"}"));
        for (String name : List.of("Winter.jpg", "summer.jpg", "winter.txt")) {
            expect(201, api.send(ROOT, "PUT", "/api/v1/content/lake/found/" + name, name));
        }
        JsonNode found = expect(200, api.get(ALICE, "/api/v1/search?path=lake/found/&name=winter"))
                .json();
        assertThat(names(found.path("matches"), "path"))
                .containsExactlyInAnyOrder("lake/found/Winter.jpg", "lake/found/winter.txt");
        assertThat(found.path("next").isNull()).isTrue();
        assertThat(names(
                        api.get(ALICE, "/api/v1/search?path=lake/found/&name=*.jpg")
                                .json()
                                .path("matches"),
                        "path"))
                .containsExactlyInAnyOrder("lake/found/Winter.jpg", "lake/found/summer.jpg");
        expect(400, api.get(ALICE, "/api/v1/search?path=lake&name=%20"));
    }

    @Test
    void aLinkIsReadByAnybodyUntilItIsTakenBackOrItsMakerLosesTheRight() throws Exception {
        user("sharer", "shares-things", "user");
        Login sharer = Login.of("sharer", "shares-things");
        expect(201, api.send(sharer, "PUT", "/api/v1/content/lake/shared%20%26.txt", "0123456789"));
        JsonNode first =
                expect(201, api.send(sharer, "POST", "/api/v1/shares", """
                    {"path":"lake/shared &.txt","hours":1}\
                    """)).json();
        JsonNode second =
                expect(201, api.send(sharer, "POST", "/api/v1/shares", """
                    {"path":"lake/shared &.txt"}\
                    """)).json();
        String address = first.path("address").asString();
        Answer read = expect(200, api.get(Login.NOBODY, address));
        assertThat(read.body()).isEqualTo("0123456789");
        assertThat(read.header("Content-Disposition")).startsWith("attachment").contains("shared%20&.txt");
        assertThat(expect(206, api.get(new Login(Map.of("Range", "bytes=2-4")), address))
                        .body())
                .isEqualTo("234");
        expect(405, api.send(Login.NOBODY, "PUT", address, "changed"));
        expect(
                404,
                api.get(
                        Login.NOBODY,
                        address.substring(0, address.length() - 1) + (address.endsWith("A") ? "B" : "A")));
        expect(404, api.get(Login.NOBODY, address.replace("/lake/", "/by-session/")));

        assertThat(names(api.get(sharer, "/api/v1/shares").json(), "id"))
                .containsExactlyInAnyOrder(
                        first.path("id").asString(), second.path("id").asString());
        assertThat(names(api.get(ALICE, "/api/v1/shares").json(), "user")).doesNotContain("sharer");
        expect(
                404,
                api.send(
                        ALICE,
                        "DELETE",
                        "/api/v1/shares/lake/" + first.path("id").asString(),
                        ""));
        expect(
                204,
                api.send(
                        sharer,
                        "DELETE",
                        "/api/v1/shares/lake/" + first.path("id").asString(),
                        ""));
        expect(404, api.get(Login.NOBODY, address));
        expect(200, api.get(Login.NOBODY, second.path("address").asString()));
        expect(204, api.send(ROOT, "DELETE", "/api/v1/users/sharer", ""));
        expect(404, api.get(Login.NOBODY, second.path("address").asString()));
        expect(400, api.send(ROOT, "POST", "/api/v1/shares", "{\"path\":\"lake/shared &.txt\",\"hours\":9999}"));
        expect(404, api.send(ROOT, "POST", "/api/v1/shares", "{\"path\":\"lake/none.txt\"}"));
    }

    @Test
    void settingsOfBucketsAreChangedByTheirOwnersOnly() throws Exception {
        expect(201, api.send(ALICE, "POST", "/api/v1/buckets", "{\"name\":\"of-alice\"}"));
        JsonNode locked = expect(200, api.send(ALICE, "PATCH", "/api/v1/buckets/of-alice", """
            {"lock":{"mode":"governance","days":3,"years":0}}\
            """))
                .json();
        assertThat(locked.path("versioning").asString()).isEqualTo("enabled");
        assertThat(locked.path("lock").path("days").asInt()).isEqualTo(3);
        expect(409, api.send(ALICE, "PATCH", "/api/v1/buckets/of-alice", "{\"versioning\":\"suspended\"}"));
        expect(
                400,
                api.send(
                        ALICE,
                        "PATCH",
                        "/api/v1/buckets/of-alice",
                        "{\"lock\":{\"mode\":\"governance\",\"days\":0,\"years\":0}}"));
        expect(403, api.send(ALICE, "PATCH", "/api/v1/buckets/lake", "{\"versioning\":\"enabled\"}"));
        assertThat(expect(200, api.send(ALICE, "PUT", "/api/v1/retention/of-alice", "{\"policy\":\"90d\"}"))
                        .json()
                        .path("own")
                        .asBoolean())
                .isTrue();
        expect(204, api.send(ALICE, "DELETE", "/api/v1/buckets/of-alice", ""));
    }

    @Test
    void everyChangeStandsInTheAuditLog() throws Exception {
        expect(201, api.send(ALICE, "POST", "/api/v1/buckets", "{\"name\":\"audited\"}"));
        expect(403, api.send(READER, "DELETE", "/api/v1/buckets/audited", ""));
        expect(401, api.send(Login.of("alice", "wrong-password"), "DELETE", "/api/v1/buckets/audited", ""));
        JsonNode lines = api.get(ROOT, "/api/v1/audit?limit=1000").json().path("lines");
        List<String> told = StreamSupport.stream(lines.spliterator(), false)
                .map(line -> String.join(
                        " ",
                        line.path("user").asString(),
                        line.path("address").asString(),
                        line.path("action").asString(),
                        line.path("detail").asString(),
                        line.path("status").asString()))
                .toList();
        assertThat(told)
                .contains(
                        "alice 127.0.0.1 POST /buckets bucket audited 201",
                        "reader 127.0.0.1 DELETE /buckets/audited  403",
                        " 127.0.0.1 DELETE /buckets/audited  401")
                .noneMatch(line -> line.contains("wonderland") || line.contains(RunningApi.PASSWORD));
    }

    @Test
    void theConsoleComesWithAStrictPolicyAndAsASmallPage() throws Exception {
        Answer page = expect(200, api.get(Login.NOBODY, "/"));
        assertThat(page.header("Content-Security-Policy"))
                .contains("default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'")
                .doesNotContain("unsafe");
        assertThat(page.body()).contains("/console/app.js").doesNotContain("<script>", "style=", "http://", "https://");
        expect(304, api.get(new Login(Map.of("If-None-Match", page.header("ETag"))), "/"));
        long bytes = 0;
        for (String name : List.of(
                "app.js",
                "core.js",
                "ui.js",
                "icons.js",
                "uploads.js",
                "style.css",
                "favicon.svg",
                "lang/en.js",
                "pages/overview.js",
                "lib/preact.js",
                "lib/hooks.js")) {
            Answer file = expect(200, api.get(new Login(Map.of("Accept-Encoding", "gzip")), "/console/" + name));
            assertThat(file.header("Content-Encoding")).isEqualTo("gzip");
            bytes += Long.parseLong(file.header("Content-Length"));
        }
        assertThat(bytes).isLessThan(150_000);
        assertThat(api.get(Login.NOBODY, "/console/lib/hooks.js").body())
                .startsWith("import{options as")
                .doesNotContain("\"preact\"");
        for (String name : List.of("none.js", "..%2Fapplication.properties", "app.class")) {
            assertThat(api.get(Login.NOBODY, "/console/" + name).status()).isGreaterThanOrEqualTo(400);
        }
    }
}
