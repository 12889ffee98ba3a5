package io.varve.s3;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tags, rights, forms, versions and locks as real clients handle them, and a backup program that leans on the rest. */
class ClientSettingsIT {

    @TempDir
    Path directory;

    private S3TestServer server;
    private CommandLine commands;

    @BeforeEach
    void start() throws IOException {
        server = new S3TestServer(directory.resolve("server"));
        commands = new CommandLine(Files.createDirectory(directory.resolve("work")))
                .with("HOME", directory.toString())
                .with("LC_ALL", "C.UTF-8")
                .with("AWS_ACCESS_KEY_ID", S3TestServer.ACCESS_KEY)
                .with("AWS_SECRET_ACCESS_KEY", S3TestServer.SECRET)
                .with("AWS_DEFAULT_REGION", "us-east-1")
                .with("AWS_EC2_METADATA_DISABLED", "true");
    }

    @AfterEach
    void stop() throws IOException {
        server.close();
    }

    /** The one from Debian, and a newer one if there is one. */
    @ParameterizedTest
    @CsvSource({
        "/usr/bin/python3, settings.py",
        "python3, settings.py",
        "/usr/bin/python3, versions.py",
        "python3, versions.py"
    })
    void servesBoto(String python, String name) throws IOException {
        commands.require(python, "-c", "import boto3");
        Path script = directory.resolve(name);
        try (InputStream in = Objects.requireNonNull(getClass().getResourceAsStream(name))) {
            Files.copy(in, script);
        }
        assertThat(commands.run(python, script.toString(), server.endpoint().toString()))
                .contains("done");
    }

    @Test
    void servesS3cmd() throws IOException {
        commands.require("s3cmd", "--version");
        Path config = directory.resolve("s3cfg");
        Files.writeString(
                config, """
                [default]
                access_key = %s
                secret_key = %s
                host_base = 127.0.0.1:%d
                host_bucket = 127.0.0.1:%d
                use_https = False
                """.formatted(S3TestServer.ACCESS_KEY, S3TestServer.SECRET, server.port(), server.port()));
        Path policy = directory.resolve("policy.json");
        Files.writeString(policy, """
                {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": {"AWS": "nobody"},
                 "Action": "s3:*", "Resource": "arn:aws:s3:::s3cmd-settings/*"}]}
                """);
        Path cors = directory.resolve("cors.xml");
        Files.writeString(cors, """
                <CORSConfiguration><CORSRule><AllowedOrigin>https://example.org</AllowedOrigin>
                <AllowedMethod>GET</AllowedMethod></CORSRule></CORSConfiguration>
                """);
        Path file = directory.resolve("file");
        Files.writeString(file, "content");
        String bucket = "s3://s3cmd-settings";
        for (List<String> arguments : List.of(
                List.of("mb", bucket),
                List.of("put", file.toString(), bucket + "/file"),
                List.of("setpolicy", policy.toString(), bucket),
                List.of("setcors", cors.toString(), bucket),
                List.of("setacl", "--acl-private", bucket + "/file"))) {
            s3cmd(config, arguments);
        }
        assertThat(s3cmd(config, List.of("info", bucket)))
                .contains("s3cmd-settings/*")
                .contains("https://example.org")
                .contains("FULL_CONTROL");
        assertThat(s3cmd(config, List.of("info", bucket + "/file"))).contains("root: FULL_CONTROL");
        s3cmd(config, List.of("delpolicy", bucket));
        s3cmd(config, List.of("delcors", bucket));
        s3cmd(config, List.of("rb", "--recursive", "--force", bucket));
    }

    private String s3cmd(Path config, List<String> arguments) throws IOException {
        String[] command = new String[4 + arguments.size()];
        command[0] = "s3cmd";
        command[1] = "--no-progress";
        command[2] = "-c";
        command[3] = config.toString();
        for (int i = 0; i < arguments.size(); i++) {
            command[4 + i] = arguments.get(i);
        }
        return commands.run(command);
    }

    @Test
    void servesRcloneOldVersions() throws IOException {
        commands.require("rclone", "version");
        commands.with("RCLONE_CONFIG_V_TYPE", "s3")
                .with("RCLONE_CONFIG_V_PROVIDER", "Other")
                .with("RCLONE_CONFIG_V_ENV_AUTH", "true")
                .with("RCLONE_CONFIG_V_ENDPOINT", server.endpoint().toString());
        commands.run("rclone", "mkdir", "v:kept-files");
        byte[] enabled = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"
                .getBytes(StandardCharsets.UTF_8);
        assertThat(server.rawClient()
                        .send("PUT", "/kept-files?versioning", Map.of(), enabled)
                        .status())
                .isEqualTo(200);
        Path file = directory.resolve("file.txt");
        for (String text : new String[] {"the first", "the second, longer"}) {
            Files.writeString(file, text);
            commands.run("rclone", "copyto", file.toString(), "v:kept-files/folder/file.txt");
        }
        commands.run("rclone", "deletefile", "v:kept-files/folder/file.txt");
        assertThat(commands.run("rclone", "lsf", "-R", "--files-only", "v:kept-files"))
                .doesNotContain("folder/");
        String versions = commands.run("rclone", "lsf", "-R", "--files-only", "--s3-versions", "v:kept-files");
        assertThat(versions.lines().filter(line -> line.startsWith("folder/file-v")))
                .hasSize(2);
        Path back = directory.resolve("back");
        commands.run("rclone", "copy", "--s3-versions", "v:kept-files", back.toString());
        try (var files = Files.list(back.resolve("folder"))) {
            assertThat(files.map(ClientSettingsIT::text)).containsExactlyInAnyOrder("the first", "the second, longer");
        }
        commands.run("rclone", "backend", "cleanup-hidden", "v:kept-files");
        assertThat(commands.run("rclone", "lsf", "-R", "--files-only", "--s3-versions", "v:kept-files"))
                .doesNotContain("file-v");
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void servesRestic() throws IOException {
        commands.require("restic", "version");
        commands.with("RESTIC_PASSWORD", "secret")
                .with("RESTIC_REPOSITORY", "s3:" + server.endpoint() + "/restic/repository");
        Path tree = Files.createDirectory(directory.resolve("tree"));
        Path back = Files.createDirectory(directory.resolve("back"));
        SampleTree.write(tree);
        commands.run("restic", "init");
        commands.run("restic", "backup", tree.toString());
        commands.run("restic", "check", "--read-data");
        commands.run("restic", "restore", "latest", "--target", back.toString());
        SampleTree.assertSame(tree, back.resolve(tree.toString().substring(1)));
        commands.run("restic", "forget", "--keep-last", "1", "--prune");
    }
}
