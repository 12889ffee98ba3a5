package io.varve.app.packaged;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varve.app.packaged.Installation.Outcome;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.S3Exception;

/** Times to live at both doors, by the command line, over a restart, and in the background. */
class TtlIT {
    private static final int SIGTERM_EXIT = 143;

    @TempDir
    static Path home;

    private static Installation installation;

    @BeforeAll
    static void install() throws IOException {
        installation = Installation.in(home);
    }

    @Test
    void filesGoWhenTheyAreDue() throws Exception {
        // No round but those that are asked for, so that what is due can be looked at.
        try (ServerProcess server = installation.serve("--background.interval=1d");
                DavClient dav = DavClient.of(server);
                S3Client s3 = S3Clients.of(server)) {
            assertThat(dav.makeFolder("files")).isEqualTo(201);
            assertThat(dav.makeFolder("files/tmp")).isEqualTo(201);
            storeByDav(dav);
            storeByS3(s3);
            setByCommand(dav);
            server.await(
                    "five files are due",
                    () -> run(0, "retention", "files", "--dry-run")
                            .contains("By times to live, 5 files (20 bytes) would become history."));
            assertThat(run(0, "retention", "files", "--dry-run"))
                    .containsPattern("files/own-dav, now, 4 bytes: due since \\S+, its own time to live has ended")
                    .containsPattern(
                            "files/tmp/a, now, 4 bytes: due since \\S+, written 1s ago or earlier, under 'tmp/'");
            assertThat(dav.get("files/tmp/a").statusCode()).isEqualTo(200);
        }
        try (ServerProcess server = installation.serve("--background.interval=50ms");
                DavClient dav = DavClient.of(server)) {
            server.await("all five are gone", () -> server.metric("varve_ttl_files_deleted_total") == 5);
            assertThat(server.metric("varve_ttl_bytes_deleted_total")).isEqualTo(20);
            for (String gone : new String[] {"own-dav", "own-s3", "set", "tmp/a", "tmp/b"}) {
                assertThat(dav.get("files/" + gone).statusCode()).as(gone).isEqualTo(404);
            }
            for (String left : new String[] {"stays-dav", "copy-s3", "reset"}) {
                assertThat(dav.get("files/" + left).statusCode()).as(left).isEqualTo(200);
            }
            assertThat(dav.get("files/tmp/").statusCode()).isEqualTo(200);
            assertThat(run(0, "history", "files/own-dav")).containsPattern("4 +deleted");
            put(dav, "files/tmp/c");
            server.await(
                    "what comes later goes, too", () -> dav.get("files/tmp/c").statusCode() == 404);
            assertThat(server.stop()).isEqualTo(SIGTERM_EXIT);
        }
        assertThat(run(0, "fsck")).contains("Clean: ");
    }

    private static void storeByDav(DavClient dav) throws Exception {
        put(dav, "files/stays-dav");
        Instant before = Instant.now();
        HttpResponse<byte[]> put = put(dav, "files/own-dav", "X-Varve-TTL", "1s");
        assertThat(put.statusCode()).isEqualTo(201);
        assertThat(Instant.parse(put.headers().firstValue("X-Varve-Expires").orElse("")))
                .isAfterOrEqualTo(before.plusSeconds(1))
                .isBeforeOrEqualTo(Instant.now().plus(Duration.ofSeconds(2)));
        assertThat(put(dav, "files/wrong", "X-Varve-TTL", "soon").statusCode()).isEqualTo(400);
        assertThat(put(dav, "files/wrong", "X-Varve-TTL", "2001-01-01").statusCode())
                .isEqualTo(400);
        put(dav, "files/tmp/a");
        put(dav, "files/tmp/b");
    }

