package io.varve.s3.body;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varve.s3.error.S3Exception;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ChecksumAlgorithmTest {

    /** The values of "abc" of FIPS 180, RFC 1321 and xxHash's own command-line tool. */
    @ParameterizedTest
    @CsvSource({
        "MD5, 900150983cd24fb0d6963f7d28e17f72",
        "SHA512,"
                + " ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
        "XXHASH64, 44bc2cf5ad770999",
        "XXHASH3, 78af5f94892f3950",
        "XXHASH128, 06b05ab6733a618578af5f94892f3950",
    })
    void hasThePublishedValueOfAbc(ChecksumAlgorithm algorithm, String hex) {
        byte[] text = "-abc-".getBytes(StandardCharsets.US_ASCII);
        String value = of(algorithm, text, 1, 3);
        assertThat(HexFormat.of().formatHex(Base64.getDecoder().decode(value))).isEqualTo(hex);
        assertThat(algorithm.checked(value)).isEqualTo(value);
        assertThat(algorithm.supports(ChecksumAlgorithm.Type.FULL_OBJECT)).isFalse();
        assertThat(algorithm.defaultType()).isEqualTo(ChecksumAlgorithm.Type.COMPOSITE);
    }

    /** The check values of the catalogue of parametrised CRC algorithms, and of RFC 3174 and FIPS 180. */
    @ParameterizedTest
    @CsvSource({
        "CRC32, cbf43926",
        "CRC32C, e3069283",
        "CRC64NVME, ae8b14860a799888",
        "SHA1, f7c3bc1d808e04732adf679965ccc34ca7ae3441",
        "SHA256, 15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225",
    })
    void hasThePublishedCheckValue(ChecksumAlgorithm algorithm, String hex) {
        byte[] text = "123456789".getBytes(StandardCharsets.US_ASCII);
        assertThat(HexFormat.of().formatHex(Base64.getDecoder().decode(of(algorithm, text, 0, text.length))))
                .isEqualTo(hex);
    }

    private static String of(ChecksumAlgorithm algorithm, byte[] bytes, int offset, int length) {
        ChecksumAlgorithm.Running running = algorithm.start();
        running.update(bytes, offset, length);
        return running.finish();
    }

    @Test
    void computesCrc64ByBytesAsByEightsAndInLanes() {
        byte[] bytes = new byte[20_000];
        new Random(5).nextBytes(bytes);
        IntStream lengths = IntStream.concat(
                IntStream.range(0, 40), IntStream.of(4095, 4096, 4097, 4103, 4104, 8191, 8192, 8200, 19_997));
        lengths.forEach(length -> {
            Crc64Nvme single = new Crc64Nvme();
            Crc64Nvme many = new Crc64Nvme();
            Crc64Nvme pieces = new Crc64Nvme();
            for (int i = 0; i < length; i++) {
                single.update(bytes[i + 3]);
            }
            many.update(bytes, 3, length);
            pieces.update(bytes, 3, length / 3);
            pieces.update(bytes, 3 + length / 3, length - length / 3);
            assertThat(many.getValue()).as("length %d", length).isEqualTo(single.getValue());
            assertThat(pieces.getValue()).as("length %d", length).isEqualTo(single.getValue());
        });
    }

    @ParameterizedTest
    @EnumSource(names = {"CRC32", "CRC32C", "CRC64NVME"})
    void combinesPartsToTheWhole(ChecksumAlgorithm algorithm) {
        Random random = new Random(17);
        for (int round = 0; round < 50; round++) {
            byte[] bytes = new byte[random.nextInt(5000)];
            random.nextBytes(bytes);
            List<String> values = new ArrayList<>();
            List<Long> lengths = new ArrayList<>();
            for (int offset = 0; offset < bytes.length; ) {
                int length = Math.min(1 + random.nextInt(1500), bytes.length - offset);
                values.add(of(algorithm, bytes, offset, length));
                lengths.add((long) length);
                offset += length;
            }
            assertThat(algorithm.fullObject(values, lengths)).isEqualTo(of(algorithm, bytes, 0, bytes.length));
        }
    }

    @Test
    void knowsWhichTypesExist() {
        assertThat(ChecksumAlgorithm.CRC64NVME.defaultType()).isEqualTo(ChecksumAlgorithm.Type.FULL_OBJECT);
        assertThat(ChecksumAlgorithm.CRC32.defaultType()).isEqualTo(ChecksumAlgorithm.Type.COMPOSITE);
        assertThat(ChecksumAlgorithm.CRC64NVME.supports(ChecksumAlgorithm.Type.COMPOSITE))
                .isFalse();
        assertThat(ChecksumAlgorithm.SHA256.supports(ChecksumAlgorithm.Type.FULL_OBJECT))
                .isFalse();
        assertThat(ChecksumAlgorithm.CRC32C.supports(ChecksumAlgorithm.Type.FULL_OBJECT))
                .isTrue();
    }

    @ParameterizedTest
    @CsvSource({"CRC32, AAAA", "CRC32, '!!!!'", "CRC32, AAAAAAAAAAA=", "SHA256, AAAAAA==", "CRC64NVME, ''"})
    void refusesValuesOfAnotherShape(ChecksumAlgorithm algorithm, String value) {
        assertThatThrownBy(() -> algorithm.checked(value)).isInstanceOf(S3Exception.class);
    }
}
