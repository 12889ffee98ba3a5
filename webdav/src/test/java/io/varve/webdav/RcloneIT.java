package io.varve.webdav;

import static org.assertj.core.api.Assertions.assertThat;

import io.varve.webdav.ExternalClient.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** rclone copies a tree up, compares, changes it, and copies it down again. */
class RcloneIT {

    @TempDir
    Path directory;

    @ParameterizedTest
    @CsvSource({"other, /dav/", "owncloud, /dav/", "nextcloud, /remote.php/dav/files/root"})
    void copiesATreeUpAndDown(String vendor, String share) throws IOException, InterruptedException {
        Path rclone = ExternalClient.find("/usr/bin/rclone");
        Path tree = makeTree(directory.resolve("tree"));
        try (DavServer server = new DavServer(directory.resolve("server"))) {
            Outcome obscured = run(rclone, Map.of(), "obscure", DavServer.PASSWORD);
            Map<String, String> remote = Map.of(
                    "RCLONE_CONFIG_SHARE_TYPE",
                    "webdav",
                    "RCLONE_CONFIG_SHARE_URL",
                    "http://127.0.0.1:" + server.port() + share,
                    "RCLONE_CONFIG_SHARE_VENDOR",
                    vendor,
                    "RCLONE_CONFIG_SHARE_USER",
                    DavServer.USER,
                    "RCLONE_CONFIG_SHARE_PASS",
                    obscured.output().strip());
            succeed(run(rclone, remote, "copy", tree.toString(), "share:rclone-share/tree"));
            succeed(run(rclone, remote, "check", "--download", tree.toString(), "share:rclone-share/tree"));
            assertThat(succeed(run(rclone, remote, "sync", "-v", tree.toString(), "share:rclone-share/tree")))
                    .as("a second sync transfers nothing")
                    .contains("There was nothing to transfer");
            if (!vendor.equals("other")) {
                assertThat(succeed(run(rclone, remote, "check", tree.toString(), "share:rclone-share/tree")))
                        .as("hashes can be compared")
                        .contains("0 differences found")
                        .doesNotContain("could not be checked");
                Files.setLastModifiedTime(
                        tree.resolve("deep/d.bin"), FileTime.from(Instant.parse("2002-01-01T00:00:00Z")));
                assertThat(succeed(run(
                                rclone,
                                remote,
                                "sync",
                                "-v",
                                "--checksum",
                                tree.toString(),
                                "share:rclone-share/tree")))
                        .as("another time with the same bytes transfers nothing")
                        .contains("There was nothing to transfer");
            }
            Files.writeString(tree.resolve("a.txt"), "changed, and longer than before");
            Files.delete(tree.resolve("deep/er/c.bin"));
            succeed(run(rclone, remote, "sync", tree.toString(), "share:rclone-share/tree"));
            succeed(run(rclone, remote, "moveto", "share:rclone-share/tree", "share:rclone-share/renamed"));
            Path back = directory.resolve("back");
            succeed(run(rclone, remote, "copy", "share:rclone-share/renamed", back.toString()));
            succeed(run(rclone, Map.of(), "check", "--download", tree.toString(), back.toString()));
            if (!vendor.equals("other")) {
                assertThat(Files.getLastModifiedTime(back.resolve("b ü%;[1].txt")))
                        .isEqualTo(FileTime.from(Instant.parse("2001-02-03T04:05:06Z")));
            }
            succeed(run(rclone, remote, "purge", "share:rclone-share/renamed"));
        }
    }

    private static Path makeTree(Path tree) throws IOException {
        Files.createDirectories(tree.resolve("deep/er"));
        Files.writeString(tree.resolve("a.txt"), "a");
        Path odd = Files.writeString(tree.resolve("b ü%;[1].txt"), "b");
        Files.setLastModifiedTime(odd, FileTime.from(Instant.parse("2001-02-03T04:05:06Z")));
        byte[] bytes = new byte[3_000_000];
        new Random(1).nextBytes(bytes);
        Files.write(tree.resolve("deep/er/c.bin"), bytes);
        Files.write(tree.resolve("deep/d.bin"), bytes);
        Files.writeString(tree.resolve("deep/empty"), "");
        return tree;
    }

    private static String succeed(Outcome outcome) {
        assertThat(outcome.exit()).as(outcome.output()).isZero();
        return outcome.output();
    }

    private Outcome run(Path rclone, Map<String, String> environment, String... arguments)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(rclone.toString(), "--config", "", "--retries", "1"));
        command.addAll(List.of(arguments));
        return ExternalClient.run(directory, environment, "", command);
    }
}
