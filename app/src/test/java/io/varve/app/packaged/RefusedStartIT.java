package io.varve.app.packaged;

import static org.assertj.core.api.Assertions.assertThat;

import io.varve.app.packaged.Installation.Outcome;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A start that cannot succeed: one clear message, an exit code, and nothing that was begun. */
class RefusedStartIT {

    @TempDir
    Path home;

    private Installation installation;

    @BeforeEach
    void install() throws Exception {
        installation = Installation.bare(home);
    }

    @Test
    void aTakenPortIsNamedWithItsSetting() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String port = Integer.toString(taken.getLocalPort());
            assertRefused(
                    installation.run("serve", "--port=" + port, "--s3.port=0"),
                    "Port " + port + " on 127.0.0.1 ",
                    "--varve.port=PORT");
            assertRefused(
                    installation.run("serve", "--port=0", "--s3.port=" + port),
                    "Port " + port + " on 127.0.0.1 ",
                    "--varve.s3.port=PORT");
        }
        assertThat(installation.data())
                .as("made by a start that failed: its password would never have been shown")
                .doesNotExist();
    }

    @Test
    void anAddressOfAnotherMachineIsNamedWithItsSetting() throws Exception {
        // TEST-NET-1 (RFC 5737): nobody's address.
        assertRefused(
                installation.run("serve", "--bind=192.0.2.1", "--port=0", "--s3.port=0"),
                "192.0.2.1",
                "--varve.bind=ADDRESS");
        assertThat(installation.data()).doesNotExist();
    }

    @Test
    void badValuesAndUnknownKeysAreNamedAllAtOnce() throws Exception {
        Path file = Files.writeString(home.resolve("varve.yml"), """
                varve:
                  s3:
                    prot: 9000
                  store:
                    history: sometimes
                """);
        Outcome outcome = installation.with("VARVE_PORT", "99999").run("serve", "--metrics.logon=true");
        assertThat(outcome.exit()).isEqualTo(1);
        assertThat(outcome.output())
                .contains("--metrics.logon is not a setting; the nearest is --metrics.login.")
                .contains(file + " line 3: varve.s3.prot is not a setting; the nearest is varve.s3.port.")
                .contains(file + " line 5: 'sometimes' is not none, forever, or a list such as 30d")
                .contains("(varve.store.history)")
                .contains("VARVE_PORT: '99999' is not a port")
                .contains("(varve.port)")
                .doesNotContain("\tat ");
        assertThat(installation.data()).doesNotExist();
    }

    @Test
    void anUnknownNameInTheEnvironmentOnlyWarns() throws Exception {
        Outcome outcome = installation
                .with("VARVE_DATADIR", "elsewhere")
                .with("VARVE_PORT", "tcp://10.0.0.1:8080")
                .run("config", "show");
        assertThat(outcome.exit()).isZero();
        assertThat(outcome.output())
                .contains("VARVE_DATADIR is not a setting and is ignored; the nearest is VARVE_DATA_DIR.")
                .contains("VARVE_PORT=tcp://10.0.0.1:8080 comes from Kubernetes and is ignored")
                .containsPattern("varve\\.port +8080 +default");
    }

    /** One line on the whole output, with these words in it. */
    private static void assertRefused(Outcome outcome, String... words) {
        assertThat(outcome.exit()).as(outcome.output()).isEqualTo(1);
        assertThat(outcome.output()).startsWith("varve: ").hasLineCount(1).contains(words);
    }
}
