package io.varve.app.packaged;

import static org.assertj.core.api.Assertions.assertThat;

import io.varve.app.packaged.Installation.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Three directories with small limits: content goes down, is read there, comes back, and survives a kill. */
class TiersIT {
    private static final int FILE_BYTES = 1_500_000;
    private static final int SIGTERM_EXIT = 143;

    @TempDir
    Path home;

    @Test
    void contentMovesBetweenThreeDirectoriesAndStaysReadable() throws Exception {
        Path warm = Files.createDirectory(home.resolve("warm"));
        Path cold = Files.createDirectory(home.resolve("cold"));
        Installation installation = Installation.in(home)
                .with("VARVE_TIERS_WARM_DIR", warm.toString())
                .with("VARVE_TIERS_COLD_DIR", cold.toString())
                .with("VARVE_TIERS_HOT_MAX", "3MiB")
                .with("VARVE_TIERS_WARM_MAX", "3MiB")
                .with("VARVE_TIERS_INTERVAL", "1h");
        try (ServerProcess server = installation.serve();
                DavClient dav = DavClient.of(server)) {
            assertThat(server.metric("varve_tiers")).isEqualTo(3);
            assertThat(dav.makeFolder("files")).isEqualTo(201);
            for (int i = 0; i < 6; i++) {
                assertThat(dav.put("files/" + i, content(i)).statusCode()).isEqualTo(201);
            }
            assertThat(succeed(installation, "tiers", "--dry-run"))
                    .startsWith("Would move about ")
                    .containsPattern("hot +[0-9,]+ +[0-9,]+ +3,145,728");
            assertThat(succeed(installation, "settle")).contains(" chunks between tiers.");
            assertThat(server.metric("varve_tier_bytes{tier=\"hot\"}")).isBetween(1.0, 3_145_728.0);
            assertThat(server.metric("varve_tier_bytes{tier=\"warm\"}")).isBetween(1.0, 3_145_728.0);
            assertThat(server.metric("varve_tier_bytes{tier=\"cold\"}")).isGreaterThan(2_000_000);
            assertThat(server.metric("varve_tier_chunks{tier=\"cold\"}")).isPositive();
            assertThat(server.metric("varve_tier_moved_chunks_total{direction=\"down\"}"))
                    .isPositive();
            assertThat(server.metric("varve_tier_stopped")).isZero();
            for (int i = 0; i < 6; i++) {
                assertThat(dav.send("GET", "files/" + i).body()).isEqualTo(content(i));
            }
            assertThat(succeed(installation, "tiers", "--move")).startsWith("Moved: ");
            server.kill();
        }
        assertThat(segments(warm)).isPositive();
        assertThat(segments(cold)).isPositive();
        assertThat(succeed(installation, "fsck")).startsWith("Clean: ");
        try (ServerProcess server = installation.serve();
                DavClient dav = DavClient.of(server)) {
            // Nothing is in memory after a start, so some of this is read where it lies, and wanted back.
            for (int i = 0; i < 6; i++) {
                assertThat(dav.send("GET", "files/" + i).body()).isEqualTo(content(i));
            }
            assertThat(server.metric("varve_tier_waiting")).isPositive();
            assertThat(succeed(installation, "tiers", "--move")).containsPattern("Moved: [1-9][0-9]* chunks up");
            assertThat(server.metric("varve_tier_waiting")).isZero();
            assertThat(server.metric("varve_tier_moved_chunks_total{direction=\"up\"}"))
                    .isPositive();
            for (int i = 0; i < 6; i++) {
                assertThat(dav.send("GET", "files/" + i).body()).isEqualTo(content(i));
            }
            assertThat(server.stop()).isEqualTo(SIGTERM_EXIT);
        }
        Files.move(cold, home.resolve("unmounted"));
        Outcome refused = installation.run("serve", "--port=0", "--s3.port=0");
        assertThat(refused.exit()).isEqualTo(1);
        assertThat(refused.output()).contains("varve.tiers.cold.dir: there is no directory " + cold);
        assertThat(installation.run("fsck").exit()).isEqualTo(2);
        Files.move(home.resolve("unmounted"), cold);
        assertThat(succeed(installation, "fsck")).startsWith("Clean: ");
    }

    @Test
    void withoutDirectoriesThereIsOneTier() throws Exception {
        Installation installation = Installation.in(home);
        try (ServerProcess server = installation.serve()) {
            assertThat(server.metric("varve_tiers")).isEqualTo(1);
            assertThat(succeed(installation, "tiers")).contains("There is one tier: ");
        }
    }

    private static long segments(Path tier) throws IOException {
        try (Stream<Path> files = Files.list(tier.resolve("segments"))) {
            return files.count();
        }
    }

    private static byte[] content(int seed) {
        byte[] bytes = new byte[FILE_BYTES];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    private static String succeed(Installation installation, String... words) throws Exception {
        Outcome outcome = installation.run(words);
        assertThat(outcome.exit()).as(outcome.output()).isZero();
        return outcome.output();
    }
}
