package io.varve.webdav;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.varve.webdav.ExternalClient.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The share as a folder of the machine. Where nothing can be mounted, as in most containers, the tests are skipped. */
class MountedIT {
    private static final int LARGE_BYTES = 5 << 20;

    @TempDir
    private Path directory;

    private Path mounted;

    @BeforeEach
    void makeTheMountPoint() throws IOException {
        Assumptions.assumeTrue(Files.isWritable(Path.of("/dev/fuse")), "there is no /dev/fuse");
        mounted = Files.createDirectory(directory.resolve("mounted"));
    }

    @Test
    void rcloneMountsIt() throws Exception {
        Path rclone = ExternalClient.find("/usr/bin/rclone");
        Path unmount = ExternalClient.find("/usr/bin/fusermount3", "/usr/bin/fusermount");
        try (DavServer server = serverWithABucket()) {
            String obscured = run(Map.of(), rclone, "obscure", DavServer.PASSWORD)
                    .output()
                    .strip();
            Map<String, String> remote = Map.of(
                    "RCLONE_CONFIG_SHARE_TYPE",
                    "webdav",
                    "RCLONE_CONFIG_SHARE_URL",
                    "http://127.0.0.1:" + server.port() + "/dav/",
                    "RCLONE_CONFIG_SHARE_VENDOR",
                    "other",
                    "RCLONE_CONFIG_SHARE_USER",
                    DavServer.USER,
                    "RCLONE_CONFIG_SHARE_PASS",
                    obscured,
                    "RCLONE_CACHE_DIR",
                    directory.resolve("cache").toString());
            Outcome mount = run(
                    remote,
                    rclone,
                    "mount",
                    "share:",
                    mounted.toString(),
                    "--daemon",
                    "--vfs-cache-mode=writes",
                    "--vfs-write-back=0s");
            Assumptions.assumeTrue(mount.exit() == 0, "rclone cannot mount here: " + mount.output());
            try {
                byte[] large = work();
                assertThat(mounted.resolve("files").toFile().list()).containsExactlyInAnyOrder("moved.txt", "folder");
                requireOnTheServer(server, large);
            } finally {
                run(Map.of(), unmount, "-u", "-z", mounted.toString());
            }
        }
    }

    /** Whether its listings work is between davfs2 and the kernel, so that nothing is listed. */
    @Test
    void davfsMountsIt() throws Exception {
        Path mount = ExternalClient.find("/usr/sbin/mount.davfs");
        Assumptions.assumeTrue("root".equals(System.getProperty("user.name")), "only root mounts davfs");
        try (DavServer server = serverWithABucket()) {
            String share = "http://127.0.0.1:" + server.port() + "/dav/";
            Path secrets = Files.createFile(
                    directory.resolve("secrets"),
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            Files.writeString(secrets, share + " " + DavServer.USER + " \"" + DavServer.PASSWORD + "\"\n");
            // It writes there as a user of its own.
            Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx--x--x"));
            Path cache = Files.createDirectory(directory.resolve("cache"));
            Files.setPosixFilePermissions(cache, PosixFilePermissions.fromString("rwxrwxrwx"));
            Path configuration = Files.writeString(directory.resolve("davfs2.conf"), """
                    ask_auth 0
                    delay_upload 0
                    secrets %s
                    cache_dir %s
                    """.formatted(secrets, cache));
            Outcome outcome = run(Map.of(), mount, share, mounted.toString(), "-o", "conf=" + configuration);
            Assumptions.assumeTrue(outcome.exit() == 0, "davfs2 cannot mount here: " + outcome.output());
            byte[] large;
            try {
                large = work();
            } finally {
                // Returns when everything is sent.
                run(Map.of(), Path.of("/usr/bin/umount"), mounted.toString());
            }
            requireOnTheServer(server, large);
        }
    }

    private DavServer serverWithABucket() throws Exception {
        DavServer server = new DavServer(directory.resolve("server"));
        assertThat(server.client().send("MKCOL", "/dav/files").status()).isEqualTo(201);
        assertThat(server.client().put("/dav/files/old.txt", "old").status()).isEqualTo(201);
        return server;
    }

    /** What programs do with files. */
    private byte[] work() throws IOException {
        Path bucket = mounted.resolve("files");
        Path written = Files.writeString(bucket.resolve("written.txt"), "one\n");
        Files.writeString(written, "two\n", StandardOpenOption.APPEND);
        Path moved = Files.move(written, bucket.resolve("moved.txt"));
        assertThat(Files.readString(moved)).isEqualTo("one\ntwo\n");
        Path folder = Files.createDirectory(bucket.resolve("folder"));
        byte[] large = new byte[LARGE_BYTES];
        large[LARGE_BYTES - 1] = 1;
        Files.write(folder.resolve("large"), large);
        assertThat(Files.readAllBytes(folder.resolve("large"))).isEqualTo(large);
        Files.delete(bucket.resolve("old.txt"));
        return large;
    }

    private static void requireOnTheServer(DavServer server, byte[] large) throws Exception {
        DavClient client = server.client();
        assertThat(client.send("GET", "/dav/files/moved.txt").body()).isEqualTo("one\ntwo\n");
        assertThat(client.send("GET", "/dav/files/folder/large").body().equals(new String(large, US_ASCII)))
                .isTrue();
        assertThat(client.send("GET", "/dav/files/old.txt").status()).isEqualTo(404);
        assertThat(client.send("GET", "/dav/files/written.txt").status()).isEqualTo(404);
    }

    private Outcome run(Map<String, String> environment, Path program, String... words)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(program.toString()));
        command.addAll(List.of(words));
        return ExternalClient.run(directory, environment, "", command);
    }
}
