package io.varve.storage.fingerprint;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.BufferOverflowException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FingerprintTest {

    /** FIPS 180-4 example: SHA-256("abc"). */
    private static final String ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    @Test
    void namesBytesByTheirSha256() {
        byte[] abc = "abc".getBytes(US_ASCII);

        assertThat(Fingerprint.of(abc, 0, 3).toHex()).isEqualTo(ABC);
        assertThat(Fingerprint.of(new byte[0], 0, 0).toHex())
                .isEqualTo("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }

    @Test
    void hashesOnlyWhatRemainsAndLeavesThePosition() {
        ByteBuffer direct = ByteBuffer.allocateDirect(16).put("xxabcyy".getBytes(US_ASCII));
        direct.position(2).limit(5);
        ByteBuffer readOnly =
                ByteBuffer.wrap("xxabcyy".getBytes(US_ASCII), 2, 3).asReadOnlyBuffer();

        assertThat(Fingerprint.of(direct)).isEqualTo(Fingerprint.parse(ABC));
        assertThat(Fingerprint.of(readOnly)).isEqualTo(Fingerprint.parse(ABC));
        assertThat(direct.position()).isEqualTo(2);
        assertThat(direct.limit()).isEqualTo(5);
    }

    @Test
    void writtenFormIsTheDigestInWhateverByteOrder() {
        Fingerprint fingerprint = Fingerprint.parse(ABC);
        ByteBuffer little = ByteBuffer.allocate(40).order(ByteOrder.LITTLE_ENDIAN);
        little.position(4);

        fingerprint.write(little);

        assertThat(little.position()).isEqualTo(4 + Fingerprint.BYTES);
        assertThat(little.get(4)).isEqualTo((byte) 0xba);
        assertThat(little.get(35)).isEqualTo((byte) 0xad);
        little.position(4);
        assertThat(Fingerprint.read(little)).isEqualTo(fingerprint);
        assertThat(little.position()).isEqualTo(4 + Fingerprint.BYTES);
    }

    @Test
    void tooShortBuffersAreRefused() {
        ByteBuffer small = ByteBuffer.allocate(31);

        assertThatThrownBy(() -> Fingerprint.read(small)).isInstanceOf(BufferUnderflowException.class);
        assertThatThrownBy(() -> Fingerprint.parse(ABC).write(small)).isInstanceOf(BufferOverflowException.class);
        assertThat(small.position()).isZero();
    }

    @Test
    void orderIsThatOfTheUnsignedBytes() {
        long seed = 20261121;
        Random random = new Random(seed);
        for (int i = 0; i < 10_000; i++) {
            byte[] left = new byte[Fingerprint.BYTES];
            byte[] right = new byte[Fingerprint.BYTES];
            random.nextBytes(left);
            random.nextBytes(right);
            // A common prefix makes the later words decide as well.
            System.arraycopy(left, 0, right, 0, random.nextInt(Fingerprint.BYTES + 1));
            Fingerprint a = Fingerprint.read(ByteBuffer.wrap(left));
            Fingerprint b = Fingerprint.read(ByteBuffer.wrap(right));

            assertThat(Integer.signum(a.compareTo(b)))
                    .as("seed %d, round %d", seed, i)
                    .isEqualTo(Integer.signum(Arrays.compareUnsigned(left, right)));
            assertThat(Integer.signum(a.toHex().compareTo(b.toHex()))).isEqualTo(Integer.signum(a.compareTo(b)));
            assertThat(Fingerprint.parse(a.toHex())).isEqualTo(a);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "ba78",
                "ga7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
                "+a7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
                "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad0"
            })
    void textThatIsNoFingerprintIsRefused(String text) {
        assertThatThrownBy(() -> Fingerprint.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }
}
