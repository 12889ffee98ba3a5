package io.varve.s3.signature;

import io.varve.s3.error.S3Error;
import io.varve.s3.error.S3Exception;
import io.varve.s3.request.Headers;
import io.varve.s3.request.HttpDate;
import io.varve.s3.request.QueryParameters;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;

/**
 * What a request says of its own signature, before anything of it is believed.
 *
 * @param accessKeyId who claims to have signed
 * @param scope what the signing key is for
 * @param timestamp the time of signing as it was signed, {@code yyyyMMdd'T'HHmmss'Z'}
 * @param signedAt the same as a time
 * @param signedHeaders the names of the signed headers, lower case, in the order given
 * @param signature 64 hexadecimal digits, if it is one
 * @param payloadHash the last line of the canonical request
 * @param expiresSeconds of a presigned request, how long it is valid; empty for one signed by header
 */
record SignatureClaim(
        String accessKeyId,
        CredentialScope scope,
        String timestamp,
        Instant signedAt,
        List<String> signedHeaders,
        String signature,
        String payloadHash,
        OptionalLong expiresSeconds) {

    static final String ALGORITHM = "AWS4-HMAC-SHA256";
    static final String UNSIGNED_PAYLOAD = "UNSIGNED-PAYLOAD";
    static final String CONTENT_SHA256 = "x-amz-content-sha256";

    private static final long EXPIRES_SECONDS_MAX = 7L * 24 * 3600;
    private static final DateTimeFormatter TIMESTAMP = DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'", Locale.ROOT);

    SignatureClaim {
        signedHeaders = List.copyOf(signedHeaders);
    }

    boolean isPresigned() {
        return expiresSeconds.isPresent();
    }

    /** Reads the Authorization header and what belongs to it. */
    static SignatureClaim fromHeaders(Headers headers) {
        String authorization = headers.get("authorization");
        if (!authorization.startsWith(ALGORITHM)) {
            throw unsupported(authorization);
        }
        String credential = "";
        String signedHeaders = "";
        String signature = "";
        for (String field : authorization.substring(ALGORITHM.length()).split(",", -1)) {
            String pair = field.strip();
            if (pair.startsWith("Credential=")) {
                credential = pair.substring("Credential=".length());
            } else if (pair.startsWith("SignedHeaders=")) {
                signedHeaders = pair.substring("SignedHeaders=".length());
            } else if (pair.startsWith("Signature=")) {
                signature = pair.substring("Signature=".length());
            }
        }
        if (credential.isEmpty() || signedHeaders.isEmpty() || signature.isEmpty()) {
            throw new S3Exception(
                    S3Error.AUTHORIZATION_HEADER_MALFORMED,
                    "The authorization header is malformed; it needs Credential, SignedHeaders and Signature.");
        }
        String hash = headers.find(CONTENT_SHA256)
                .orElseThrow(() -> new S3Exception(
                        S3Error.INVALID_REQUEST, "Missing required header for this request: x-amz-content-sha256"));
        String timestamp = headers.find("x-amz-date").orElseGet(() -> timestampOfDateHeader(headers));
        return claim(
                S3Error.AUTHORIZATION_HEADER_MALFORMED,
                credential,
                timestamp,
                signedHeaders,
                signature,
                hash,
                OptionalLong.empty());
    }

    /** Reads the query of a presigned request. */
    static SignatureClaim fromQuery(QueryParameters query, Headers headers) {
        if (!query.get("X-Amz-Algorithm").equals(ALGORITHM)) {
            throw query.get("X-Amz-Algorithm").isEmpty()
                    ? missing("X-Amz-Algorithm")
                    : queryError("X-Amz-Algorithm only supports \"" + ALGORITHM + "\"");
        }
        for (String name : List.of("X-Amz-Credential", "X-Amz-Signature", "X-Amz-Date", "X-Amz-SignedHeaders")) {
            if (query.get(name).isEmpty()) {
                throw missing(name);
            }
        }
        List<String> signedHeaders = List.of(query.get("X-Amz-SignedHeaders").split(";"));
        String hash = query.find("X-Amz-Content-Sha256")
                .or(() -> signedHeaders.contains(CONTENT_SHA256)
                        ? headers.find(CONTENT_SHA256)
                        : java.util.Optional.empty())
                .orElse(UNSIGNED_PAYLOAD);
        return claim(
                S3Error.AUTHORIZATION_QUERY_PARAMETERS,
                query.get("X-Amz-Credential"),
                query.get("X-Amz-Date"),
                query.get("X-Amz-SignedHeaders"),
                query.get("X-Amz-Signature"),
                hash,
                OptionalLong.of(expires(query.get("X-Amz-Expires"))));
    }

    /** Reads the fields of a form. */
    static SignatureClaim ofForm(String credential, String timestamp, String signature) {
        return claim(
                S3Error.INVALID_ARGUMENT,
                credential,
                timestamp,
                "host",
                signature,
                UNSIGNED_PAYLOAD,
                OptionalLong.empty());
    }

    private static SignatureClaim claim(
            S3Error malformed,
            String credential,
            String timestamp,
            String signedHeaders,
            String signature,
            String payloadHash,
            OptionalLong expiresSeconds) {
        // The access key comes first and may hold slashes itself, so the scope is taken from the end.
        String[] fields = credential.split("/", -1);
        int scope = fields.length - 4;
        if (scope < 1
                || !(fields[scope + 2].equals(CredentialScope.S3) || fields[scope + 2].equals(CredentialScope.STS))
                || !fields[scope + 3].equals(CredentialScope.TERMINATOR)) {
            throw new S3Exception(
                    malformed,
                    "The credential is malformed; expecting \"<access key>/YYYYMMDD/<region>/s3/aws4_request\".");
        }
        Instant signedAt = parseTimestamp(malformed, timestamp);
        if (!timestamp.startsWith(fields[scope])) {
            throw new S3Exception(
                    malformed,
                    "Invalid credential date \"" + fields[scope] + "\": it is not the day of " + timestamp + ".");
        }
        return new SignatureClaim(
                String.join("/", List.of(fields).subList(0, scope)),
                new CredentialScope(fields[scope], fields[scope + 1], fields[scope + 2]),
                timestamp,
                signedAt,
                List.of(signedHeaders.split(";")),
                signature,
                payloadHash,
                expiresSeconds);
    }

    private static Instant parseTimestamp(S3Error malformed, String timestamp) {
        try {
            return LocalDateTime.parse(timestamp, TIMESTAMP).toInstant(ZoneOffset.UTC);
        } catch (DateTimeException e) {
            throw malformed == S3Error.AUTHORIZATION_HEADER_MALFORMED
                    ? new S3Exception(
                            S3Error.ACCESS_DENIED,
                            "The request needs a valid Date or x-amz-date header, such as 20261120T100000Z.",
                            e)
                    : new S3Exception(
                            malformed, "X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"", e);
        }
    }

    private static String timestampOfDateHeader(Headers headers) {
        return HttpDate.parse(headers.get("date"))
                .map(date -> TIMESTAMP.format(LocalDateTime.ofInstant(date, ZoneOffset.UTC)))
                .orElse("");
    }

    private static long expires(String text) {
        try {
            long seconds = Long.parseLong(text);
            if (seconds < 1) {
                throw new S3Exception(S3Error.ACCESS_DENIED, "Request has expired: X-Amz-Expires must be positive");
            }
            if (seconds > EXPIRES_SECONDS_MAX) {
                throw new S3Exception(
                        S3Error.ACCESS_DENIED,
                        "X-Amz-Expires must be less than a week (in seconds); that is " + EXPIRES_SECONDS_MAX);
            }
            return seconds;
        } catch (NumberFormatException ignored) {
            throw queryError("X-Amz-Expires should be a number");
        }
    }

    private static S3Exception missing(String name) {
        return queryError("Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential,"
                + " X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters. Missing: " + name);
    }

    private static S3Exception queryError(String message) {
        return new S3Exception(S3Error.AUTHORIZATION_QUERY_PARAMETERS, message);
    }

    private static S3Exception unsupported(String authorization) {
        int space = authorization.indexOf(' ');
        String scheme = space < 0 ? authorization : authorization.substring(0, space);
        return S3Exception.invalidArgument(
                "Authorization",
                scheme,
                "The authorization mechanism you have provided is not supported. Please use " + ALGORITHM + ".");
    }
}
