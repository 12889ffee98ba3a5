package io.varve.s3;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The SDK for JavaScript. It comes by npm, not by a package of the system: without it the test is skipped. */
class JavaScriptIT {

    private static final String[] PACKAGES = {"@aws-sdk/client-s3@3", "@aws-sdk/lib-storage@3"};

    @TempDir
    Path directory;

    private S3TestServer server;

    @BeforeEach
    void start() throws IOException {
        server = new S3TestServer(directory.resolve("server"));
    }

    @AfterEach
    void stop() throws IOException {
        server.close();
    }

    @Test
    void storesAndReads() throws IOException {
        Path work = Files.createDirectory(directory.resolve("work"));
        CommandLine commands = new CommandLine(work)
                .with("AWS_ACCESS_KEY_ID", S3TestServer.ACCESS_KEY)
                .with("AWS_SECRET_ACCESS_KEY", S3TestServer.SECRET);
        boolean there = commands.runs("node", "--version")
                && commands.runs("npm", "install", "--no-audit", "--no-fund", PACKAGES[0], PACKAGES[1]);
        Assumptions.assumeTrue(there, "npm brings no SDK for JavaScript here");
        Path script = work.resolve("objects.mjs");
        try (InputStream in = Objects.requireNonNull(getClass().getResourceAsStream("objects.mjs"))) {
            Files.copy(in, script);
        }
        commands.run("node", script.toString(), server.endpoint().toString());
    }
}
