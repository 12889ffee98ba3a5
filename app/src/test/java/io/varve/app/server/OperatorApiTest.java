package io.varve.app.server;

import static io.varve.app.server.RunningApi.expect;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import io.varve.app.cli.VarveCommand;
import io.varve.app.server.RunningApi.Answer;
import io.varve.app.server.RunningApi.Login;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/** What operators do over REST and by commands, which talk to the same server here, over TLS. */
class OperatorApiTest {
    @TempDir
    static Path data;

    private static final Login ROOT = RunningApi.root();
    private static final Login ALICE = Login.of("alice", "wonderland-1865");

    private static RunningApi api;
    private static TestCertificate first;
    private static TestCertificate second;

    private static Path certificate() {
        return data.resolve("certificate.pem");
    }

    private static Path key() {
        return data.resolve("key.pem");
    }

    @BeforeAll
    static void start() throws Exception {
        first = TestCertificate.make(data, "first");
        second = TestCertificate.make(data, "second");
        first.writeCertificate(certificate());
        first.writeKey(key());
        HttpClient http = HttpClient.newBuilder()
                .sslContext(TestCertificate.trusting(first, second))
                .build();
        api = new RunningApi(
                data,
                http,
                List.of(
                        "--varve.tls.certificate=" + certificate(),
                        "--varve.tls.key=" + key(),
                        "--varve.encryption.at-rest=true"));
        expect(201, api.send(ROOT, "POST", "/api/v1/users", """
            {"name":"alice","password":"wonderland-1865","role":"user"}\
            """));
        expect(201, api.send(ALICE, "POST", "/api/v1/buckets", "{\"name\":\"lake\"}"));
    }

    @AfterAll
    static void stop() {
        if (api != null) {
            api.close();
        }
    }

    /** Runs a command against the server and gives what it prints. */
    private static String command(int exitCode, String... words) {
        StringWriter printed = new StringWriter();
        int code = VarveCommand.run(
                new VarveCommand.Surroundings(Map.of("VARVE_DATA_DIR", data.toString()), data),
                new PrintWriter(printed, true),
                words);
        assertThat(code).as(printed.toString()).isEqualTo(exitCode);
        return printed.toString();
    }

    @Test
    void administratorsLimitBuckets() throws Exception {
        expect(201, api.send(ALICE, "POST", "/api/v1/buckets", "{\"name\":\"pond\"}"));
        expect(403, api.send(ALICE, "PATCH", "/api/v1/buckets/pond", "{\"quotaBytes\":10}"));
        assertThat(command(0, "quota", "pond", "set", "1KiB")).contains("0 bytes of 1024");
        Answer refused = expect(507, api.send(ALICE, "PUT", "/api/v1/content/pond/a.txt", "x".repeat(1025)));
        assertThat(refused.body()).contains("1024 bytes");
        expect(201, api.send(ALICE, "PUT", "/api/v1/content/pond/a.txt", "x".repeat(1024)));
        assertThat(api.get(ALICE, "/api/v1/buckets/pond")
                        .json()
                        .path("quotaBytes")
                        .asLong())
                .isEqualTo(1024);
        assertThat(command(2, "quota", "pond", "set", "much")).contains("'much' is not a size");
        assertThat(command(0, "quota")).contains("pond").contains("1024 bytes of 1024");
        assertThat(command(0, "quota", "pond", "reset")).contains("no limit");
        assertThat(api.get(ALICE, "/api/v1/buckets/pond")
                        .json()
                        .path("quotaBytes")
                        .isNull())
                .isTrue();
    }

    @Test
    void masterKeysAreRotatedWhileTheServerServes() throws Exception {
        expect(201, api.send(ALICE, "PUT", "/api/v1/content/lake/kept.txt", "bytes under the first key"));
        assertThat(command(0, "keys", "list")).matches("at-rest-1\\.key  [0-9a-f]{16}  needed\\R");
        assertThat(command(0, "keys", "rotate"))
                .contains("files are under at-rest-2.key now")
                .contains("does not need at-rest-1.key any more");
        assertThat(command(0, "keys", "list"))
                .containsPattern("at-rest-1\\.key  [0-9a-f]{16}  not needed")
                .containsPattern("at-rest-2\\.key  [0-9a-f]{16}  needed");
        JsonNode told = expect(200, api.get(ROOT, "/api/v1/encryption")).json();
        assertThat(told.path("on").asBoolean()).isTrue();
        assertThat(told.path("keys").path(1).path("file").asString()).isEqualTo("at-rest-2.key");
        expect(403, api.get(ALICE, "/api/v1/encryption"));
        expect(403, api.send(ALICE, "POST", "/api/v1/jobs", "{\"kind\":\"rotate-keys\"}"));
        assertThat(expect(200, api.get(ALICE, "/api/v1/content/lake/kept.txt")).body())
                .isEqualTo("bytes under the first key");
    }

