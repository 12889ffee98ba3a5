package io.varve.app.packaged;

import static org.assertj.core.api.Assertions.assertThat;

import io.varve.app.packaged.Installation.Outcome;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.s3.S3Client;

/** Commands as processes of their own, beside the server they talk to or without one. */
class CommandLineIT {

    private static final int FILE_BYTES = 300_000;

    @TempDir
    static Path home;

    private static Installation installation;
    private static ServerProcess server;

    @BeforeAll
    static void start() throws Exception {
        installation = Installation.in(home);
        server = installation.serve();
    }

    @AfterAll
    static void stop() {
        if (server != null) {
            server.close();
        }
    }

    @Test
    void usersAreAddedListedAndRemoved() throws Exception {
        assertThat(succeed("user", "add", "alice", "--password", "wonderland-1865"))
                .isEqualTo("Added user alice.\n");
        assertThat(succeed("user", "add", "reader", "--password", "nothing-but-reading", "--role", "readonly"))
                .isEqualTo("Added readonly reader.\n");
        assertThat(succeed("user", "add", "vera", "--password", "for-the-console", "--console-only"))
                .isEqualTo("Added user vera, password for the console alone.\n");
        assertThat(succeed("user", "list"))
                .containsPattern("(?m)^vera +user, password for the console alone$")
                .containsPattern("(?m)^" + Installation.USER + " +admin$")
                .containsPattern("(?m)^alice +user$")
                .containsPattern("(?m)^reader +readonly$");

        try (DavClient dav = new DavClient(server, "alice", "wonderland-1865");
                DavClient reader = new DavClient(server, "reader", "nothing-but-reading");
                S3Client s3 = S3Clients.of(server, "alice", "wonderland-1865")) {
            assertThat(dav.makeFolder("rabbit-hole")).isEqualTo(201);
            assertThat(s3.listBuckets().buckets())
                    .anySatisfy(bucket -> assertThat(bucket.name()).isEqualTo("rabbit-hole"));
            assertThat(reader.put("rabbit-hole/a.txt", new byte[1]).statusCode())
                    .isEqualTo(403);
        }

        assertThat(fail(1, "user", "add", "alice", "--password", "wonderland-1865"))
                .contains("alice")
                .hasLineCount(1);
        assertThat(fail(1, "user", "add", "queen", "--password", "off-with-her-head", "--role", "king"))
                .contains("There is no role 'king': use admin, user or readonly.");
        assertThat(fail(2, "user", "add", "queen")).contains("Missing required option: '--password=P'");

        assertThat(succeed("user", "remove", "alice")).isEqualTo("Removed alice.\n");
        assertThat(succeed("user", "list")).doesNotContain("alice");
        assertThat(fail(1, "user", "remove", "alice"))
                .contains("There is no user 'alice' that can be removed.")
                .hasLineCount(1);
    }

    @Test
    void aBackupIsMadeBesideTheServerAndRestoredWithoutIt() throws Exception {
        byte[] content = new byte[FILE_BYTES];
        new Random(8).nextBytes(content);
        try (DavClient dav = DavClient.of(server)) {
            assertThat(dav.makeFolder("saved")).isEqualTo(201);
            assertThat(dav.put("saved/file.bin", content).statusCode()).isEqualTo(201);
        }
        Path target = home.resolve("backup of the store");
        assertThat(succeed("backup", "--dry-run", target.toString())).startsWith("Would copy: ");
        assertThat(target).doesNotExist();
        assertThat(succeed("backup", target.toString())).startsWith("Copied and read back: ");
        assertThat(succeed("backup", target.toString())).startsWith("Copied and read back: 0 segments (0 bytes); ");
        assertThat(fail(1, "backup", home.toString())).contains("is not empty and holds no backup");
        assertThat(fail(2, "backup")).contains("varve backup needs a TARGET");
        assertThat(succeed("jobs", "list")).containsPattern("(?m)^ *\\d+ backup +DONE ");

        Path restored = home.resolve("restored");
        assertThat(succeed("backup", "restore", target.toString(), restored.toString()))
                .containsPattern("(?m)^Clean: \\d+ versions, ");
        assertThat(fail(1, "backup", "restore", target.toString(), restored.toString()))
                .contains("is not empty");
        assertThat(fail(1, "rebuild")).contains("is in use by another process");
        try (DavClient dav = DavClient.of(server)) {
            assertThat(dav.delete("saved/file.bin")).isEqualTo(204);
        }
        assertThat(succeed("settle", "--expire-now")).startsWith("Settled: ");
    }

