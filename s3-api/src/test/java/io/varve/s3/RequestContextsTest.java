package io.varve.s3;

import static org.assertj.core.api.Assertions.assertThat;

import io.varve.s3.request.Headers;
import io.varve.s3.request.QueryParameters;
import io.varve.storage.access.RequestContext;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What policies can ask about how a request is signed. */
class RequestContextsTest {

    @ParameterizedTest
    @CsvSource({
        "'', AWS4-HMAC-SHA256 Credential=a, REST-HEADER, AWS4-HMAC-SHA256",
        "X-Amz-Signature=a, '', REST-QUERY-STRING, AWS4-HMAC-SHA256",
        "'', AWS a:b, REST-HEADER, AWS",
        "AWSAccessKeyId=a&Signature=b, '', REST-QUERY-STRING, AWS",
        "'', '', , ",
    })
    void tellsHowARequestIsSigned(String query, String authorization, @Nullable String type, @Nullable String version) {
        Headers.Builder headers = new Headers.Builder();
        if (!authorization.isEmpty()) {
            headers.add("authorization", authorization);
        }
        RequestContext context =
                RequestContexts.of("GetObject", "192.0.2.1", true, headers.build(), QueryParameters.parse(query));
        assertThat(context.values().get("s3:authtype")).isEqualTo(type);
        assertThat(context.values().get("s3:signatureversion")).isEqualTo(version);
    }

    @ParameterizedTest
    @CsvSource({"PutObject, true", "CompleteMultipartUpload, true", "CreateMultipartUpload, false"})
    void tellsOnWhatConditionAnObjectIsMade(String operation, String creates) {
        Headers headers = new Headers.Builder().add("If-None-Match", "*").build();
        RequestContext context = RequestContexts.of(operation, "192.0.2.1", true, headers, QueryParameters.NONE);
        assertThat(context.values())
                .containsEntry("s3:if-none-match", "*")
                .containsEntry("s3:objectcreationoperation", creates)
                .doesNotContainKey("s3:if-match");
    }
}
