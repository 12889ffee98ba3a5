package io.varve.s3.request;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varve.s3.error.S3Error;
import io.varve.s3.error.S3Exception;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PostPolicyTest {

    private static final Instant NOW = Instant.parse("2026-11-20T10:00:00Z");
    private static final String POLICY = "{'expiration':'2026-11-20T10:00:01.000Z','conditions':[{'bucket':'b'},"
            + "['starts-with','$key','user/'],['eq','$acl','private'],['starts-with','$Content-Type','image/'],"
            + "['content-length-range',2,100]]}";

    private static PostPolicy parse(String json) {
        byte[] utf8 = json.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
        return PostPolicy.parse(Base64.getEncoder().encodeToString(utf8));
    }

    private static Map<String, String> fields() {
        return new HashMap<>(Map.of(
                "bucket",
                "b",
                "key",
                "user/a",
                "acl",
                "private",
                "content-type",
                "image/png, image/gif",
                "x-ignore-x",
                "y"));
    }

    @Test
    void letsThroughWhatFits() {
        PostPolicy policy = parse(POLICY);
        assertThatCode(() -> policy.check(fields(), NOW)).doesNotThrowAnyException();
        assertThat(policy.bytesMin()).isEqualTo(2);
        assertThat(policy.bytesMax()).isEqualTo(100);
    }

    @ParameterizedTest
    @CsvSource({
        "bucket, c",
        "key, other/a",
        "acl, public-read",
        "acl, ''",
        "'content-type', 'image/png, text/html'",
        "extra, field"
    })
    void refusesWhatDoesNot(String field, String value) {
        Map<String, String> fields = fields();
        fields.put(field, value);
        assertRefused(() -> parse(POLICY).check(fields, NOW), S3Error.ACCESS_DENIED);
    }

    @Test
    void ends() {
        assertRefused(() -> parse(POLICY).check(fields(), NOW.plusSeconds(1)), S3Error.ACCESS_DENIED);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "{}",
                "{'expiration':'2026-11-20T10:00:01Z'}",
                "{'expiration':'soon','conditions':[]}",
                "{'expiration':'2026-11-20T10:00:01Z','conditions':[['ends-with','$key','x']]}",
                "{'expiration':'2026-11-20T10:00:01Z','conditions':[['eq','key','x']]}",
                "{'expiration':'2026-11-20T10:00:01Z','conditions':[['content-length-range','a',3]]}",
                "{'expiration':'2026-11-20T10:00:01Z','conditions':[{'key':7}]}",
                "{'expiration':'2026-11-20T10:00:01Z','conditions':['x']}",
            })
    void refusesWhatIsNoPolicy(String json) {
        assertRefused(() -> parse(json), S3Error.INVALID_POLICY_DOCUMENT);
    }

    private static void assertRefused(Runnable call, S3Error error) {
        assertThatThrownBy(call::run)
                .isInstanceOfSatisfying(
                        S3Exception.class, e -> assertThat(e.error()).isEqualTo(error));
    }
}
