package io.varve.s3.signature;

import static io.varve.s3.signature.AwsExamples.headers;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varve.s3.error.S3Error;
import io.varve.s3.error.S3Exception;
import io.varve.s3.request.Headers;
import io.varve.s3.request.QueryParameters;
import io.varve.s3.request.RequestTarget;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The examples of the user guide, "Signing and authenticating REST requests", and what must not pass. */
class SignatureV2Test {

    private static final String HOST = "johnsmith.s3.amazonaws.com";
    private static final String DATE = "Tue, 27 Mar 2007 19:36:42 +0000";

    private static String verified(Instant now, String method, String path, String query, Headers headers) {
        RequestTarget target = RequestTarget.parse(path, headers.get("host"), "s3.amazonaws.com");
        return AwsExamples.verifierAt(now)
                .verify(method, target, QueryParameters.parse(query), headers)
                .orElseThrow()
                .owner();
    }

    private static String verified(String method, String path, String query, Headers headers) {
        return verified(Instant.parse("2007-03-27T19:40:00Z"), method, path, query, headers);
    }

    private static void assertRefused(S3Error error, String method, String path, String query, Headers headers) {
        assertThatThrownBy(() -> verified(method, path, query, headers))
                .isInstanceOfSatisfying(
                        S3Exception.class, e -> assertThat(e.error()).isEqualTo(error));
    }

    private static Headers signed(String signature, String... more) {
        String[] all = new String[more.length + 6];
        System.arraycopy(more, 0, all, 6, more.length);
        all[0] = "host";
        all[1] = HOST;
        all[2] = "date";
        all[3] = DATE;
        all[4] = "authorization";
        all[5] = "AWS " + AwsExamples.ACCESS_KEY + ":" + signature;
        return headers(all);
    }

    @Test
    void acceptsTheExamples() {
        assertThat(verified("GET", "/photos/puppy.jpg", "", signed("bWq2s1WEIj+Ydj0vQ697zp+IXMU=")))
                .isEqualTo("example");
        assertThat(verified(
                        "GET",
                        "/",
                        "prefix=photos&max-keys=50&marker=puppy",
                        headers(
                                "host",
                                HOST,
                                "date",
                                "Tue, 27 Mar 2007 19:42:41 +0000",
                                "authorization",
                                "AWS " + AwsExamples.ACCESS_KEY + ":htDYFYduRNen8P9ZfE/s9SuKy0U=")))
                .isEqualTo("example");
        assertThat(verified(
                        "GET",
                        "/",
                        "acl",
                        headers(
                                "host",
                                HOST,
                                "date",
                                "Tue, 27 Mar 2007 19:44:46 +0000",
                                "authorization",
                                "AWS " + AwsExamples.ACCESS_KEY + ":c2WLPFtWHVgbEmeEG93a4cG37dM=")))
                .isEqualTo("example");
    }

    @Test
    void refusesWhatWasNotSigned() {
        String signature = "bWq2s1WEIj+Ydj0vQ697zp+IXMU=";
        assertRefused(S3Error.SIGNATURE_DOES_NOT_MATCH, "GET", "/photos/kitten.jpg", "", signed(signature));
        assertRefused(S3Error.SIGNATURE_DOES_NOT_MATCH, "DELETE", "/photos/puppy.jpg", "", signed(signature));
        assertRefused(S3Error.SIGNATURE_DOES_NOT_MATCH, "GET", "/photos/puppy.jpg", "acl", signed(signature));
        assertRefused(
                S3Error.SIGNATURE_DOES_NOT_MATCH,
                "GET",
                "/photos/puppy.jpg",
                "",
                signed(signature, "x-amz-copy-source", "/other/key"));
        // A bucket in the path is another resource than the same path below a bucket in the host.
        Headers byPath = headers(
                "host",
                "s3.amazonaws.com",
                "date",
                DATE,
                "authorization",
                "AWS " + AwsExamples.ACCESS_KEY + ":" + signature);
        assertRefused(S3Error.SIGNATURE_DOES_NOT_MATCH, "GET", "/photos/puppy.jpg", "", byPath);
        assertThat(verified("GET", "/johnsmith/photos/puppy.jpg", "", byPath)).isEqualTo("example");
        assertRefused(S3Error.ACCESS_DENIED, "GET", "/photos/puppy.jpg", "retention", signed(signature));
    }

    @Test
    void refusesOtherTimes() {
        Headers headers = signed("bWq2s1WEIj+Ydj0vQ697zp+IXMU=");
        assertThatThrownBy(
                        () -> verified(Instant.parse("2007-03-27T20:40:00Z"), "GET", "/photos/puppy.jpg", "", headers))
                .isInstanceOfSatisfying(
                        S3Exception.class, e -> assertThat(e.error()).isEqualTo(S3Error.REQUEST_TIME_TOO_SKEWED));
        for (String date : new String[] {"Bad Date", "", "Tue, 07 Jul 1950 21:53:04 GMT"}) {
            assertRefused(
                    S3Error.ACCESS_DENIED,
                    "GET",
                    "/photos/puppy.jpg",
                    "",
                    signed("bWq2s1WEIj+Ydj0vQ697zp+IXMU=", "x-amz-date", date));
        }
        assertRefused(
                S3Error.ACCESS_DENIED,
                "GET",
                "/photos/puppy.jpg",
                "AWSAccessKeyId=" + AwsExamples.ACCESS_KEY + "&Expires=1141889120&Signature=x",
                headers("host", HOST));
    }

    @Test
    void canBeSwitchedOff() {
        SignatureVerifier<String> verifier =
                new SignatureVerifier<>((id, token) -> Optional.empty(), InstantSource.system(), false);
        RequestTarget target = RequestTarget.parse("/photos/puppy.jpg", HOST, "s3.amazonaws.com");
        assertThatThrownBy(() ->
                        verifier.verify("GET", target, QueryParameters.NONE, signed("bWq2s1WEIj+Ydj0vQ697zp+IXMU=")))
                .isInstanceOfSatisfying(
                        S3Exception.class, e -> assertThat(e.error()).isEqualTo(S3Error.INVALID_ARGUMENT));
        assertThatThrownBy(() -> verifier.verifyForm(Map.of("awsaccesskeyid", "a", "signature", "s", "policy", "p")))
                .isInstanceOf(S3Exception.class);
    }
}
