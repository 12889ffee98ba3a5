package io.varve.s3.request;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varve.s3.error.S3Exception;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CopySourceTest {

    @ParameterizedTest
    @CsvSource({
        "bucket/key, bucket, key, ''",
        "/bucket/key, bucket, key, ''",
        "/bucket//key, bucket, /key, ''",
        "bucket/a%2Fb%20c%2525, bucket, a/b c%25, ''",
        "bucket%2Fkey, bucket, key, ''",
        "bucket/a+b, bucket, a+b, ''",
        "bucket/key?versionId=null, bucket, key, null",
        "bucket/a%3FversionId=1?versionId=v%2F2, bucket, a?versionId=1, v/2",
        "bucket/folder/, bucket, folder/, ''",
    })
    void readsTheHeader(String header, String bucket, String key, String version) {
        assertThat(CopySource.parse(header)).isEqualTo(new CopySource(bucket, key, version));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "/", "bucket", "/bucket", "bucket/", "//key", "b/%zz", "b/%00"})
    void refusesWhatNamesNoObject(String header) {
        assertThatThrownBy(() -> CopySource.parse(header)).isInstanceOf(S3Exception.class);
    }

    @Test
    void answersEveryHeader() {
        long seed = 11;
        Random random = new Random(seed);
        String alphabet = "ab/%25?=&+versionId\u00e4";
        for (int round = 0; round < 20_000; round++) {
            StringBuilder header = new StringBuilder();
            for (int i = random.nextInt(20); i > 0; i--) {
                header.append(alphabet.charAt(random.nextInt(alphabet.length())));
            }
            try {
                CopySource source = CopySource.parse(header.toString());
                assertThat(source.bucket()).as("%s", header).isNotEmpty();
                assertThat(source.key()).as("%s", header).isNotEmpty();
            } catch (S3Exception ignored) {
                // The other allowed answer.
            }
        }
    }
}
