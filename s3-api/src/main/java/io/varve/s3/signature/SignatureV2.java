package io.varve.s3.signature;

import io.varve.s3.error.S3Error;
import io.varve.s3.error.S3Exception;
import io.varve.s3.request.Headers;
import io.varve.s3.request.HttpDate;
import io.varve.s3.request.QueryParameters;
import io.varve.s3.request.RequestTarget;
import java.nio.charset.StandardCharsets;
import java.security.InvalidKeyException;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * What a request says of its own signature by Signature Version 2 (user guide, "Authenticating requests using the REST API"), which older
 * tools and forms still sign by. It covers the method, the resource, the date, Content-MD5, Content-Type and the headers of Amazon, but
 * neither the body nor all of the query: a subresource that it does not cover is refused.
 *
 * @param accessKeyId who claims to have signed
 * @param signature in base64
 * @param expires of a request signed in its query, when it ends, in seconds since 1970; empty for one signed by header
 */
record SignatureV2(String accessKeyId, String signature, Optional<String> expires) {

    private static final String SCHEME = "AWS ";
    private static final String HMAC = "HmacSHA1";
    private static final String DATE = "x-amz-date";
    private static final String KEY_PARAMETER = "AWSAccessKeyId";
    private static final String SIGNATURE_PARAMETER = "Signature";
    private static final String EXPIRES_PARAMETER = "Expires";

    /** The parameters of the query that are covered, beside those that begin with {@code response-}. */
    private static final Set<String> COVERED = Set.of(
            "accelerate",
            "acl",
            "analytics",
            "cors",
            "delete",
            "inventory",
            "lifecycle",
            "location",
            "logging",
            "metrics",
            "notification",
            "object-lock",
            "partNumber",
            "policy",
            "replication",
            "requestPayment",
            "restore",
            "select",
            "select-type",
            "storageClass",
            "tagging",
            "torrent",
            "uploadId",
            "uploads",
            "versionId",
            "versioning",
            "versions",
            "website");

    /** Parameters that are not covered and may be there without a value, since they choose nothing but a page of a list. */
    private static final Set<String> PAGING = Set.of(
            "prefix",
            "marker",
            "delimiter",
            "start-after",
            "continuation-token",
            "key-marker",
            "upload-id-marker",
            "version-id-marker",
            "encoding-type");

    /** Whether a request claims to be signed so by a header. */
    static boolean isInHeader(Headers headers) {
        return headers.get("authorization").startsWith(SCHEME);
    }

    /** Whether a request claims to be signed so in its query. */
    static boolean isInQuery(QueryParameters query) {
        return query.has(KEY_PARAMETER) && query.has(SIGNATURE_PARAMETER);
    }

    /** Reads the Authorization header. */
    static SignatureV2 ofHeader(Headers headers) {
        String claim = headers.get("authorization").substring(SCHEME.length());
        int colon = claim.lastIndexOf(':');
        if (colon < 1) {
            throw S3Exception.invalidArgument(
                    "Authorization",
                    SCHEME + claim,
                    "AWS authorization header is invalid. Expected AwsAccessKeyId:signature");
        }
        return new SignatureV2(
                claim.substring(0, colon).strip(), claim.substring(colon + 1).strip(), Optional.empty());
    }

    /** Reads the query. */
    static SignatureV2 ofQuery(QueryParameters query) {
        return new SignatureV2(
                query.get(KEY_PARAMETER), query.get(SIGNATURE_PARAMETER), Optional.of(query.get(EXPIRES_PARAMETER)));
    }

    /**
     * Checks that the request is of now.
     *
     * @throws S3Exception {@code AccessDenied} if it has ended or has no date, {@code RequestTimeTooSkewed} if its date is another
     */
    void checkTime(Headers headers, Instant now) {
        if (expires.isPresent()) {
            if (!now.isBefore(end(expires.get()))) {
                throw new S3Exception(S3Error.ACCESS_DENIED, "Request has expired")
                        .with("Expires", expires.get())
                        .with("ServerTime", HttpDate.formatIso(now));
            }
            return;
        }
        String text = headers.find(DATE).orElseGet(() -> headers.get("date"));
        Instant signedAt = HttpDate.parseWithoutDay(text)
                .filter(date -> date.isAfter(Instant.EPOCH))
                .orElseThrow(() -> new S3Exception(
                        S3Error.ACCESS_DENIED, "AWS authentication requires a valid Date or x-amz-date header"));
        if (signedAt.isAfter(now.plus(SignatureVerifier.SKEW_MAX))
                || signedAt.isBefore(now.minus(SignatureVerifier.SKEW_MAX))) {
            throw new S3Exception(S3Error.REQUEST_TIME_TOO_SKEWED)
                    .with("RequestTime", text)
                    .with("ServerTime", HttpDate.formatIso(now))
                    .with("MaxAllowedSkewMilliseconds", Long.toString(SignatureVerifier.SKEW_MAX.toMillis()));
        }
    }

