package io.varve.app.packaged;

import static org.assertj.core.api.Assertions.assertThat;

import io.varve.app.packaged.Installation.Outcome;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A disk that gives back other bytes than it was given: they never reach a client, and the damage has a name. */
class DamagedStoreIT {

    private static final int FILE_BYTES = 3 << 20;

    /** In the middle of the file: what lies before it has left when the damage is met. */
    private static final int DAMAGE_AT = 2 << 20;

    private static final int NEEDLE_BYTES = 64;

    @TempDir
    Path home;

    @Test
    void damagedBytesNeverLeaveAndTheirFileIsNamedAndHealed() throws Exception {
        Installation installation = Installation.in(home);
        byte[] damaged = content(1);
        byte[] whole = content(2);
        try (ServerProcess server = installation.serve();
                DavClient dav = DavClient.of(server)) {
            assertThat(dav.makeFolder("photos")).isEqualTo(201);
            assertThat(dav.put("photos/damaged.bin", damaged).statusCode()).isEqualTo(201);
            assertThat(dav.put("photos/whole.bin", whole).statusCode()).isEqualTo(201);
            server.stop();
        }
        flipBitOf(installation.data().resolve("segments"), damaged);
        Outcome check = installation.run("fsck");
        assertThat(check.exit()).as(check.output()).isEqualTo(1);
        assertThat(check.output())
                .startsWith("file 'photos/damaged.bin': cannot be read, or not in whole\nchunk ")
                .containsPattern("(?m)^Damaged: 2 versions, \\d+ chunks, \\d+ bytes read and verified, 2 findings\\.$")
                .doesNotContain("whole.bin")
                .hasLineCount(3);

        try (ServerProcess server = installation.serve()) {
            assertDamageIsKeptFromClients(server, damaged, whole);
            heal(installation, server, damaged);
            server.stop();
        }
        Outcome again = installation.run("fsck");
        assertThat(again.exit()).as(again.output()).isZero();
    }

    private static void assertDamageIsKeptFromClients(ServerProcess server, byte[] damaged, byte[] whole)
            throws Exception {
        for (int round = 0; round < 2; round++) {
            assertNeverWrong(RawRequest.dav("GET", "photos/damaged.bin"), server.port(), damaged);
            assertNeverWrong(RawRequest.s3(server.s3Port(), "GET", "/photos/damaged.bin"), server.s3Port(), damaged);
            assertSends(200, RawRequest.dav("GET", "photos/whole.bin"), server.port(), whole);
            assertSends(200, RawRequest.s3(server.s3Port(), "GET", "/photos/whole.bin"), server.s3Port(), whole);
        }
        byte[] head = Arrays.copyOf(damaged, DAMAGE_AT / 2);
        RawRequest undamagedPart =
                RawRequest.dav("GET", "photos/damaged.bin").with("Range: bytes=0-" + (head.length - 1));
        assertSends(206, undamagedPart, server.port(), head);
        server.await("readers are closed", () -> server.metric("varve_readers_open") == 0);
    }

    /** What the operations page tells to do: the same bytes again, under any name. */
    private static void heal(Installation installation, ServerProcess server, byte[] content) throws Exception {
        Outcome scrub = installation.run("scrub");
        assertThat(scrub.exit()).as(scrub.output()).isEqualTo(1);
        assertThat(scrub.output())
                .contains("file 'photos/damaged.bin': cannot be read, or not in whole\nDamaged: ")
                .contains("; 1 chunks are damaged now, ");
        assertThat(server.metric("varve_damaged_chunks")).isEqualTo(1);
        try (DavClient dav = DavClient.of(server)) {
            assertThat(dav.put("photos/again.bin", content).statusCode()).isEqualTo(201);
        }
        assertThat(server.metric("varve_damaged_chunks")).isZero();
        assertSends(200, RawRequest.dav("GET", "photos/damaged.bin"), server.port(), content);
        Outcome again = installation.run("scrub");
        assertThat(again.exit()).as(again.output()).isZero();
    }

    /** The content is random, so it lies in the segment as it is. */
    private static void flipBitOf(Path segments, byte[] content) throws IOException {
        byte[] needle = Arrays.copyOfRange(content, DAMAGE_AT, DAMAGE_AT + NEEDLE_BYTES);
        try (Stream<Path> files = Files.list(segments)) {
            for (Path file : files.toList()) {
                byte[] bytes = Files.readAllBytes(file);
                int at = indexOf(bytes, needle);
                if (at >= 0) {
                    bytes[at] ^= 1;
                    Files.write(file, bytes);
                    return;
                }
            }
        }
        throw new AssertionError("the content lies in no segment, or not in one piece");
    }

    private static int indexOf(byte[] bytes, byte[] needle) {
        for (int at = 0; at <= bytes.length - needle.length; at++) {
            if (Arrays.equals(bytes, at, at + needle.length, needle, 0, needle.length)) {
                return at;
            }
        }
        return -1;
    }

    /** Either an error, or a beginning of the content that the client can see is only that. */
    private static void assertNeverWrong(RawRequest request, int port, byte[] content) throws IOException {
        ByteArrayOutputStream received = new ByteArrayOutputStream();
        int status = request.download(port, in -> transferUntilCut(in, received));
        byte[] bytes = received.toByteArray();
        if (status == 200) {
            assertThat(bytes.length).isLessThanOrEqualTo(DAMAGE_AT);
            assertThat(Arrays.equals(bytes, Arrays.copyOf(content, bytes.length)))
                    .isTrue();
        } else {
            assertThat(status).isEqualTo(500);
            assertThat(bytes.length).isLessThan(1000);
        }
    }

    private static void transferUntilCut(InputStream in, ByteArrayOutputStream received) {
        try {
            in.transferTo(received);
        } catch (IOException e) {
            // A reset is a cut, too.
        }
    }

    private static void assertSends(int status, RawRequest request, int port, byte[] content) throws IOException {
        ByteArrayOutputStream received = new ByteArrayOutputStream();
        assertThat(request.download(port, in -> in.transferTo(received))).isEqualTo(status);
        assertThat(Arrays.equals(received.toByteArray(), content)).isTrue();
    }

    private static byte[] content(int seed) {
        byte[] bytes = new byte[FILE_BYTES];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }
}
