package io.varve.s3;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A bucket mounted by s3fs. Where nothing can be mounted, as in most containers, the test is skipped. */
class MountIT {

    @TempDir
    Path directory;

    private S3TestServer server;
    private CommandLine commands;
    private Path mounted;

    @BeforeEach
    void start() throws IOException {
        server = new S3TestServer(directory.resolve("server"));
        commands = new CommandLine(Files.createDirectory(directory.resolve("work")));
        mounted = Files.createDirectory(directory.resolve("mounted"));
    }

    @AfterEach
    void stop() throws IOException {
        commands.runs("fusermount", "-u", mounted.toString());
        server.close();
    }

    @Test
    void writesRenamesAndReads() throws IOException {
        Path secret = Files.createFile(
                directory.resolve("secret"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(secret, S3TestServer.ACCESS_KEY + ":" + S3TestServer.SECRET);
        server.rawClient().send("PUT", "/mounted");
        boolean there = commands.runs(
                "s3fs",
                "mounted",
                mounted.toString(),
                "-o",
                "passwd_file=" + secret + ",url=" + server.endpoint() + ",use_path_request_style,endpoint=us-east-1");
        Assumptions.assumeTrue(there && commands.runs("mountpoint", mounted.toString()), "nothing can be mounted here");
        Path folder = Files.createDirectory(mounted.resolve("folder"));
        Path file = Files.writeString(folder.resolve("a"), "hello\n");
        byte[] large = new byte[12 << 20];
        large[large.length - 1] = 1;
        Files.write(mounted.resolve("large"), large);
        Path moved = Files.move(file, folder.resolve("b"));
        Files.writeString(moved, "more\n", StandardOpenOption.APPEND);
        assertThat(Files.readString(moved)).isEqualTo("hello\nmore\n");
        assertThat(Files.readAllBytes(mounted.resolve("large"))).isEqualTo(large);
        assertThat(server.rawClient().send("GET", "/mounted/folder/b").text()).isEqualTo("hello\nmore\n");
        Files.delete(moved);
        Files.delete(folder);
        try (Stream<Path> left = Files.list(mounted)) {
            assertThat(left).containsExactly(mounted.resolve("large"));
        }
    }
}