    private static Instant end(String text) {
        try {
            return Instant.ofEpochSecond(Long.parseLong(text));
        } catch (NumberFormatException e) {
            throw new S3Exception(S3Error.ACCESS_DENIED, "Invalid date (should be seconds since epoch): " + text, e);
        }
    }

    /**
     * Checks the signature.
     *
     * @throws S3Exception {@code SignatureDoesNotMatch}, or {@code AccessDenied} if the query asks for something it does not cover
     */
    void check(String secret, String method, RequestTarget target, QueryParameters query, Headers headers) {
        checkCovered(query);
        String path = target.rawPath().isEmpty() ? "/" : target.rawPath();
        // A bucket is signed with a slash at its end by most tools and without by some, however it is sent.
        String other = target.scope() == RequestTarget.Scope.BUCKET && !path.endsWith("/") ? path + "/" : path;
        for (String form : List.of(path, other)) {
            if (Hashing.sameSignature(sign(secret, stringToSign(method, target, form, query, headers)), signature)) {
                return;
            }
        }
        throw mismatch(stringToSign(method, target, other, query, headers));
    }

    /** Checks the signature of a form's policy. */
    void checkPolicy(String secret, String policy) {
        if (!Hashing.sameSignature(sign(secret, policy), signature)) {
            throw mismatch(policy);
        }
    }

    private S3Exception mismatch(String stringToSign) {
        return new S3Exception(S3Error.SIGNATURE_DOES_NOT_MATCH)
                .with("AWSAccessKeyId", accessKeyId)
                .with("StringToSign", stringToSign)
                .with("SignatureProvided", signature);
    }

    private static void checkCovered(QueryParameters query) {
        for (QueryParameters.Parameter parameter : query.parameters()) {
            if (parameter.value().isEmpty() && !isCovered(parameter.name()) && !PAGING.contains(parameter.name())) {
                throw new S3Exception(
                        S3Error.ACCESS_DENIED,
                        "Signature Version 2 does not cover '" + parameter.name() + "': sign by Version 4.");
            }
        }
    }

    private static boolean isCovered(String name) {
        return COVERED.contains(name) || name.startsWith("response-");
    }

    private String stringToSign(
            String method, RequestTarget target, String path, QueryParameters query, Headers headers) {
        SortedMap<String, String> amazon = new TreeMap<>(headers.withPrefix("x-amz-"));
        if (expires.isPresent()) {
            for (QueryParameters.Parameter parameter : query.parameters()) {
                String name = parameter.name().toLowerCase(Locale.ROOT);
                if (name.startsWith("x-amz-")) {
                    amazon.putIfAbsent(name, parameter.value());
                }
            }
        }
        StringBuilder text = new StringBuilder(256)
                .append(method)
                .append('\n')
                .append(header(headers, query, "content-md5"))
                .append('\n')
                .append(header(headers, query, "content-type"))
                .append('\n')
                .append(expires.orElseGet(() -> amazon.containsKey(DATE) ? "" : headers.get("date")))
                .append('\n');
        amazon.forEach(
                (name, value) -> text.append(name).append(':').append(value).append('\n'));
        return text.append(resource(target, path, query)).toString();
    }

    private String header(Headers headers, QueryParameters query, String name) {
        return headers.find(name).orElseGet(() -> expires.isPresent() ? query.get(name) : "");
    }

    private static String resource(RequestTarget target, String path, QueryParameters query) {
        List<QueryParameters.Parameter> covered = new ArrayList<>();
        for (QueryParameters.Parameter parameter : query.parameters()) {
            if (isCovered(parameter.name())) {
                covered.add(parameter);
            }
        }
        covered.sort(Comparator.comparing(QueryParameters.Parameter::name));
        StringBuilder text = new StringBuilder();
        if (!target.bucket().isEmpty() && target.isByHost()) {
            text.append('/').append(target.bucket());
        }
        text.append(path);
        char separator = '?';
        for (QueryParameters.Parameter parameter : covered) {
            text.append(separator).append(parameter.name());
            if (!parameter.value().isEmpty()) {
                text.append('=').append(parameter.value());
            }
            separator = '&';
        }
        return text.toString();
    }

    private static String sign(String secret, String text) {
        try {
            Mac mac = Mac.getInstance(HMAC);
            mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), HMAC));
            // Header values hold bytes as characters; what the query holds beyond ASCII is rare and signed as UTF-8.
            boolean bytes = text.chars().allMatch(c -> c < 256);
            byte[] signed = mac.doFinal(text.getBytes(bytes ? StandardCharsets.ISO_8859_1 : StandardCharsets.UTF_8));
            return Base64.getEncoder().encodeToString(signed);
        } catch (NoSuchAlgorithmException | InvalidKeyException e) {
            throw new AssertionError("every JDK has HmacSHA1", e);
        }
    }
}