    @Test
    void collectionSaysWhatItFrees() throws Exception {
        assertThat(succeed("gc", "--dry-run")).startsWith("Would free: ");
        assertThat(succeed("gc")).startsWith("Freed: ");
    }

    @Test
    void settleFreesWhatHistoryLetsGoAndStatsTellIt() throws Exception {
        byte[] content = new byte[FILE_BYTES];
        new Random(2).nextBytes(content);
        try (DavClient dav = DavClient.of(server)) {
            assertThat(dav.makeFolder("settled")).isEqualTo(201);
            assertThat(dav.put("settled/gone.bin", content).statusCode()).isEqualTo(201);
            assertThat(dav.delete("settled/gone.bin")).isEqualTo(204);
        }
        assertThat(server.metric("varve_history_versions")).isEqualTo(1);
        assertThat(server.metric("varve_stored_bytes")).isGreaterThanOrEqualTo(FILE_BYTES);

        assertThat(succeed("settle")).startsWith("Settled: 0 versions expired,");
        assertThat(succeed("stats"))
                .containsPattern("(?m)^historyVersions +1$")
                .containsPattern("(?m)^historyBytes +300,000$");

        assertThat(succeed("settle", "--expire-now"))
                .startsWith("Settled: 1 versions expired,")
                .contains(" chunks freed (")
                .endsWith(" segments deleted.\n");
        assertThat(server.metric("varve_history_versions")).isZero();
        assertThat(server.metric("varve_stored_bytes")).isZero();
        assertThat(server.metric("varve_segment_bytes")).isZero();
    }

    @Test
    void whatASecondProcessMayNotTouchIsRefused() throws Exception {
        String refusal = "varve: The data directory " + installation.data()
                + " is in use by another process: stop that server first.\n";
        assertThat(fail(2, "fsck")).isEqualTo(refusal);
        assertThat(fail(1, "serve", "--port=0", "--s3.port=0")).isEqualTo(refusal);
        // The first one is still found, also by the command line.
        assertThat(succeed("stats")).containsPattern("(?m)^files +\\d");
    }

    @Test
    void settingsAreShownWithTheirOriginAndSecretsAreNot() throws Exception {
        assertThat(succeed("config", "show", "--s3.region=eu-central-1"))
                .containsPattern("varve\\.data-dir +" + installation.data() + " +VARVE_DATA_DIR")
                .containsPattern("varve\\.s3\\.region +eu-central-1 +--s3\\.region")
                .containsPattern("varve\\.root\\.password +\\*+ +VARVE_ROOT_PASSWORD")
                .containsPattern("varve\\.bind +127\\.0\\.0\\.1 +default")
                .doesNotContain(Installation.PASSWORD);
        assertThat(succeed("version"))
                .matches("Varve \\d+\\.\\d+\\.\\d+\\S*, Java "
                        + Runtime.version().toString().replace("+", "\\+") + "\n");
        assertThat(fail(2, "settel")).contains("settel").contains("varve settle");
    }

    @Test
    void commandsSayWhenNoServerRuns() throws Exception {
        Installation elsewhere = Installation.bare(Files.createDirectories(home.resolve("elsewhere")));
        Outcome settle = elsewhere.run("settle");
        assertThat(settle.exit()).isEqualTo(1);
        assertThat(settle.output())
                .startsWith("varve: No server is running on the data directory " + elsewhere.data())
                .hasLineCount(1);
        Outcome check = elsewhere.run("fsck");
        assertThat(check.exit()).isEqualTo(2);
        assertThat(check.output()).isEqualTo("varve: There is no data directory " + elsewhere.data() + ".\n");

        // What a server leaves that was killed.
        Files.createDirectories(elsewhere.data());
        Files.writeString(
                elsewhere.data().resolve("server.address"),
                "url=http://127.0.0.1:" + freePort() + "\ns3=http://127.0.0.1:1\ntoken=00\n");
        Outcome stale = elsewhere.run("user", "list");
        assertThat(stale.exit()).isEqualTo(1);
        assertThat(stale.output())
                .contains("the server is not running any more")
                .hasLineCount(1);
    }

    private static int freePort() throws IOException {
        try (var socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    private static String succeed(String... words) throws Exception {
        return fail(0, words);
    }

    private static String fail(int exit, String... words) throws Exception {
        Outcome outcome = installation.runProcess(words);
        assertThat(outcome.exit()).as(outcome.output()).isEqualTo(exit);
        return outcome.output();
    }
}
