package io.varve.s3.signature;

import io.varve.s3.request.Headers;
import io.varve.s3.request.QueryParameters;
import io.varve.s3.request.RequestTarget;
import io.varve.s3.signature.SignatureVerifier.Authenticated;
import io.varve.s3.signature.SignatureVerifier.SecretOf;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;

/** The credentials, the time and the requests of the examples in Amazon's documentation of Signature V4 for S3. */
public final class AwsExamples {

    public static final String ACCESS_KEY = "AKIAIOSFODNN7EXAMPLE";
    public static final String SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
    public static final Instant TIME = Instant.parse("2013-05-24T00:00:00Z");
    public static final String EMPTY_SHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    private AwsExamples() {}

    /** A verifier that knows the example's user at the given time. */
    public static SignatureVerifier<String> verifierAt(Instant now) {
        return new SignatureVerifier<>(
                (id, token) -> id.equals(ACCESS_KEY) && token.isEmpty()
                        ? Optional.of(new SecretOf<>(SECRET, "example"))
                        : Optional.empty(),
                InstantSource.fixed(now),
                true);
    }

    /** Headers from alternating names and values. */
    public static Headers headers(String... namesAndValues) {
        Headers.Builder headers = new Headers.Builder();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            headers.add(namesAndValues[i], namesAndValues[i + 1]);
        }
        return headers.build();
    }

    /** The value of an Authorization header by the example's user. */
    public static String authorization(String signedHeaders, String signature) {
        return "AWS4-HMAC-SHA256 Credential=" + ACCESS_KEY + "/20130524/us-east-1/s3/aws4_request,SignedHeaders="
                + signedHeaders + ",Signature=" + signature;
    }

    /** Verifies a request for the virtual-host style bucket of the examples. */
    public static Optional<Authenticated<String>> verify(
            SignatureVerifier<String> verifier, String method, String path, String query, Headers headers) {
        RequestTarget target = RequestTarget.parse(path, headers.get("host"), "s3.amazonaws.com");
        return verifier.verify(method, target, QueryParameters.parse(query), headers);
    }

    /** The head of the chunked upload without trailer, 66,560 bytes in chunks of 64 KiB. */
    public static Headers chunkedUpload() {
        return headers(
                "Host", "s3.amazonaws.com",
                "x-amz-date", "20130524T000000Z",
                "x-amz-storage-class", "REDUCED_REDUNDANCY",
                "Authorization",
                        authorization(
                                "content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;"
                                        + "x-amz-decoded-content-length;x-amz-storage-class",
                                "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9"),
                "x-amz-content-sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
                "Content-Encoding", "aws-chunked",
                "x-amz-decoded-content-length", "66560",
                "Content-Length", "66824");
    }

    /** The head of the chunked upload with a trailer. */
    public static Headers chunkedUploadWithTrailer() {
        return headers(
                "Host", "s3.amazonaws.com",
                "x-amz-date", "20130524T000000Z",
                "x-amz-storage-class", "REDUCED_REDUNDANCY",
                "Authorization",
                        authorization(
                                "content-encoding;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;"
                                        + "x-amz-storage-class;x-amz-trailer",
                                "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e"),
                "x-amz-content-sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
                "Content-Encoding", "aws-chunked",
                "x-amz-decoded-content-length", "66560",
                "x-amz-trailer", "x-amz-checksum-crc32c");
    }
}
