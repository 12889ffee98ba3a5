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

/** The programs of GNOME, by their common command line. */
class GioIT {

    @TempDir
    Path directory;

    @Test
    void worksThroughASession() throws IOException, InterruptedException {
        Path session = ExternalClient.find("/usr/bin/dbus-run-session");
        ExternalClient.find("/usr/bin/gio");
        // The bus starts it by itself.
        ExternalClient.find("/usr/libexec/gvfsd-dav", "/usr/lib/gvfs/gvfsd-dav");
        Files.writeString(directory.resolve("up.txt"), "from gio\n");
        Files.writeString(directory.resolve("longer.txt"), "from gio, and longer\n");
        try (DavServer server = new DavServer(directory.resolve("server"))) {
            assertThat(server.client().send("MKCOL", "/dav/gio-share").status()).isEqualTo(201);
            Path script = Files.writeString(
                    directory.resolve("script.sh"),
                    """
                    set -e
                    share=dav://127.0.0.1:PORT/dav
                    printf 'root\\nPASSWORD\\n' | gio mount $share/
                    gio list $share/
                    gio mkdir $share/gio-share/sub
                    gio copy up.txt $share/gio-share/up.txt
                    gio cat $share/gio-share/up.txt
                    gio copy longer.txt $share/gio-share/up.txt
                    gio info -a standard::size $share/gio-share/up.txt
                    gio info -f $share/ | grep filesystem::free
                    gio rename $share/gio-share/up.txt 'odd ü%;name'
                    gio move "$share/gio-share/odd%20ü%25%3Bname" $share/gio-share/sub/moved.txt
                    gio list $share/gio-share/sub
                    gio copy $share/gio-share/sub/moved.txt down.txt
                    gio remove $share/gio-share/sub/moved.txt
                    gio remove $share/gio-share/sub
                    gio mount -u $share/
                    echo finished
                    """.replace("PORT", Integer.toString(server.port())).replace("PASSWORD", DavServer.PASSWORD));
            Path run = Files.createDirectory(directory.resolve("run"));
            Outcome outcome = ExternalClient.run(
                    directory,
                    Map.of("HOME", directory.toString(), "XDG_RUNTIME_DIR", run.toString(), "LC_ALL", "C.UTF-8"),
                    "",
                    List.of(session.toString(), "--", "bash", script.toString()));
            assertThat(outcome.output())
                    .contains("gio-share", "from gio\n", "standard::size: 21", "moved.txt", "finished");
            assertThat(directory.resolve("down.txt")).hasContent("from gio, and longer\n");
            assertThat(server.client().send("GET", "/dav/gio-share/sub/").status())
                    .isEqualTo(404);
        }
    }
}
