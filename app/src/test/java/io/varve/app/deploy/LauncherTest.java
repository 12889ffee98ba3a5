package io.varve.app.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The script {@code varve}, with a program in the place of Java that writes down how it was called. */
@EnabledOnOs({OS.LINUX, OS.MAC})
class LauncherTest {
    private static final String JAVA = """
        #!/bin/sh
        calls=$(dirname "$0")
        case "$*" in
          *-XshowSettings*) echo "    java.specification.version = 25" ;;
          *warm-up*) pwd >"$calls/warm-up"; ls >>"$calls/warm-up" ;;
          *) pwd >"$calls/serve"; ls >>"$calls/serve" ;;
        esac
        """;

    @TempDir
    Path home;

    @Test
    @Timeout(120)
    void aStartToRememberKnowsNothingOfTheStoreThatIsServed() throws Exception {
        Path jdk = home.resolve("jdk");
        Path java = Files.createDirectories(jdk.resolve("bin")).resolve("java");
        Files.writeString(java, JAVA);
        Files.setPosixFilePermissions(java, PosixFilePermissions.fromString("rwxr-xr-x"));
        Path installed = install();
        Path served = Files.createDirectory(home.resolve("served"));
        Files.writeString(served.resolve("varve.yml"), "varve.mirror.dir: /somewhere\n");

        ProcessBuilder builder = new ProcessBuilder(
                        "sh", installed.resolve("varve").toString(), "serve")
                .directory(served.toFile())
                .inheritIO();
        builder.environment().put("JAVA_HOME", jdk.toString());
        Process process = builder.start();
        assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();

        assertThat(process.exitValue()).isZero();
        assertThat(java.resolveSibling("serve")).content().contains(served.toString(), "varve.yml");
        assertThat(java.resolveSibling("warm-up")).content().doesNotContain(served.toString(), "varve.yml");
    }

    /** The script beside a jar that is as new as its sources: there are none. */
    private Path install() throws IOException {
        Path installed = Files.createDirectory(home.resolve("installed"));
        Files.copy(Path.of("..", "varve"), installed.resolve("varve"));
        Files.createDirectories(installed.resolve("app/target/lib"));
        Files.createFile(installed.resolve("app/target/varve.jar"));
        Files.createFile(installed.resolve("app/target/varve.built"));
        return installed;
    }
}
