package io.varve.app.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.varve.launch.ReadyCheck;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** The container image's health check, run beside a server of this process. */
final class HealthCheckScript {
    private HealthCheckScript() {}

    /** Its exit code. */
    static int run(Path data) throws Exception {
        Path classes = Path.of(ReadyCheck.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());
        ProcessBuilder script = new ProcessBuilder(
                "/bin/bash", Path.of("..", "deploy", "docker", "healthcheck").toString());
        script.environment().put("VARVE_DATA_DIR", data.toString());
        script.environment().put("VARVE_JAR", classes.toString());
        script.environment().put("JAVA_HOME", System.getProperty("java.home"));
        script.redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD);
        Process process = script.start();
        assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
        return process.exitValue();
    }
}
