package io.varve.app.packaged;

import static org.assertj.core.api.Assertions.assertThat;

import io.varve.app.packaged.Installation.Outcome;
import io.varve.app.packaged.RawRequest.Answer;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A data directory on a disk of its own, so small that a test can fill it. Needs the right to mount one, else it is skipped. */
class FullDiskIT {

    private static final String DISK_BYTES = "128m";
    private static final int FILE_BYTES = 8 << 20;
    private static final int FILES_MAX = 40;
    private static final int NO_SPACE = 507;

    /** The setting's default: what clients may not take. */
    private static final int RESERVE_BYTES = 64 << 20;

    @TempDir
    Path home;

    private Path disk;
    private boolean mounted;

    @BeforeEach
    void mountDisk() throws Exception {
        disk = Files.createDirectory(home.resolve("disk"));
        mounted = Files.isExecutable(Path.of("/bin/mount"))
                && run("mount", "-t", "tmpfs", "-o", "size=" + DISK_BYTES, "tmpfs", disk.toString()) == 0;
        Assumptions.assumeTrue(mounted, "a small disk cannot be mounted here: that takes root and mount(8)");
    }

    @AfterEach
    void unmountDisk() throws Exception {
        if (mounted) {
            assertThat(run("umount", disk.toString())).isZero();
        }
    }

    private static int run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        try {
            assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
            return process.exitValue();
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void aFullDiskRefusesWritesKeepsReadsAndTakesWritesAgainWhenThereIsSpace() throws Exception {
        Installation installation = Installation.in(home)
                .with("VARVE_DATA_DIR", disk.resolve("data").toString());
        try (ServerProcess server = installation.serve();
                DavClient dav = DavClient.of(server)) {
            assertThat(dav.makeFolder("full")).isEqualTo(201);
            assertThat(dav.put("full/kept.bin", content(0)).statusCode()).isEqualTo(201);
            // Ends the segment, so that what comes later can be given back as a whole.
            assertSettles(installation);

            assertUploadsThatDoNotFitAreRefusedAsTheyGrow(installation, server);
            int files = fill(server);

            assertThat(server.get("/metrics/storage-v2/health").body()).contains("\"DEGRADED\"");
            assertHolds(server, "kept.bin", 0);
            for (int number = 1; number < files; number++) {
                assertHolds(server, number + ".bin", number);
                assertThat(dav.delete("full/" + number + ".bin")).isEqualTo(204);
            }
            assertThat(dav.put("full/again.bin", content(1)).statusCode())
                    .as("history holds what was deleted")
                    .isEqualTo(NO_SPACE);
            assertSettles(installation, "--expire-now");
            assertThat(dav.put("full/again.bin", content(1)).statusCode()).isEqualTo(201);

            assertHolds(server, "again.bin", 1);
            assertHolds(server, "kept.bin", 0);
            assertThat(server.get("/metrics/storage-v2/health").body()).contains("\"UP\"");
            assertThat(server.metric("varve_ingest_buffers")).isZero();
            server.stop();
        }
        Outcome check = installation.run("fsck");
        assertThat(check.exit()).as(check.output()).isZero();
    }

    private static void assertSettles(Installation installation, String... flags) throws Exception {
        Outcome settled = installation.run(
                Stream.concat(Stream.of("settle"), Stream.of(flags)).toArray(String[]::new));
        assertThat(settled.exit()).as(settled.output()).isZero();
    }

    /** Bodies larger than the disk, whose beginning there is room for. */
    private static void assertUploadsThatDoNotFitAreRefusedAsTheyGrow(Installation installation, ServerProcess server)
            throws Exception {
        LongContent endless = new LongContent(8, 4096);
        Answer byDav = RawRequest.dav("PUT", "full/endless.bin")
                .with("Transfer-Encoding: chunked")
                .upload(server.port(), out -> endless.writeTo(new ChunkedOutput(out)));
        assertThat(byDav.status()).as(byDav.text()).isEqualTo(NO_SPACE);
        assertThat(server.metric("varve_disk_free_bytes"))
                .as("left for deleting")
                .isGreaterThan(RESERVE_BYTES / 8);
        assertSettles(installation);

        Answer byS3 = RawRequest.s3(server.s3Port(), "PUT", "/full/endless.bin")
                .with("Content-Length: " + endless.length())
                .upload(server.s3Port(), endless::writeTo);
        assertThat(byS3.status()).as(byS3.text()).isEqualTo(NO_SPACE);
        assertThat(byS3.text()).contains("<Code>InsufficientStorage</Code>");
        assertThat(server.metric("varve_disk_free_bytes"))
                .as("left for deleting")
                .isGreaterThan(RESERVE_BYTES / 8);
        assertSettles(installation);
    }

    /** Stores files at both doors until both refuse; gives the number of the first refused one. */
    private static int fill(ServerProcess server) throws IOException {
        for (int number = 1; number < FILES_MAX; number++) {
            byte[] content = content(number);
            Answer dav = RawRequest.dav("PUT", "full/" + number + ".bin")
                    .with("Content-Length: " + content.length)
                    .body(content)
                    .exchange(server.port());
            if (dav.status() != 201) {
                assertThat(dav.status()).as(dav.text()).isEqualTo(NO_SPACE);
                Answer s3 = RawRequest.s3(server.s3Port(), "PUT", "/full/refused.bin")
                        .with("Content-Length: " + content.length)
                        .body(content)
                        .exchange(server.s3Port());
                assertThat(s3.status()).as(s3.text()).isEqualTo(NO_SPACE);
                assertThat(number).as("files there was room for").isGreaterThan(4);
                return number;
            }
        }
        throw new AssertionError(FILES_MAX + " files did not fill the disk");
    }

    private static void assertHolds(ServerProcess server, String name, int number) throws IOException {
        byte[] content = content(number);
        for (Answer answer : new Answer[] {
            RawRequest.dav("GET", "full/" + name).exchange(server.port()),
            RawRequest.s3(server.s3Port(), "GET", "/full/" + name).exchange(server.s3Port())
        }) {
            assertThat(answer.status()).isEqualTo(200);
            assertThat(Arrays.equals(answer.body(), content)).as(name).isTrue();
        }
    }

    private static byte[] content(int number) {
        byte[] bytes = new byte[FILE_BYTES];
        new Random(number).nextBytes(bytes);
        return bytes;
    }

    /** What is written comes in chunks of RFC 9112 section 7.1; it never ends. */
    private static final class ChunkedOutput extends FilterOutputStream {
        ChunkedOutput(OutputStream out) {
            super(out);
        }

        @Override
        public void write(byte[] bytes) throws IOException {
            out.write((Integer.toHexString(bytes.length) + "\r\n").getBytes(StandardCharsets.US_ASCII));
            out.write(bytes);
            out.write("\r\n".getBytes(StandardCharsets.US_ASCII));
        }
    }
}
