package io.varve.app.packaged;

import static org.assertj.core.api.Assertions.assertThat;

import io.varve.app.packaged.Installation.Outcome;
import io.varve.app.server.ServerAddress;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Metadata that is made anew, and segments that are emptied by a job. */
class MaintenanceIT {
    private static final int FILE_BYTES = 2_000_000;
    private static final int SIGTERM_EXIT = 143;

    @TempDir
    Path home;

    private Installation installation;

    @BeforeEach
    void install() throws IOException {
        installation = Installation.in(home);
    }

    @Test
    void theMetadataIsMadeAnew() throws Exception {
        try (ServerProcess server = installation.serve()) {
            try (DavClient dav = DavClient.of(server)) {
                dav.makeFolder("photos");
                dav.put("photos/kept", content(1));
                dav.put("photos/replaced", content(2));
                dav.put("photos/replaced", content(3));
            }
            assertThat(run(0, "user", "add", "carol", "--password", "carols-own-password"))
                    .contains("carol");
            assertThat(run(1, "rebuild")).contains("The data directory ");
            assertThat(run(2, "fsck")).contains("The data directory ");
            server.kill();
        }
        String planned = run(0, "rebuild", "--dry-run");
        assertThat(planned).contains("Would rebuild: checkpoint of ").doesNotContain("The metadata takes");
        // Half a database: nobody may take it for a whole one.
        Path meta = installation.data().resolve("meta");
        try (Stream<Path> files = Files.list(meta)) {
            for (Path file :
                    files.filter(each -> !each.toString().endsWith("CURRENT")).toList()) {
                Files.delete(file);
            }
        }
        assertThat(run(0, "rebuild"))
                .contains("Rebuilt: checkpoint of ")
                .containsPattern("The metadata takes \\d+ bytes");
        assertThat(run(0, "fsck")).contains("Clean: ");
        assertThat(run(0, "fsck", "--repair")).contains("Clean: ").doesNotContain("put right");
        try (ServerProcess server = installation.serve();
                DavClient dav = DavClient.of(server);
                DavClient carol = new DavClient(server, "carol", "carols-own-password")) {
            assertThat(dav.get("photos/kept").body()).isEqualTo(content(1));
            assertThat(carol.get("photos/replaced").body()).isEqualTo(content(3));
            assertThat(run(0, "history", "photos/replaced").lines().filter(line -> line.contains("replaced")))
                    .hasSize(1);
            assertThat(server.stop()).isEqualTo(SIGTERM_EXIT);
        }
    }

    @Test
    void segmentsAreEmptiedByAJob() throws Exception {
        // No background work of its own comes in between, and nothing is kept as history.
        installation = installation.with("VARVE_STORE_HISTORY", "none");
        try (ServerProcess server = installation.serve("--background.interval=1h")) {
            try (DavClient dav = DavClient.of(server)) {
                dav.makeFolder("photos");
                for (int file = 0; file < 6; file++) {
                    dav.put("photos/" + file, content(file));
                }
                for (int file = 0; file < 6; file++) {
                    if (file != 2) {
                        assertThat(dav.delete("photos/" + file)).isEqualTo(204);
                    }
                }
                assertThat(run(0, "gc")).contains("Freed: ");
                String planned = job(server, "{\"kind\":\"compact\",\"below\":60,\"dryRun\":true}");
                assertThat(planned).contains("\"state\":\"DONE\"").contains("\"dryRun\":true");
                assertThat(server.metric("varve_segment_bytes")).isGreaterThan(6.0 * FILE_BYTES);
                String done = job(server, "{\"kind\":\"compact\",\"below\":60}");
                assertThat(done).contains("\"state\":\"DONE\"");
                assertThat(server.metric("varve_segment_bytes")).isLessThan(2.0 * FILE_BYTES);
                assertThat(dav.get("photos/2").body()).isEqualTo(content(2));
            }
            assertThat(run(0, "jobs", "list")).contains("compact");
            assertThat(run(0, "scrub")).contains("Clean: ");
            assertThat(run(0, "scrub", "--correct-counts")).contains("Clean: ").doesNotContain("put right");
            assertThat(server.stop()).isEqualTo(SIGTERM_EXIT);
        }
        assertThat(run(0, "fsck")).contains("Clean: ");
    }

    /** Starts a job and gives what it came to, in the server's words. */
    private String job(ServerProcess server, String order) throws Exception {
        String started = api("POST", "/jobs", order);
        Matcher id = Pattern.compile("\"id\":(\\d+)").matcher(started);
        assertThat(id.find()).as(started).isTrue();
        String[] job = {started};
        server.await("the job ends", () -> {
            job[0] = api("GET", "/jobs/" + id.group(1), "");
            return !job[0].contains("\"state\":\"RUNNING\"");
        });
        return job[0];
    }

    private String api(String method, String path, String body) throws IOException, InterruptedException {
        ServerAddress address = ServerAddress.read(installation.data()).orElseThrow();
        try (HttpClient http = HttpClient.newHttpClient()) {
            HttpResponse<String> answer = http.send(
                    HttpRequest.newBuilder(URI.create(address.url() + "/api/v1" + path))
                            .header("Authorization", "Bearer " + address.token())
                            .header("Content-Type", "application/json")
                            .method(method, BodyPublishers.ofString(body))
                            .build(),
                    BodyHandlers.ofString());
            assertThat(answer.statusCode()).as(answer.body()).isBetween(200, 299);
            return answer.body();
        }
    }

    private static byte[] content(int seed) {
        byte[] bytes = new byte[FILE_BYTES];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    private String run(int exit, String... words) throws Exception {
        Outcome outcome = installation.run(words);
        assertThat(outcome.exit()).as(outcome.output()).isEqualTo(exit);
        return outcome.output();
    }
}
