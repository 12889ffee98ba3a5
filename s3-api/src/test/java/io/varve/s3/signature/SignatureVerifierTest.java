package io.varve.s3.signature;

import static io.varve.s3.signature.AwsExamples.EMPTY_SHA256;
import static io.varve.s3.signature.AwsExamples.TIME;
import static io.varve.s3.signature.AwsExamples.authorization;
import static io.varve.s3.signature.AwsExamples.headers;
import static io.varve.s3.signature.AwsExamples.verifierAt;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import io.varve.s3.error.S3Error;
import io.varve.s3.error.S3Exception;
import io.varve.s3.request.Headers;
import java.time.Duration;
import java.time.Instant;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Against the examples of the API reference, whose signatures are published. */
class SignatureVerifierTest {

    private static final String HOST = "examplebucket.s3.amazonaws.com";
    private static final String PRESIGNED = "X-Amz-Algorithm=AWS4-HMAC-SHA256"
            + "&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request"
            + "&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
            + "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404";

    private static Headers getObject(String signature) {
        return headers(
                "Host",
                HOST,
                "Authorization",
                authorization("host;range;x-amz-content-sha256;x-amz-date", signature),
                "Range",
                "bytes=0-9",
                "x-amz-content-sha256",
                EMPTY_SHA256,
                "x-amz-date",
                "20130524T000000Z");
    }

    private static final String GET_SIGNATURE = "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41";

    private static void assertAccepted(String method, String path, String query, Headers headers) {
        assertThat(AwsExamples.verify(verifierAt(TIME), method, path, query, headers))
                .hasValueSatisfying(sender -> assertThat(sender.owner()).isEqualTo("example"));
    }

    private static void assertRefused(S3Error error, ThrowingCallable call) {
        assertThatThrownBy(call)
                .asInstanceOf(type(S3Exception.class))
                .extracting(S3Exception::error)
                .isEqualTo(error);
    }

    @Test
    void acceptsTheGetExample() {
        assertAccepted("GET", "/test.txt", "", getObject(GET_SIGNATURE));
    }

    @Test
    void acceptsThePutExampleWhateverWayThePathIsCoded() {
        Headers headers = headers(
                "Host", HOST,
                "Date", "Fri, 24 May 2013 00:00:00 GMT",
                "Authorization",
                        authorization(
                                "date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
                                "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"),
                "x-amz-date", "20130524T000000Z",
                "x-amz-storage-class", "REDUCED_REDUNDANCY",
                "x-amz-content-sha256", "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072");
        assertAccepted("PUT", "/test$file.text", "", headers);
        assertAccepted("PUT", "/test%24file.text", "", headers);
        assertAccepted("PUT", "/tes%74%24file.text", "", headers);
    }

    @ParameterizedTest
    @ValueSource(strings = {"lifecycle", "lifecycle="})
    void acceptsTheLifecycleExampleWithAndWithoutEqualsSign(String query) {
        assertAccepted(
                "GET",
                "/",
                query,
                headers(
                        "Host",
                        HOST,
                        "Authorization",
                        authorization(
                                "host;x-amz-content-sha256;x-amz-date",
                                "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"),
                        "x-amz-date",
                        "20130524T000000Z",
                        "x-amz-content-sha256",
                        EMPTY_SHA256));
    }

    @ParameterizedTest
    @ValueSource(strings = {"max-keys=2&prefix=J", "prefix=J&max-keys=2", "&prefix=%4A&max-keys=2&"})
    void acceptsTheListExampleInAnyOrder(String query) {
        assertAccepted(
                "GET",
                "/",
                query,
                headers(
                        "Host",
                        HOST,
                        "Authorization",
                        authorization(
                                "host;x-amz-content-sha256;x-amz-date",
                                "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"),
                        "x-amz-date",
                        "20130524T000000Z",
                        "x-amz-content-sha256",
                        EMPTY_SHA256));
    }

