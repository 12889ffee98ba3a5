package io.varve.webdav;

import static org.assertj.core.api.Assertions.assertThat;

import io.varve.webdav.ExternalClient.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A session of the command line client cadaver. */
class CadaverIT {

    @TempDir
    Path directory;

    @Test
    void worksThroughASession() throws IOException, InterruptedException {
        Path cadaver = ExternalClient.find("/usr/bin/cadaver");
        Files.writeString(directory.resolve("up.txt"), "from cadaver\n");
        Files.writeString(
                directory.resolve(".netrc"),
                "machine 127.0.0.1\nlogin " + DavServer.USER + "\npassword \"" + DavServer.PASSWORD + "\"\n");
        try (DavServer server = new DavServer(directory.resolve("server"))) {
            String script = """
                    mkcol cadaver-share
                    cd cadaver-share
                    mkcol sub
                    put up.txt
                    propset up.txt colour red
                    propget up.txt colour
                    lock up.txt
                    discover up.txt
                    unlock up.txt
                    version up.txt
                    history up.txt
                    copy up.txt sub/copied.txt
                    move up.txt moved.txt
                    ls
                    get sub/copied.txt down.txt
                    delete moved.txt
                    rmcol sub
                    ls
                    quit
                    """;
            Outcome outcome = ExternalClient.run(
                    directory, Map.of("HOME", directory.toString()), script, List.of(cadaver.toString(), server.url()));
            assertThat(outcome.output())
                    .contains("Value of colour is: red")
                    .contains("1 version in history:")
                    .contains("moved.txt")
                    .contains("Coll:   sub")
                    .doesNotContain("failed")
                    .doesNotContain("error");
            assertThat(directory.resolve("down.txt")).hasContent("from cadaver\n");
            assertThat(server.client().send("GET", "/dav/cadaver-share/sub/").status())
                    .isEqualTo(404);
        }
    }
}