    private static void storeByS3(S3Client s3) {
        s3.putObject(
                request -> request.bucket("files")
                        .key("own-s3")
                        .overrideConfiguration(sent -> sent.putHeader("x-varve-ttl", "1s")),
                RequestBody.fromString("four"));
        assertThat(s3.headObject(request -> request.bucket("files").key("own-s3"))
                        .sdkHttpResponse()
                        .firstMatchingHeader("x-varve-expires"))
                .isPresent();
        s3.copyObject(request -> request.sourceBucket("files")
                .sourceKey("own-s3")
                .destinationBucket("files")
                .destinationKey("copy-s3"));
        assertThat(s3.headObject(request -> request.bucket("files").key("copy-s3"))
                        .sdkHttpResponse()
                        .firstMatchingHeader("x-varve-expires"))
                .isEmpty();
        s3.copyObject(request -> request.sourceBucket("files")
                .sourceKey("own-s3")
                .destinationBucket("files")
                .destinationKey("copy-s3")
                .overrideConfiguration(sent -> sent.putHeader("x-varve-ttl", "30d")));
        assertThat(s3.headObject(request -> request.bucket("files").key("copy-s3"))
                        .sdkHttpResponse()
                        .firstMatchingHeader("x-varve-expires"))
                .isPresent();
        assertThatThrownBy(() -> s3.putObject(
                        request -> request.bucket("files")
                                .key("wrong")
                                .overrideConfiguration(sent -> sent.putHeader("x-varve-ttl", "soon")),
                        RequestBody.fromString("four")))
                .isInstanceOfSatisfying(S3Exception.class, e -> {
                    assertThat(e.statusCode()).isEqualTo(400);
                    assertThat(e.awsErrorDetails().errorCode()).isEqualTo("InvalidArgument");
                });
    }

    private static void setByCommand(DavClient dav) throws Exception {
        put(dav, "files/set");
        put(dav, "files/reset");
        assertThat(run(0, "retention", "ttl", "files/set")).isEqualTo("files/set: nothing goes by itself.\n");
        assertThat(run(0, "retention", "ttl", "set", "files/set", "1s"))
                .matches("files/set goes at \\S+, by its own time to live\\.\n");
        assertThat(run(0, "retention", "ttl", "set", "files/reset", "1d")).contains("by its own time to live");
        assertThat(run(0, "retention", "ttl", "reset", "files/reset")).contains("nothing goes by itself");
        assertThat(run(0, "retention", "ttl", "set", "files/tmp", "1s"))
                .matches("files/tmp/ +1s after the last write\n");
        assertThat(run(0, "retention", "ttl", "set", "files/logs-", "7d", "--prefix"))
                .matches("files/logs- +7d after the last write\n");
        assertThat(run(0, "retention", "ttl"))
                .containsPattern("(?m)^files/logs- +7d")
                .containsPattern("(?m)^files/tmp/ +1s");
        assertThat(run(0, "retention", "ttl", "files/tmp/a"))
                .startsWith("files/tmp/a goes at ")
                .contains(", by a rule");
        assertThat(run(0, "retention", "ttl", "reset", "files/logs-", "--prefix"))
                .isEqualTo("files/logs-: nothing goes by itself.\n");
        assertThat(run(1, "retention", "ttl", "reset", "files/logs-", "--prefix"))
                .contains("'files' has no rule for the prefix 'logs-'");
        assertThat(run(1, "retention", "ttl", "set", "files/tmp/", "2999-01-01"))
                .contains("not a moment");
        assertThat(run(1, "retention", "ttl", "set", "files/set", "soon")).contains("'soon' is no time to live: give");
        assertThat(run(1, "retention", "ttl", "set", "files/never", "7d")).contains("Nothing is at 'files/never'");
        assertThat(run(1, "retention", "ttl", "nowhere/")).contains("does not exist");
        assertThat(run(2, "retention", "ttl", "set", "files/set")).contains("Give PATH, set PATH TIME");
    }

    private static HttpResponse<byte[]> put(DavClient dav, String path, String... headers) throws Exception {
        byte[] four = "four".getBytes(StandardCharsets.UTF_8);
        return dav.send("PUT", path, BodyPublishers.ofByteArray(four), BodyHandlers.ofByteArray(), headers);
    }

    private static String run(int exit, String... words) throws IOException, InterruptedException {
        Outcome outcome = installation.run(words);
        assertThat(outcome.exit()).as(outcome.output()).isEqualTo(exit);
        return outcome.output();
    }
}