    @Test
    void settingsAreReadAgainAndSayWhatTookEffect() throws Exception {
        Path file = data.resolve("varve.yml");
        try {
            Files.writeString(file, """
                varve:
                  store:
                    history: 7d
                  metrics.login: true
                  s3.region: eu-north-7
                """);
            assertThat(command(0, "config", "check")).contains("settings are not at their default");
            expect(403, api.send(ALICE, "POST", "/api/v1/config/reload", ""));
            String told = command(0, "config", "reload");
            assertThat(told)
                    .contains("Now: varve.store.history is '7d', was '30d'.")
                    .contains("Now: varve.metrics.login is 'true', was 'false'.")
                    .contains("At the next start: varve.s3.region is 'eu-north-7', was 'us-east-1'.");
            assertThat(api.get(ROOT, "/api/v1/retention/lake")
                            .json()
                            .path("policy")
                            .asString())
                    .isEqualTo("7d");
            expect(401, api.get(Login.NOBODY, "/metrics/storage-v2"));
            JsonNode config = expect(200, api.get(ROOT, "/api/v1/config")).json();
            assertThat(config.path("atRestart").path(0).path("key").asString()).isEqualTo("varve.s3.region");
            assertThat(command(0, "config", "show", "--running"))
                    .containsPattern("varve.store.history +7d +~ .*varve.yml line 3")
                    .doesNotContain(RunningApi.PASSWORD);

            Files.writeString(file, "varve:\n  store:\n    history: soon\n  portt: 1\n");
            Answer wrong = expect(422, api.send(ROOT, "POST", "/api/v1/config/reload", ""));
            assertThat(wrong.json().path("detail").asString())
                    .contains("varve.yml line 3: 'soon' is not")
                    .contains("varve.yml line 4: varve.portt is not a setting; the nearest is varve.port.");
            assertThat(command(1, "config", "check")).contains("line 3").contains("line 4");
            assertThat(api.get(ROOT, "/api/v1/retention/lake")
                            .json()
                            .path("policy")
                            .asString())
                    .isEqualTo("7d");
        } finally {
            Files.delete(file);
            expect(200, api.send(ROOT, "POST", "/api/v1/config/reload", ""));
        }
        assertThat(api.get(ROOT, "/api/v1/retention/lake").json().path("policy").asString())
                .isEqualTo("30d");
        expect(200, api.get(Login.NOBODY, "/metrics/storage-v2"));
        assertThat(command(0, "config", "reload")).contains("Nothing has changed.");
    }

    private static long cacheBytes() throws Exception {
        return expect(200, api.get(ROOT, "/api/v1/cache/stats"))
                .json()
                .path("contents")
                .path("bytes")
                .asLong();
    }

    @Test
    void theDiskCacheTakesItsSizeAndRuleFromChangedSettings() throws Exception {
        Path file = data.resolve("varve.yml");
        try {
            Files.writeString(file, "varve.cache:\n  size: 32MiB\n  policy: lru\n");
            assertThat(command(0, "config", "reload")).contains("Now: varve.cache.size is '32MiB'");
            assertThat(cacheBytes()).isEqualTo(32 << 20);
            assertThat(command(0, "cache", "resize", "48MiB")).contains("48");
            expect(200, api.send(ROOT, "POST", "/api/v1/config/reload", ""));
            assertThat(cacheBytes())
                    .as("settings that did not change leave what was changed for this run")
                    .isEqualTo(48 << 20);
        } finally {
            Files.delete(file);
            expect(200, api.send(ROOT, "POST", "/api/v1/config/reload", ""));
        }
    }

