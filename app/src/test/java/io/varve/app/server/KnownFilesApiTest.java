package io.varve.app.server;

import static io.varve.app.server.RunningApi.expect;
import static org.assertj.core.api.Assertions.assertThat;

import io.varve.app.server.RunningApi.Answer;
import io.varve.app.server.RunningApi.Login;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Upload by known hash over REST: among files that the caller may read, and with nothing told of others. */
class KnownFilesApiTest {
    private static final Login ALICE = Login.of("alice", "wonderland-1865");
    private static final Login BOB = Login.of("bob", "carpenter-walrus");
    private static final String TEXT = "varve ".repeat(5_000);

    @TempDir
    static Path data;

    private static RunningApi api;
    private static byte[] hash;

    @BeforeAll
    static void start() throws Exception {
        hash = MessageDigest.getInstance("SHA-256").digest(TEXT.getBytes(StandardCharsets.UTF_8));
        api = new RunningApi(data, HttpClient.newHttpClient(), List.of("--varve.store.shared-buckets=false"));
        for (String user : List.of("alice\",\"password\":\"wonderland-1865", "bob\",\"password\":\"carpenter-walrus")) {
            expect(
                    201,
                    api.send(
                            RunningApi.root(),
                            "POST",
                            "/api/v1/users",
                            "{\"name\":\"" + user + "\",\"role\":\"user\"}"));
        }
        expect(201, api.send(ALICE, "POST", "/api/v1/buckets", "{\"name\":\"lake\"}"));
        expect(201, api.send(BOB, "POST", "/api/v1/buckets", "{\"name\":\"pond\"}"));
        Map<String, String> headers = new HashMap<>(ALICE.headers());
        headers.put("Repr-Digest", "sha-256=:" + Base64.getEncoder().encodeToString(hash) + ":");
        expect(201, api.send(new Login(headers), "PUT", "/api/v1/content/lake/poem.txt", TEXT));
    }

    @AfterAll
    static void stop() {
        if (api != null) {
            api.close();
        }
    }

    private static Answer ask(Login login, String path, String sha256, String more) throws Exception {
        return api.send(
                login,
                "POST",
                "/api/v1/files/known",
                "{\"path\":\"%s\",\"sha256\":\"%s\",\"size\":%d%s}".formatted(path, sha256, TEXT.length(), more));
    }

    @Test
    void theOwnerGetsTheFileAndTheAuditLogSaysSo() throws Exception {
        String hex = HexFormat.of().withUpperCase().formatHex(hash);
        Answer made = expect(201, ask(ALICE, "lake/copy.txt", hex, ",\"modified\":\"2026-11-20T10:00:00Z\""));
        assertThat(made.json().path("path").asString()).isEqualTo("lake/copy.txt");
        assertThat(expect(200, api.get(ALICE, "/api/v1/content/lake/copy.txt")).body())
                .isEqualTo(TEXT);
        assertThat(api.get(ALICE, "/api/v1/files/list?path=lake").body()).contains("2026-11-20T10:00:00Z");
        expect(409, ask(ALICE, "lake/copy.txt", hex, ""));
        expect(200, ask(ALICE, "lake/copy.txt", hex, ",\"overwrite\":true"));
        assertThat(api.get(RunningApi.root(), "/api/v1/audit?log=files").body())
                .contains("POST /files/known")
                .contains("lake/copy.txt");
    }

    @Test
    void whoMayNotReadItHearsTheSameAsOfContentThatNobodyHas() throws Exception {
        String hex = HexFormat.of().formatHex(hash);
        Answer others = expect(404, ask(BOB, "pond/poem.txt", hex, ""));
        Answer nobodys = expect(404, ask(BOB, "pond/poem.txt", "0".repeat(64), ""));
        assertThat(others.body()).isEqualTo(nobodys.body());
        expect(403, ask(BOB, "lake/poem2.txt", hex, ""));
    }

    @Test
    void aFileThatCameWithoutItsHashIsReadForIt() throws Exception {
        String other = "another varve ".repeat(2_500);
        byte[] digest = MessageDigest.getInstance("SHA-256").digest(other.getBytes(StandardCharsets.UTF_8));
        String hex = HexFormat.of().formatHex(digest);
        expect(201, api.send(ALICE, "PUT", "/api/v1/content/lake/unhashed.txt", other));
        String wanted = "{\"path\":\"lake/by-hash.txt\",\"sha256\":\"%s\",\"size\":%d}".formatted(hex, other.length());
        expect(404, api.send(ALICE, "POST", "/api/v1/files/known", wanted));
        String file = "{\"path\":\"lake/unhashed.txt\"}";
        expect(403, api.send(BOB, "POST", "/api/v1/files/digest", file));
        Answer kept = expect(200, api.send(ALICE, "POST", "/api/v1/files/digest", file));
        assertThat(kept.json().path("sha256").asString()).isEqualTo(hex);
        assertThat(kept.json().path("kept").asBoolean()).isTrue();
        expect(201, api.send(ALICE, "POST", "/api/v1/files/known", wanted));
        expect(201, api.send(ALICE, "PUT", "/api/v1/content/lake/small.txt", "small"));
        Answer small = expect(200, api.send(ALICE, "POST", "/api/v1/files/digest", "{\"path\":\"lake/small.txt\"}"));
        assertThat(small.json().path("kept").asBoolean()).isFalse();
        expect(404, api.send(ALICE, "POST", "/api/v1/files/digest", "{\"path\":\"lake/none.txt\"}"));
    }

    @Test
    void requestsThatMakeNoSenseAreRefused() throws Exception {
        String hex = HexFormat.of().formatHex(hash);
        expect(400, ask(ALICE, "lake/folder/", hex, ""));
        expect(400, ask(ALICE, "lake/x", "abc", ""));
        expect(400, ask(ALICE, "lake/x", hex, ",\"modified\":\"yesterdayish\""));
        expect(400, api.send(ALICE, "POST", "/api/v1/files/known", "{\"path\":\"lake/x\",\"sha256\":\"" + hex + "\"}"));
        expect(409, ask(ALICE, "lake/no/folder", hex, ""));
    }
}
