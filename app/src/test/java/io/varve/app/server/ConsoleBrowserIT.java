package io.varve.app.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The console in a real browser, driven by {@code console-browser.mjs}: signing in, uploads, versions, links, jobs, keyboard; axe's rules
 * on every page, in light on a desk and in dark on a phone; nothing asked from elsewhere. What drives it is fetched for the test, so where npm, its
 * registry or Debian's Chromium cannot be had the test is skipped, unless clients are required. With {@code -Dvarve.console.pictures=DIR}
 * it leaves pictures of the pages.
 */
class ConsoleBrowserIT {
    private static final String DRIVER = "playwright-core@1.65.1";
    private static final String AXE = "axe-core@4.14.1";
    private static final int MINUTES_MAX = 15;

    @TempDir
    Path directory;

    @Test
    void theConsoleWorksInABrowser() throws Exception {
        Path npm = Path.of("/usr/bin/npm");
        boolean required = Boolean.getBoolean("varve.clients.required");
        boolean there = Files.isExecutable(npm) && Files.isExecutable(Path.of("/usr/bin/chromium"));
        assertThat(there || !required).as("npm and chromium are installed").isTrue();
        Assumptions.assumeTrue(there, "npm or chromium is not installed");
        Path modules = Files.createDirectories(directory.resolve("modules"));
        String installed = run(List.of(
                npm.toString(),
                "install",
                "--no-audit",
                "--no-fund",
                "--ignore-scripts",
                "--prefer-offline",
                "--fetch-retries=0",
                "--prefix",
                modules.toString(),
                DRIVER,
                AXE));
        Assumptions.assumeTrue(
                Files.isDirectory(modules.resolve("node_modules/axe-core")),
                "npm cannot install " + DRIVER + ": " + installed);
        // An encrypted store has all there is to see.
        try (RunningApi api = new RunningApi(
                Files.createDirectories(directory.resolve("data")),
                HttpClient.newHttpClient(),
                List.of("--varve.encryption.at-rest=true"))) {
            List<String> command = new ArrayList<>(List.of(
                    "node",
                    Path.of("src/test/resources/console-browser.mjs")
                            .toAbsolutePath()
                            .toString(),
                    modules.toString(),
                    api.server().address().url(),
                    RunningApi.ROOT,
                    RunningApi.PASSWORD));
            String pictures = System.getProperty("varve.console.pictures", "");
            if (!pictures.isEmpty()) {
                command.add(pictures);
            }
            assertThat(run(command)).endsWith("worked through\n");
        }
    }

    private String run(List<String> command) throws IOException, InterruptedException {
        Path output = Files.createTempFile(directory, "output", ".txt");
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        if (!process.waitFor(MINUTES_MAX, TimeUnit.MINUTES)) {
            process.destroyForcibly();
        }
        return Files.readString(output, StandardCharsets.UTF_8);
    }
}