    @Test
    void everyRequestHasANumberThatLeadsToItsLine() throws Exception {
        Path file = data.resolve("varve.yml");
        BlockingQueue<ILoggingEvent> written = new LinkedBlockingQueue<>();
        AppenderBase<ILoggingEvent> appender = new AppenderBase<>() {
            @Override
            protected void append(ILoggingEvent event) {
                event.getMDCPropertyMap();
                written.add(event);
            }
        };
        Logger log = (Logger) LoggerFactory.getLogger("io.varve.requests");
        appender.start();
        log.addAppender(appender);
        try {
            Files.writeString(file, "varve.log.requests: true\nvarve.log.slow: none\n");
            expect(200, api.send(ROOT, "POST", "/api/v1/config/reload", ""));
            Answer answer = expect(201, api.send(ALICE, "PUT", "/dav/lake/b%0aforged.txt?sig=secret", "12345"));
            ILoggingEvent line = awaitLine(written, answer.header("X-Request-Id"));
            assertThat(line.getFormattedMessage())
                    .matches("web PUT /dav/lake/b%0aforged.txt 201 user=alice from=127.0.0.1 in=5 out=\\d+ millis=\\d+"
                            + " answer=\\d+");
            HttpResponse<String> s3 = api.http()
                    .send(
                            HttpRequest.newBuilder(
                                            URI.create(api.server().address().s3Url() + "/lake"))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString());
            String id = s3.headers().firstValue("x-amz-request-id").orElseThrow();
            assertThat(s3.body()).contains("<RequestId>" + id + "</RequestId>");
            assertThat(awaitLine(written, id).getFormattedMessage())
                    .startsWith("s3 GET /lake 403 user=-")
                    .contains(" out=" + s3.body().length() + " ");
            Answer read = expect(200, api.get(ALICE, "/api/v1/buckets"));
            assertThat(awaitLine(written, read.header("X-Request-Id")).getFormattedMessage())
                    .contains(" out=" + read.body().length() + " ");

            Files.writeString(file, "varve.log.slow: 1ms\n");
            expect(200, api.send(ROOT, "POST", "/api/v1/config/reload", ""));
            Answer slow = expect(201, api.send(ALICE, "PUT", "/dav/lake/slow.bin", "x".repeat(3_000_000)));
            ILoggingEvent warning = awaitLine(written, slow.header("X-Request-Id"));
            assertThat(warning.getLevel()).isEqualTo(Level.WARN);
            assertThat(warning.getFormattedMessage()).startsWith("Slow: web PUT /dav/lake/slow.bin 201");
        } finally {
            log.detachAppender(appender);
            Files.deleteIfExists(file);
            expect(200, api.send(ROOT, "POST", "/api/v1/config/reload", ""));
        }
    }

    private static ILoggingEvent awaitLine(BlockingQueue<ILoggingEvent> written, String id) throws Exception {
        while (true) {
            ILoggingEvent line = written.poll(120, TimeUnit.SECONDS);
            assertThat(line).as("a line of the request %s", id).isNotNull();
            if (id.equals(line.getMDCPropertyMap().get(RequestLog.CONTEXT))) {
                return line;
            }
        }
    }

    @Test
    void theContainersHealthCheckSpeaksTlsAndKnowsTheServer() throws Exception {
        assertThat(HealthCheckScript.run(data)).isZero();
        Path other = Files.createDirectories(data.resolve("of-another"));
        String address = Files.readString(data.resolve("server.address"));
        Files.writeString(other.resolve("server.address"), address.replaceFirst("certificate=..", "certificate=zz"));
        assertThat(HealthCheckScript.run(other)).isEqualTo(1);
        assertThat(HealthCheckScript.run(data.resolve("of-nobody"))).isEqualTo(1);
    }

