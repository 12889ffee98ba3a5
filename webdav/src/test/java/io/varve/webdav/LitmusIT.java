package io.varve.webdav;

import static org.assertj.core.api.Assertions.assertThat;

import io.varve.webdav.ExternalClient.Outcome;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The litmus suites of neon's author, run one by one: Debian's wrapper script looks for its sample file in a
 * place where it is not.
 */
class LitmusIT {

    private static final Pattern SUMMARY =
            Pattern.compile("summary for `\\w+': of (\\d+) tests run: (\\d+) passed, (\\d+) failed");

    @TempDir
    static Path directory;

    private static DavServer server;

    @BeforeAll
    static void start() throws IOException {
        server = new DavServer(directory);
        assertThat(server.client().send("MKCOL", "/dav/litmus-share").status()).isEqualTo(201);
    }

    @AfterAll
    static void stop() throws IOException {
        server.close();
    }

    @ParameterizedTest
    @CsvSource({"basic, 16", "copymove, 13", "props, 30", "locks, 41", "http, 4"})
    void passesEveryTest(String suite, int tests) throws IOException, InterruptedException {
        Path program = ExternalClient.find("/usr/libexec/litmus/" + suite, "/usr/lib/litmus/" + suite);
        Outcome outcome = ExternalClient.run(
                directory,
                Map.of(),
                "",
                List.of(
                        program.toString(),
                        "--htdocs",
                        "/usr/share/litmus/htdocs",
                        server.url() + "litmus-share/",
                        DavServer.USER,
                        DavServer.PASSWORD));
        Matcher summary = SUMMARY.matcher(outcome.output());
        assertThat(summary.find()).as(outcome.output()).isTrue();
        assertThat(summary.group(3)).as(outcome.output()).isEqualTo("0");
        assertThat(Integer.parseInt(summary.group(2))).as(outcome.output()).isEqualTo(tests);
        assertThat(outcome.output()).doesNotContain("WARNING");
    }
}
