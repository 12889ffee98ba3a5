package io.varve.app.packaged;

import static org.assertj.core.api.Assertions.assertThat;

import io.varve.app.packaged.Installation.Outcome;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** History, restore and retention by the command line, which speaks to the server's REST interface. */
class HistoryIT {

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
    void aFileAndAFolderAreLookedUpAndBroughtBack() throws Exception {
        try (DavClient dav = DavClient.of(server)) {
            assertThat(dav.makeFolder("files")).isEqualTo(201);
            assertThat(dav.makeFolder("files/folder")).isEqualTo(201);
            put(dav, "files/folder/a.txt", "first");
            put(dav, "files/folder/b.txt", "stays");
            String then = newest("files/folder/b.txt");
            put(dav, "files/folder/a.txt", "the second one");
            assertThat(dav.delete("files/folder/b.txt")).isEqualTo(204);

            assertThat(succeed("history", "files/folder/a.txt"))
                    .containsPattern("now +14 +current")
                    .containsPattern("5 +replaced");
            assertThat(succeed("history", "files/folder/b.txt")).containsPattern("5 +deleted");
            assertThat(succeed("restore", "files/folder", "--at", then, "--dry-run"))
                    .contains("replaced files/folder/a.txt")
                    .contains("created  files/folder/b.txt")
                    .endsWith("Would create 1, replace 1 and remove 0; 0 are the same. Nothing was changed.\n");
            assertThat(succeed("restore", "files/folder/a.txt", "--at=" + then, "--to=files/other/copy.txt"))
                    .isEqualTo("Restored files/other/copy.txt: 5 bytes.\n");
            assertThat(succeed("restore", "files/folder/", "--at", then))
                    .isEqualTo("Restored files/folder/: 2 entries.\n");
            assertThat(get(dav, "files/folder/a.txt")).isEqualTo("first");
            assertThat(get(dav, "files/folder/b.txt")).isEqualTo("stays");
            assertThat(get(dav, ".at/" + then + "/files/folder/b.txt")).isEqualTo("stays");
            assertThat(succeed("restore", "files", "--at", then, "--to", "whole"))
                    .startsWith("Restored whole/: ");
            assertThat(get(dav, "whole/folder/b.txt")).isEqualTo("stays");
        }
        assertThat(fail(1, "history", "files/never")).isEqualTo("varve: Nothing is at 'files/never'.\n");
        assertThat(fail(1, "restore", "files/folder", "--at", "yesterday")).contains("'yesterday' is no moment: give");
        assertThat(fail(1, "restore", "files/folder", "--at", "2001-01-01")).contains("varve: ");
        assertThat(fail(1, "restore", "files/folder", "--at", "2999-01-01")).contains("still to come");
        assertThat(fail(2, "restore", "files/folder")).contains("--at");
    }

    @Test
    void retentionIsShownTriedAndSet() throws Exception {
        try (DavClient dav = DavClient.of(server)) {
            assertThat(dav.makeFolder("kept")).isEqualTo(201);
            for (int i = 0; i < 4; i++) {
                put(dav, "kept/a", "version " + i);
            }
        }
        assertThat(succeed("retention", "kept")).containsPattern("kept +30d \\(the server's\\), whole since ");
        assertThat(succeed("retention", "kept", "set", "last=1", "--dry-run"))
                .contains("not among the last 1 of its name")
                .endsWith("By 'last=1', 2 versions (18 bytes) would go and 1 (9 bytes) stay. Nothing was changed.\n");
        assertThat(succeed("retention", "kept", "set", "last=1", "daily=7"))
                .containsPattern("kept +last=1,daily=7, whole");
        assertThat(succeed("settle")).startsWith("Settled: ");
        assertThat(succeed("retention"))
                .containsPattern("(?m)^\\(server\\) +30d$")
                .containsPattern("kept +last=1,daily=7");
        assertThat(succeed("settle", "--expire-now")).startsWith("Settled: ");
        assertThat(succeed("history", "kept/a"))
                .containsPattern("now +9 +current")
                .containsOnlyOnce("replaced");
        assertThat(succeed("retention", "kept", "reset")).contains("30d (the server's)");
        assertThat(fail(1, "retention", "kept", "set", "sometimes"))
                .contains("'sometimes' is no retention: give none, forever");
        assertThat(fail(1, "retention", "no-such-bucket")).contains("does not exist");
        assertThat(fail(2, "retention", "kept", "set")).contains("'set' with a rule");
        assertThat(succeed("--help")).contains("history").contains("restore").contains("retention");
    }

    private static String newest(String path) throws Exception {
        Matcher line = Pattern.compile("(?m)^(\\S+Z) +now").matcher(succeed("history", path));
        assertThat(line.find()).isTrue();
        return line.group(1);
    }

    private static void put(DavClient dav, String path, String content) throws Exception {
        assertThat(dav.put(path, content.getBytes(StandardCharsets.UTF_8)).statusCode())
                .isIn(201, 204);
    }

    private static String get(DavClient dav, String path) throws Exception {
        return new String(dav.send("GET", path).body(), StandardCharsets.UTF_8);
    }

    private static String succeed(String... words) throws Exception {
        return fail(0, words);
    }

    private static String fail(int exit, String... words) throws Exception {
        Outcome outcome = installation.run(words);
        assertThat(outcome.exit()).as(outcome.output()).isEqualTo(exit);
        return outcome.output();
    }
}