    @Test
    void acceptsThePresignedExampleUntilItExpires() {
        Headers headers = headers("Host", HOST);
        assertAccepted("GET", "/test.txt", PRESIGNED, headers);
        Instant last = TIME.plusSeconds(86_400 - 1);
        assertThat(AwsExamples.verify(verifierAt(last), "GET", "/test.txt", PRESIGNED, headers))
                .isPresent();
        assertRefused(
                S3Error.ACCESS_DENIED,
                () -> AwsExamples.verify(verifierAt(last.plusSeconds(1)), "GET", "/test.txt", PRESIGNED, headers));
        assertRefused(
                S3Error.ACCESS_DENIED,
                () -> AwsExamples.verify(verifierAt(TIME.minusSeconds(901)), "GET", "/test.txt", PRESIGNED, headers));
        assertRefused(
                S3Error.SIGNATURE_DOES_NOT_MATCH,
                () -> AwsExamples.verify(verifierAt(TIME), "PUT", "/test.txt", PRESIGNED, headers));
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "-7", "604801"})
    void refusesLivesThatCannotBe(String seconds) {
        assertRefused(
                S3Error.ACCESS_DENIED,
                () -> AwsExamples.verify(
                        verifierAt(TIME),
                        "GET",
                        "/test.txt",
                        PRESIGNED.replace("X-Amz-Expires=86400", "X-Amz-Expires=" + seconds),
                        headers("host", "examplebucket.s3.amazonaws.com")));
    }

    @ParameterizedTest
    @CsvSource({
        "X-Amz-Expires=86400, X-Amz-Expires=soon",
        "&X-Amz-Expires=86400, ''",
        "us-east-1%2Fs3%2F, us-east-1%2Fec2%2F",
        "X-Amz-Algorithm=AWS4-HMAC-SHA256, X-Amz-Algorithm=AWS4-ECDSA",
        "&X-Amz-SignedHeaders=host, ''",
    })
    void refusesBrokenPresignedQueries(String part, String instead) {
        assertRefused(
                S3Error.AUTHORIZATION_QUERY_PARAMETERS,
                () -> AwsExamples.verify(
                        verifierAt(TIME), "GET", "/test.txt", PRESIGNED.replace(part, instead), headers("Host", HOST)));
    }

    @Test
    void acceptsBothReadingsOfWhiteSpaceInHeaders() {
        // Signed once with runs of spaces folded and once only trimmed; made with the SDK's algorithm.
        for (String folded : new String[] {"a b", "a   b"}) {
            String canonical = "GET\n/\n\nhost:" + HOST + "\nx-amz-content-sha256:" + EMPTY_SHA256
                    + "\nx-amz-date:20130524T000000Z\nx-amz-meta-x:" + folded
                    + "\n\nhost;x-amz-content-sha256;x-amz-date;x-amz-meta-x\n" + EMPTY_SHA256;
            assertAccepted(
                    "GET",
                    "/",
                    "",
                    headers(
                            "Host",
                            HOST,
                            "Authorization",
                            authorization("host;x-amz-content-sha256;x-amz-date;x-amz-meta-x", sign(canonical)),
                            "x-amz-meta-x",
                            "  a   b ",
                            "x-amz-date",
                            "20130524T000000Z",
                            "x-amz-content-sha256",
                            EMPTY_SHA256));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "/a%2Fb, /a/b",
        "/a%2Fb, /a%2Fb",
        "//a//b/, //a//b/",
        "/a/../b/./c, /a/../b/./c",
        "/a;b=c, /a%3Bb%3Dc",
        "/a;b=c, /a;b=c",
        "/%C3%A4%20+~*, /%C3%A4%20%2B~%2A",
        "/%c3%a4, /%C3%A4",
    })
    void acceptsOddPathsAsClientsSignThem(String sent, String signed) {
        String canonical = "GET\n" + signed + "\na=&a=1&b=x%2Fy%20z\nhost:" + HOST + "\nx-amz-content-sha256:"
                + EMPTY_SHA256 + "\nx-amz-date:20130524T000000Z\n\nhost;x-amz-content-sha256;x-amz-date\n"
                + EMPTY_SHA256;
        assertAccepted(
                "GET",
                sent,
                "b=x/y+z&a=1&a",
                headers(
                        "Host",
                        HOST,
                        "Authorization",
                        authorization("host;x-amz-content-sha256;x-amz-date", sign(canonical)),
                        "x-amz-date",
                        "20130524T000000Z",
                        "x-amz-content-sha256",
                        EMPTY_SHA256));
    }

    private static String sign(String canonical) {
        return Hashing.hmacHex(
                SigningKeys.derive(
                        AwsExamples.SECRET, new CredentialScope("20130524", "us-east-1", CredentialScope.S3)),
                "AWS4-HMAC-SHA256\n20130524T000000Z\n20130524/us-east-1/s3/aws4_request\n"
                        + Hashing.sha256Hex(canonical.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1)));
    }

    @Test
    void takesAClockFifteenMinutesOffAndNoMore() {
        Headers headers = getObject(GET_SIGNATURE);
        for (Duration off : new Duration[] {Duration.ofMinutes(15), Duration.ofMinutes(-15)}) {
            assertThat(AwsExamples.verify(verifierAt(TIME.plus(off)), "GET", "/test.txt", "", headers))
                    .isPresent();
            assertRefused(
                    S3Error.REQUEST_TIME_TOO_SKEWED,
                    () -> AwsExamples.verify(
                            verifierAt(TIME.plus(off).plusSeconds(off.isNegative() ? -1 : 1)),
                            "GET",
                            "/test.txt",
                            "",
                            headers));
        }
    }

    @Test
    void refusesWhatWasNotSigned() {
        String wrong = GET_SIGNATURE.replace('f', 'e');
        assertRefused(
                S3Error.SIGNATURE_DOES_NOT_MATCH,
                () -> AwsExamples.verify(verifierAt(TIME), "GET", "/test.txt", "", getObject(wrong)));
        assertRefused(
                S3Error.SIGNATURE_DOES_NOT_MATCH,
                () -> AwsExamples.verify(verifierAt(TIME), "GET", "/test.txT", "", getObject(GET_SIGNATURE)));
        assertRefused(
                S3Error.SIGNATURE_DOES_NOT_MATCH,
                () -> AwsExamples.verify(verifierAt(TIME), "GET", "/test.txt", "acl", getObject(GET_SIGNATURE)));
        Headers.Builder added = new Headers.Builder();
        getObject(GET_SIGNATURE).values().forEach(added::add);
        Headers withCopy = added.add("x-amz-copy-source", "/other/secret").build();
        assertRefused(
                S3Error.ACCESS_DENIED, () -> AwsExamples.verify(verifierAt(TIME), "GET", "/test.txt", "", withCopy));
    }

    @Test
    void tellsUnknownKeysMalformedHeadersAndOldMechanismsApart() {
        assertRefused(
                S3Error.INVALID_ACCESS_KEY_ID,
                () -> verifyWith(authorization("host", GET_SIGNATURE).replace(AwsExamples.ACCESS_KEY, "NOBODY")));
        assertRefused(S3Error.AUTHORIZATION_HEADER_MALFORMED, () -> verifyWith("AWS4-HMAC-SHA256 nonsense"));
        assertRefused(
                S3Error.AUTHORIZATION_HEADER_MALFORMED,
                () -> verifyWith(authorization("host", GET_SIGNATURE).replace("20130524", "20130523")));
        assertRefused(S3Error.INVALID_ARGUMENT, () -> verifyWith("AWS nonsense"));
        assertRefused(S3Error.INVALID_ARGUMENT, () -> verifyWith("Basic YTpi"));
        assertRefused(S3Error.ACCESS_DENIED, () -> verifyWith(authorization("x-amz-date", GET_SIGNATURE)));
    }

    private static void verifyWith(String authorization) {
        AwsExamples.verify(
                verifierAt(TIME),
                "GET",
                "/",
                "",
                headers(
                        "Host", HOST,
                        "Authorization", authorization,
                        "x-amz-date", "20130524T000000Z",
                        "x-amz-content-sha256", EMPTY_SHA256));
    }

    @Test
    void findsNoSenderInAnUnsignedRequest() {
        assertThat(AwsExamples.verify(verifierAt(TIME), "GET", "/", "", headers("Host", HOST)))
                .isEmpty();
    }

    @Test
    void knowsTheFramingOfTheBody() {
        assertThat(AwsExamples.verify(
                        verifierAt(TIME), "PUT", "/examplebucket/chunkObject.txt", "", AwsExamples.chunkedUpload()))
                .hasValueSatisfying(sender -> assertThat(sender.payload())
                        .isInstanceOfSatisfying(
                                PayloadAuthentication.SignedChunks.class,
                                chunks -> assertThat(chunks.trailer()).isFalse()));
        assertThat(AwsExamples.verify(verifierAt(TIME), "GET", "/test.txt", "", getObject(GET_SIGNATURE)))
                .hasValueSatisfying(sender ->
                        assertThat(sender.payload()).isEqualTo(new PayloadAuthentication.SignedHash(EMPTY_SHA256)));
        assertThat(AwsExamples.verify(verifierAt(TIME), "GET", "/test.txt", PRESIGNED, headers("Host", HOST)))
                .hasValueSatisfying(
                        sender -> assertThat(sender.payload()).isEqualTo(new PayloadAuthentication.Unsigned()));
    }

    @Test
    void keepsSigningKeysWithinBounds() {
        SigningKeys keys = new SigningKeys();
        for (int i = 0; i < SigningKeys.KEYS_MAX + 10; i++) {
            keys.get("secret" + i, new CredentialScope("20130524", "us-east-1", CredentialScope.S3));
        }
        assertThat(keys.size()).isBetween(1, SigningKeys.KEYS_MAX);
    }
}