    @Test
    void aRenewedCertificateIsUsedAndAWrongOneIsNot() throws Exception {
        assertThat(api.server().address().url()).startsWith("https://");
        assertThat(api.server().address().s3Url()).startsWith("https://");
        String before = ServerAddress.read(data).orElseThrow().certificate();
        second.writeKey(key());
        assertThat(command(0, "config", "reload"))
                .contains("the key does not belong to the certificate. The certificate of before stays.");
        assertThat(ServerAddress.read(data).orElseThrow().certificate()).isEqualTo(before);
        expect(200, api.get(ROOT, "/api/v1/buckets"));

        second.writeCertificate(certificate());
        assertThat(command(0, "config", "reload")).contains("The certificate of CN=second, which ends on");
        assertThat(ServerAddress.read(data).orElseThrow().certificate()).isNotEqualTo(before);
        assertThat(command(0, "quota")).contains("lake");
        HttpClient onlySecond = HttpClient.newBuilder()
                .sslContext(TestCertificate.trusting(second))
                .build();
        for (String door :
                List.of(api.server().address().url(), api.server().address().s3Url())) {
            assertThat(onlySecond
                            .send(
                                    HttpRequest.newBuilder(URI.create(door + "/"))
                                            .build(),
                                    HttpResponse.BodyHandlers.discarding())
                            .sslSession()
                            .orElseThrow()
                            .getPeerPrincipal()
                            .getName())
                    .isEqualTo("CN=second");
        }
        String cookie = api.send(Login.NOBODY, "POST", "/api/v1/session", """
            {"name":"root","password":"sediment-layers"}\
            """).header("Set-Cookie");
        assertThat(cookie).contains("; Secure");
    }

    @Test
    void aPageOfAnotherSiteHasNoChangeMadeWithARememberedPassword() throws Exception {
        String settle = "/api/v1/settle";
        expect(403, api.send(with(ROOT, "Sec-Fetch-Site", "cross-site"), "POST", settle, ""));
        expect(403, api.send(with(ROOT, "Sec-Fetch-Site", "same-site"), "POST", settle, ""));
        expect(403, api.send(with(ROOT, "Origin", "https://elsewhere.example"), "POST", settle, ""));
        expect(403, api.send(with(ROOT, "Origin", "null"), "POST", settle, ""));
        expect(200, api.send(with(ROOT, "Origin", "https://elsewhere.example"), "GET", "/api/v1/buckets", ""));
        expect(200, api.send(with(ROOT, "Origin", api.server().address().url()), "POST", settle, ""));
        expect(200, api.send(with(ROOT, "Sec-Fetch-Site", "same-origin"), "POST", settle, ""));
    }

    private static Login with(Login login, String header, String value) {
        Map<String, String> headers = new HashMap<>(login.headers());
        headers.put(header, value);
        return new Login(headers);
    }

