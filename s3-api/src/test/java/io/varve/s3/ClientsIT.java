package io.varve.s3;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Command-line clients at their defaults, as scripts. Skipped where they are not installed. */
class ClientsIT {

    @TempDir
    private Path directory;

    private S3TestServer server;
    private CommandLine commands;
    private Path tree;
    private Path back;

    @BeforeEach
    void start() throws IOException {
        server = new S3TestServer(directory.resolve("server"));
        tree = Files.createDirectory(directory.resolve("tree"));
        back = Files.createDirectory(directory.resolve("back"));
        SampleTree.write(tree);
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

    /** The one from Debian, and a newer one if Python has it: they frame and check uploads differently. */
    @ParameterizedTest
    @ValueSource(strings = {"/usr/bin/aws", "python3 -m awscli"})
    void servesTheAwsCommandLine(String program) throws IOException {
        List<String> aws = List.of(program.split(" ", -1));
        commands.require(concat(aws, "--version"));
        String endpoint = "--endpoint-url=" + server.endpoint();
        commands.run(concat(aws, endpoint, "s3", "mb", "s3://aws-bucket"));
        commands.run(concat(
                aws, endpoint, "s3", "cp", "--recursive", "--only-show-errors", tree.toString(), "s3://aws-bucket/t"));
        assertThat(commands.run(concat(aws, endpoint, "s3", "ls", "s3://aws-bucket/t/")))
                .contains("PRE many/")
                .contains("with space and + plus.txt");
        commands.run(concat(
                aws, endpoint, "s3", "cp", "--recursive", "--only-show-errors", "s3://aws-bucket/t", back.toString()));
        SampleTree.assertSame(tree, back);
        assertThat(commands.run(concat(aws, endpoint, "s3", "sync", tree.toString(), "s3://aws-bucket/t")))
                .as("nothing is left to be copied")
                .isBlank();
        commands.run(concat(
                aws,
                endpoint,
                "s3",
                "mv",
                "--only-show-errors",
                "s3://aws-bucket/t/big.bin",
                "s3://aws-bucket/moved.bin"));
        assertThat(commands.run(
                        concat(aws, endpoint, "s3api", "head-object", "--bucket", "aws-bucket", "--key", "moved.bin")))
                .contains(Integer.toString(12 << 20));
        assertThat(commands.run(concat(
                        aws, endpoint, "s3api", "list-objects-v2", "--bucket", "aws-bucket", "--max-items", "3")))
                .contains("NextToken");
        commands.run(concat(aws, endpoint, "s3", "rb", "--force", "s3://aws-bucket"));
    }

    private static String[] concat(List<String> program, String... arguments) {
        String[] all = new String[program.size() + arguments.length];
        for (int i = 0; i < all.length; i++) {
            all[i] = i < program.size() ? program.get(i) : arguments[i - program.size()];
        }
        return all;
    }

    @Test
    void servesRclone() throws IOException {
        commands.require("rclone", "version");
        commands.with("RCLONE_CONFIG_V_TYPE", "s3")
                .with("RCLONE_CONFIG_V_PROVIDER", "Other")
                .with("RCLONE_CONFIG_V_ENV_AUTH", "true")
                .with("RCLONE_CONFIG_V_ENDPOINT", server.endpoint().toString());
        commands.run("rclone", "copy", tree.toString(), "v:rclone-bucket/t");
        commands.run("rclone", "check", tree.toString(), "v:rclone-bucket/t");
        commands.run("rclone", "check", "--download", tree.toString(), "v:rclone-bucket/t");
        commands.run("rclone", "copy", "v:rclone-bucket/t", "v:rclone-bucket/copy");
        commands.run("rclone", "check", "v:rclone-bucket/t", "v:rclone-bucket/copy");
        Files.delete(tree.resolve("one"));
        Files.writeString(tree.resolve("empty"), "not any more");
        commands.run("rclone", "sync", tree.toString(), "v:rclone-bucket/t");
        commands.run("rclone", "copy", "v:rclone-bucket/t", back.toString());
        SampleTree.assertSame(tree, back);
        commands.run("rclone", "moveto", "v:rclone-bucket/t/big.bin", "v:rclone-bucket/moved/big.bin");
        assertThat(commands.run("rclone", "lsf", "-R", "v:rclone-bucket/moved")).contains("big.bin");
        commands.run("rclone", "purge", "v:rclone-bucket");
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
        String[] s3cmd = {"s3cmd", "--no-progress", "-c", config.toString()};
        List<String> program = List.of(s3cmd);
        commands.run(concat(program, "mb", "s3://s3cmd-bucket"));
        commands.run(concat(program, "put", "--recursive", tree + "/", "s3://s3cmd-bucket/t/"));
        assertThat(commands.run(concat(program, "ls", "--recursive", "s3://s3cmd-bucket/t/")))
                .contains("t/many/29.txt");
        commands.run(concat(program, "get", "--recursive", "s3://s3cmd-bucket/t/", back + "/"));
        SampleTree.assertSame(tree, back);
        commands.run(concat(program, "cp", "s3://s3cmd-bucket/t/one", "s3://s3cmd-bucket/copied"));
        commands.run(concat(program, "sync", tree + "/", "s3://s3cmd-bucket/t/"));
        commands.run(concat(program, "del", "--recursive", "--force", "s3://s3cmd-bucket"));
        commands.run(concat(program, "rb", "s3://s3cmd-bucket"));
    }
}
