package io.varve.storage.fingerprint;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ChecksumsTest {

    @Test
    void crcIsCastagnolis() {
        // The check value of CRC-32/ISCSI, and RFC 3720 appendix B.4: 32 bytes of zeros.
        assertThat(Checksums.crc32c(ByteBuffer.wrap("123456789".getBytes(US_ASCII))))
                .isEqualTo(0xe3069283);
        assertThat(Checksums.crc32c(ByteBuffer.allocateDirect(32))).isEqualTo(0x8a9136aa);
    }

    @Test
    void xxh3IsTheReferenceFunction() {
        // XXH3_64bits with seed 0 of the empty input, from the reference implementation's test vectors.
        assertThat(Checksums.xxh3(new byte[0], 0, 0)).isEqualTo(0x2d06800538d394c2L);
    }

    @Test
    void allBufferKindsAgreeAndKeepTheirPosition() {
        Random random = new Random(7);
        for (int length : new int[] {0, 1, 3, 8, 16, 17, 100, 128, 129, 240, 241, 1024, 1025, 70_000}) {
            byte[] bytes = new byte[length + 5];
            random.nextBytes(bytes);
            ByteBuffer heap = ByteBuffer.wrap(bytes, 5, length);
            ByteBuffer direct = ByteBuffer.allocateDirect(bytes.length).put(bytes);
            direct.position(5);
            ByteBuffer little = direct.duplicate().order(ByteOrder.LITTLE_ENDIAN);

            long expected = Checksums.xxh3(bytes, 5, length);
            assertThat(Checksums.xxh3(heap)).isEqualTo(expected);
            assertThat(Checksums.xxh3(heap.asReadOnlyBuffer())).isEqualTo(expected);
            assertThat(Checksums.xxh3(direct)).isEqualTo(expected);
            assertThat(Checksums.xxh3(little)).isEqualTo(expected);
            assertThat(Checksums.crc32c(direct)).isEqualTo(Checksums.crc32c(heap));
            assertThat(heap.position()).isEqualTo(5);
            assertThat(direct.position()).isEqualTo(5);
        }
    }

    @Test
    void runsOutsideTheArrayAreRefused() {
        assertThatThrownBy(() -> Checksums.xxh3(new byte[4], 2, 3)).isInstanceOf(IndexOutOfBoundsException.class);
    }
}
