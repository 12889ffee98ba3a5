package io.varve.app.packaged;

import static org.assertj.core.api.Assertions.assertThat;

import io.varve.app.packaged.RawRequest.Answer;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files eight times as long as the server's memory, through both doors. */
class LongStreamIT {

    private static final int BLOCKS = (int) ((2L << 30) / LongContent.BLOCK_BYTES);

    @TempDir
    Path home;

    @Test
    void twoGibibytesPassThroughAServerWithAnEighthOfThat() throws Exception {
        Installation installation = Installation.in(home).withJava("-Xmx256m", "-XX:+ExitOnOutOfMemoryError");
        LongContent first = new LongContent(1, BLOCKS);
        LongContent second = new LongContent(2, BLOCKS);
        try (ServerProcess server = installation.serve()) {
            try (DavClient dav = DavClient.of(server)) {
                assertThat(dav.makeFolder("long")).isEqualTo(201);
            }
            Answer byDav = RawRequest.dav("PUT", "long/by-dav.bin")
                    .with("Content-Length: " + first.length())
                    .upload(server.port(), first::writeTo);
            assertThat(byDav.status()).as(byDav.text()).isEqualTo(201);
            Answer byS3 = RawRequest.s3(server.s3Port(), "PUT", "/long/by-s3.bin")
                    .with("Content-Length: " + second.length())
                    .upload(server.s3Port(), second::writeTo);
            assertThat(byS3.status()).as(byS3.text()).isEqualTo(200);

            assertThat(RawRequest.s3(server.s3Port(), "GET", "/long/by-dav.bin")
                            .download(server.s3Port(), first::requireFrom))
                    .isEqualTo(200);
            assertThat(RawRequest.dav("GET", "long/by-s3.bin").download(server.port(), second::requireFrom))
                    .isEqualTo(200);

            assertThat(server.isAlive()).isTrue();
            assertThat(server.output()).doesNotContain("OutOfMemory", "\tat ");
            assertThat(server.metric("varve_logical_bytes")).isEqualTo((double) (first.length() + second.length()));
            assertThat(server.metric("varve_dedup_ratio")).isGreaterThan(3);
            assertThat(server.metric("varve_ingest_buffers")).isZero();
            assertThat(server.metric("varve_readers_open")).isZero();
        }
    }
}