    @Test
    void documentsThatNeverEndAreRefused() throws Exception {
        String name = "x".repeat(2 << 20);
        expect(413, api.send(ROOT, "POST", "/api/v1/buckets", "{\"name\":\"" + name + "\"}"));
        expect(413, api.send(Login.NOBODY, "POST", "/api/v1/session", "{\"name\":\"" + name + "\"}"));
        HttpRequest.Builder chunked = HttpRequest.newBuilder(
                        URI.create(api.server().address().url() + "/api/v1/session"))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofInputStream(() -> InputStream.nullInputStream()));
        assertThat(api.http()
                        .send(chunked.build(), HttpResponse.BodyHandlers.discarding())
                        .statusCode())
                .isEqualTo(411);
    }

    @Test
    void aFolderComesAsAZipThatUnpacksToItsPlace() throws Exception {
        expect(201, api.send(ALICE, "POST", "/api/v1/buckets", "{\"name\":\"zipped\"}"));
        expect(201, api.send(ALICE, "MKCOL", "/dav/zipped/a", ""));
        expect(201, api.send(ALICE, "MKCOL", "/dav/zipped/a/empty", ""));
        expect(201, api.send(ALICE, "MKCOL", "/dav/zipped/a/%E6%B9%96", ""));
        expect(201, api.send(ALICE, "PUT", "/dav/zipped/a/%E6%B9%96/one.txt", "one"));
        expect(201, api.send(ALICE, "PUT", "/dav/zipped/a/two.txt", "two ".repeat(50_000)));
        expect(201, api.send(ALICE, "PUT", "/dav/zipped/a/..%5C..%5Cevil.txt", "out"));
        String then = Instant.now().toString();
        expect(204, api.send(ALICE, "DELETE", "/dav/zipped/a/two.txt", ""));

        Map<String, String> now = unzip("/api/v1/archive?path=zipped/a/");
        assertThat(now.keySet())
                .containsExactlyInAnyOrder("empty/", "\u6e56/", "\u6e56/one.txt", "NOT-IN-THIS-ARCHIVE.txt");
        assertThat(now.get("\u6e56/one.txt")).isEqualTo("one");
        assertThat(now.get("NOT-IN-THIS-ARCHIVE.txt")).contains("evil.txt: has a name");
        assertThat(unzip("/api/v1/archive?path=zipped/&at=" + then)).containsEntry("a/two.txt", "two ".repeat(50_000));
        assertThat(expect(200, api.get(ALICE, "/api/v1/archive?path=zipped/a/%E6%B9%96/"))
                        .header("Content-Disposition"))
                .startsWith("attachment;")
                .contains("filename*=UTF-8''%E6%B9%96.zip");
        expect(404, api.get(ALICE, "/api/v1/archive?path=zipped/none/"));
        expect(401, api.get(Login.NOBODY, "/api/v1/archive?path=zipped/"));
    }

    @Test
    void anArchiveOfADamagedFileDoesNotLookWhole(@TempDir Path home) throws Exception {
        List<String> noCaches = List.of("--varve.memory.cache=0", "--varve.cache.size=0");
        try (RunningApi damaged = new RunningApi(home, api.http(), noCaches)) {
            expect(201, damaged.send(ROOT, "MKCOL", "/dav/broken", ""));
            expect(201, damaged.send(ROOT, "PUT", "/dav/broken/first.txt", "whole"));
            StringBuilder text = new StringBuilder();
            new Random(1).ints(600_000, 'a', 'z').forEach(letter -> text.append((char) letter));
            expect(201, damaged.send(ROOT, "PUT", "/dav/broken/second.txt", text.toString()));
            try (FileChannel file = FileChannel.open(home.resolve("segments/00000000.seg"), READ, WRITE)) {
                long middle = file.size() / 2;
                ByteBuffer one = ByteBuffer.allocate(1);
                file.read(one, middle);
                file.write(one.flip().put(0, (byte) ~one.get(0)), middle);
            }
            HttpRequest.Builder request = HttpRequest.newBuilder(
                    URI.create(damaged.server().address().url() + "/api/v1/archive?path=broken/"));
            ROOT.headers().forEach(request::setHeader);
            assertThatThrownBy(() -> api.http().send(request.build(), HttpResponse.BodyHandlers.ofByteArray()))
                    .isInstanceOf(IOException.class);
        }
    }

    private static Map<String, String> unzip(String path) throws Exception {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(api.server().address().url() + path));
        ALICE.headers().forEach(request::setHeader);
        Map<String, String> found = new TreeMap<>();
        try (ZipInputStream zip = new ZipInputStream(
                api.http()
                        .send(request.build(), HttpResponse.BodyHandlers.ofInputStream())
                        .body(),
                StandardCharsets.UTF_8)) {
            for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                found.put(entry.getName(), new String(zip.readAllBytes(), StandardCharsets.UTF_8));
            }
        }
        return found;
    }

    @Test
    void theCacheSaysWhatItHasOfEachFile() throws Exception {
        expect(201, api.send(ALICE, "POST", "/api/v1/buckets", "{\"name\":\"mapped\"}"));
        expect(201, api.send(ALICE, "PUT", "/dav/mapped/a.txt", "a line\n".repeat(20_000)));
        expect(403, api.get(ALICE, "/api/v1/cache/files?path=mapped/"));
        JsonNode file = expect(200, api.get(ROOT, "/api/v1/cache/files?path=mapped/"))
                .json()
                .path("files")
                .path(0);
        assertThat(file.path("name").asString()).isEqualTo("a.txt");
        assertThat(file.path("chunks").asInt()).isPositive();
        assertThat(file.path("cached").asInt()).isZero();
        command(0, "settle");
        expect(200, api.send(ROOT, "POST", "/api/v1/cache/prefetch", "{\"path\":\"mapped/a.txt\"}"));
        command(0, "cache", "pin", "mapped/a.txt");
        file = api.get(ROOT, "/api/v1/cache/files?path=mapped/")
                .json()
                .path("files")
                .path(0);
        assertThat(file.path("pinned").asInt()).isEqualTo(file.path("cached").asInt());
    }
}
