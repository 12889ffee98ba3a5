package io.varve.app.packaged;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;

/** What somebody finds who has just started Varve for the first time, and what is still there after a restart. */
class FirstStartIT {

    private static final int SIGTERM_EXIT = 128 + 15;
    private static final int FILE_BYTES = 3 << 20;

    @TempDir
    Path home;

    @Test
    void theFirstStartMakesALoginForBothDoorsAndLaterOnesKeepIt() throws Exception {
        Installation installation = Installation.bare(home);
        byte[] content = new byte[FILE_BYTES];
        new Random(1).nextBytes(content);
        String password;

        try (ServerProcess server = installation.serve()) {
            password = announcedPassword(server);
            assertThat(permissions("keys/root")).isEqualTo("rw-------");
            assertThat(Files.readAllLines(installation.data().resolve("keys/root")))
                    .containsExactly("root", password);
            assertThat(permissions("server.address")).isEqualTo("rw-------");

            storeAtOneDoorAndReadAtTheOther(server, password, content);
            assertTellsItsFiguresToEverybody(server);

            assertThat(server.stop()).isEqualTo(SIGTERM_EXIT);
            assertThat(server.output()).as("the whole output").containsOnlyOnce(password);
        }
        assertThat(installation.data().resolve("server.address")).doesNotExist();
        try (Stream<Path> left = Files.list(installation.temporary())) {
            assertThat(left).as("temporary files after a stop").isEmpty();
        }

        try (ServerProcess server = installation.serve()) {
            assertIsStored(server, password, "photos/by-dav.bin", content);
            assertIsStored(server, password, "photos/by-s3.bin", content);
            try (DavClient stranger = new DavClient(server, "root", password + "x")) {
                assertThat(stranger.get("photos/by-dav.bin").statusCode()).isEqualTo(401);
            }
            assertThat(server.stop()).isEqualTo(SIGTERM_EXIT);
            assertThat(server.output())
                    .contains("Varve is running.")
                    .doesNotContain(password)
                    .doesNotContain("Password");
        }
    }

    private static String announcedPassword(ServerProcess server) throws IOException, InterruptedException {
        Pattern line = Pattern.compile("(?m)^ *Password +(\\S+)$");
        server.await("the announcement", () -> line.matcher(server.output()).find());
        String output = server.output();
        assertThat(output)
                .contains("Console  " + server.url() + "/")
                .contains("WebDAV   " + server.url() + "/dav/")
                .contains("S3       " + server.s3())
                .contains("Metrics  " + server.url() + "/metrics/storage-v2")
                .contains("User     root");
        Matcher password = line.matcher(output);
        assertThat(password.find()).isTrue();
        assertThat(password.group(1)).hasSizeGreaterThanOrEqualTo(20);
        return password.group(1);
    }

    private String permissions(String file) throws IOException {
        return PosixFilePermissions.toString(
                Files.getPosixFilePermissions(home.resolve("data").resolve(file)));
    }

    private static void storeAtOneDoorAndReadAtTheOther(ServerProcess server, String password, byte[] content)
            throws IOException, InterruptedException {
        try (DavClient dav = new DavClient(server, "root", password);
                S3Client s3 = S3Clients.of(server, "root", password)) {
            assertThat(dav.makeFolder("photos")).isEqualTo(201);
            assertThat(dav.put("photos/by-dav.bin", content).statusCode()).isEqualTo(201);
            S3Clients.put(s3, "photos", "by-s3.bin", content);
            assertThatThrownBy(() -> S3Clients.get(s3, "photos", "missing")).isInstanceOf(NoSuchKeyException.class);
        }
        assertIsStored(server, password, "photos/by-dav.bin", content);
        String etag = assertIsStored(server, password, "photos/by-s3.bin", content);
        // What S3 clients take an ETag for: the content's MD5.
        assertThat(etag).isEqualTo('"' + HexFormat.of().formatHex(Digests.md5(content)) + '"');
    }

    /** The file has the same bytes, the same length and the same ETag at both doors. Gives the ETag. */
    private static String assertIsStored(ServerProcess server, String password, String path, byte[] content)
            throws IOException, InterruptedException {
        try (DavClient dav = new DavClient(server, "root", password);
                S3Client s3 = S3Clients.of(server, "root", password)) {
            var byDav = dav.get(path);
            assertThat(byDav.statusCode()).isEqualTo(200);
            assertThat(Arrays.equals(byDav.body(), content)).as(path).isTrue();

            int slash = path.indexOf('/');
            String bucket = path.substring(0, slash);
            String key = path.substring(slash + 1);
            assertThat(Arrays.equals(S3Clients.get(s3, bucket, key), content))
                    .as(path)
                    .isTrue();
            HeadObjectResponse head =
                    s3.headObject(request -> request.bucket(bucket).key(key));
            assertThat(head.contentLength()).isEqualTo(content.length);
            String etag = byDav.headers().firstValue("ETag").orElseThrow();
            assertThat(head.eTag()).isEqualTo(etag);
            assertThat(dav.send("GET", path, "If-None-Match", etag).statusCode())
                    .isEqualTo(304);
            return etag;
        }
    }

    private static void assertTellsItsFiguresToEverybody(ServerProcess server)
            throws IOException, InterruptedException {
        for (String page :
                List.of("/metrics/storage-v2/health", "/actuator/health/liveness", "/actuator/health/readiness")) {
            var answer = server.get(page);
            assertThat(answer.statusCode()).as(page).isEqualTo(200);
            assertThat(answer.body()).as(page).contains("\"status\":\"UP\"");
        }
        var figures = server.metrics();
        assertThat(figures.keySet()).allMatch(name -> name.startsWith("varve_"));
        assertThat(figures.get("varve_files")).isEqualTo(2);
        assertThat(figures.get("varve_logical_bytes")).isEqualTo(2.0 * FILE_BYTES);
        // The same content at two doors is stored once; the list of its chunks takes a little.
        assertThat(figures.get("varve_unique_bytes")).isBetween((double) FILE_BYTES, 1.01 * FILE_BYTES);
        assertThat(figures.get("varve_dedup_ratio")).isBetween(1.98, 2.0);
        assertThat(figures.get("varve_ingest_bytes_known_total")).isGreaterThanOrEqualTo(FILE_BYTES);
        assertThat(figures.get("varve_read_only")).isZero();
        // Both doors have been used and S3 has refused a request, so every figure is there that alert rules and
        // dashboards may ask for.
        assertThat(figures.keySet().stream().map(series -> series.replaceFirst("\\{.*", "")))
                .containsAll(figuresNamedIn("prometheus", "grafana"));
    }

    private static Set<String> figuresNamedIn(String... folders) throws IOException {
        Pattern name = Pattern.compile("varve_[a-z0-9_]+");
        Set<String> named = new TreeSet<>();
        for (String folder : folders) {
            try (Stream<Path> files = Files.list(Path.of("..", "deploy", folder))) {
                for (Path file : files.filter(Files::isRegularFile).toList()) {
                    name.matcher(Files.readString(file)).results().forEach(found -> named.add(found.group()));
                }
            }
        }
        assertThat(named).isNotEmpty();
        return named;
    }
}
