package io.varve.webdav;

import static org.assertj.core.api.Assertions.assertThat;

import io.varve.webdav.ExternalClient.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The client "webdav" from npm, driven by {@code node-client.mjs}. It is fetched for the test, so where npm, or its registry, cannot be
 * reached the test is skipped.
 */
class NodeClientIT {
    private static final String CLIENT = "webdav@5.11.0";

    @TempDir
    Path directory;

    @Test
    void worksThroughTheShare() throws IOException, InterruptedException {
        Path npm = Path.of("/usr/bin/npm");
        Assumptions.assumeTrue(Files.isExecutable(npm), "npm is not installed");
        Outcome installed = ExternalClient.run(
                directory,
                Map.of(),
                "",
                List.of(
                        npm.toString(),
                        "install",
                        "--no-audit",
                        "--no-fund",
                        "--ignore-scripts",
                        "--prefer-offline",
                        "--fetch-retries=0",
                        "--prefix",
                        directory.toString(),
                        CLIENT));
        Assumptions.assumeTrue(installed.exit() == 0, "npm cannot install " + CLIENT + ": " + installed.output());
        try (DavServer server = new DavServer(directory.resolve("server"))) {
            Outcome outcome = ExternalClient.run(
                    directory,
                    Map.of(),
                    "",
                    List.of(
                            "node",
                            Path.of("src/test/resources/node-client.mjs")
                                    .toAbsolutePath()
                                    .toString(),
                            directory.toString(),
                            server.url(),
                            DavServer.USER,
                            DavServer.PASSWORD));
            assertThat(outcome.exit()).as(outcome.output()).isZero();
            assertThat(outcome.output()).contains("worked through");
        }
    }
}
