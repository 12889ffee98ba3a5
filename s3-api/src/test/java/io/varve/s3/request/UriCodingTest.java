package io.varve.s3.request;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varve.s3.error.S3Error;
import io.varve.s3.error.S3Exception;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UriCodingTest {

    @ParameterizedTest
    @CsvSource({
        "a/b, a%2Fb, a/b",
        "a b, a%20b, a%20b",
        "'~._-', '~._-', '~._-'",
        "ä€😀, %C3%A4%E2%82%AC%F0%9F%98%80, %C3%A4%E2%82%AC%F0%9F%98%80"
    })
    void encodesByTheRule(String text, String coded, String codedButSlash) {
        assertThat(UriCoding.encode(text, false)).isEqualTo(coded);
        assertThat(UriCoding.encode(text, true)).isEqualTo(codedButSlash);
    }

    @ParameterizedTest
    @ValueSource(strings = {"%", "a%", "a%2", "%zz", "%2x", "%-1", "%ff", "%c3", "%c3a", "%ed%a0%80", "%c0%af"})
    void refusesBrokenEscapesAndWhatIsNotUtf8(String text) {
        assertThatThrownBy(() -> UriCoding.decode(text, false))
                .isInstanceOfSatisfying(
                        S3Exception.class, e -> assertThat(e.error()).isEqualTo(S3Error.INVALID_URI));
    }

    @Test
    void readsPlusAsSpaceOnlyInQueries() {
        assertThat(UriCoding.decode("a+b%2Bc", true)).isEqualTo("a b+c");
        assertThat(UriCoding.decode("a+b%2Bc", false)).isEqualTo("a+b+c");
    }

    @Test
    void decodesWhatItEncodes() {
        long seed = 20261120;
        Random random = new Random(seed);
        for (int round = 0; round < 2000; round++) {
            StringBuilder text = new StringBuilder();
            for (int i = random.nextInt(12); i > 0; i--) {
                int point = random.nextInt(random.nextBoolean() ? 128 : Character.MAX_CODE_POINT + 1);
                text.appendCodePoint(point >= 0xd800 && point < 0xe000 ? '%' : point);
            }
            String original = text.toString();
            assertThat(UriCoding.decode(UriCoding.encode(original, random.nextBoolean()), random.nextBoolean()))
                    .as("seed %d round %d", seed, round)
                    .isEqualTo(original);
        }
    }
}
