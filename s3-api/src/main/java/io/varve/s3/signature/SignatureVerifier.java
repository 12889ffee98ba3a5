package io.varve.s3.signature;

import io.varve.s3.error.S3Error;
import io.varve.s3.error.S3Exception;
import io.varve.s3.request.Headers;
import io.varve.s3.request.HttpDate;
import io.varve.s3.request.QueryParameters;
import io.varve.s3.request.RequestTarget;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import javax.crypto.SecretKey;

/**
 * Finds out who sent a request. Thread-safe.
 *
 * <p>Every header that begins with {@code x-amz-} or {@code x-varve-} must be signed, or whoever got hold of a presigned URL could turn a
 * PUT into a copy of any object by adding a header.
 *
 * @param <C> what the owner of an access key is known as
 */
public final class SignatureVerifier<C> {

    /** How far a client's clock may be off (API reference, error {@code RequestTimeTooSkewed}). */
    public static final Duration SKEW_MAX = Duration.ofMinutes(15);

    private static final String TOKEN = "x-amz-security-token";
    private static final String TOKEN_PARAMETER = "X-Amz-Security-Token";

    /** An access key's secret and owner. */
    public record SecretOf<C>(String secret, C owner) {}

    /**
     * A request whose signature is right.
     *
     * @param owner of the access key
     * @param payload how its body is to be read
     */
    public record Authenticated<C>(C owner, PayloadAuthentication payload) {}

    private final Credentials<C> credentials;
    private final InstantSource clock;
    private final boolean oldSignatures;
    private final SigningKeys keys = new SigningKeys();

    /** Finds the secrets of access keys. */
    @FunctionalInterface
    public interface Credentials<C> {
        /**
         * Finds one.
         *
         * @param token of temporary credentials; empty for a plain access key
         * @return empty if there is no such key
         * @throws S3Exception if the token is not right, or not right any more
         */
        Optional<SecretOf<C>> find(String accessKeyId, String token);
    }

    /**
     * @param credentials asked for every request
     * @param clock the server's time
     * @param oldSignatures whether Signature Version 2 is accepted, too
     */
    public SignatureVerifier(Credentials<C> credentials, InstantSource clock, boolean oldSignatures) {
        this.credentials = credentials;
        this.clock = clock;
        this.oldSignatures = oldSignatures;
    }

    /**
     * Verifies a request's head.
     *
     * @return who signed it, or empty if it claims no signature at all
     * @throws S3Exception if it claims one that is not right, or not right now
     */
    public Optional<Authenticated<C>> verify(
            String method, RequestTarget target, QueryParameters query, Headers headers) {
        return verify(method, target, query, headers, CredentialScope.S3);
    }

    /** Headers that tell the hash of a body, for a client that signed it without sending it. */
    public static Headers withHashOf(byte[] body, Headers headers) {
        if (headers.has(SignatureClaim.CONTENT_SHA256)) {
            return headers;
        }
        SortedMap<String, String> values = new TreeMap<>(headers.values());
        values.put(SignatureClaim.CONTENT_SHA256, Hashing.sha256Hex(body));
        return new Headers(values);
    }

    /** The same for a request to the service that gives temporary credentials. */
    public Optional<Authenticated<C>> verifyForTokens(
            String method, RequestTarget target, QueryParameters query, Headers headers) {
        return verify(method, target, query, headers, CredentialScope.STS);
    }

    private Optional<Authenticated<C>> verify(
            String method, RequestTarget target, QueryParameters query, Headers headers, String service) {
        boolean byQuery = query.has("X-Amz-Signature") || query.has("X-Amz-Algorithm") || query.has("X-Amz-Credential");
        boolean byHeader = !headers.get("authorization").isEmpty();
        if (byQuery && byHeader) {
            throw new S3Exception(
                    S3Error.INVALID_ARGUMENT,
                    "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, or the Authorization"
                            + " header should be specified");
        }
        if (SignatureV2.isInHeader(headers) || (!byQuery && !byHeader && SignatureV2.isInQuery(query))) {
            return Optional.of(verifyV2(method, target, query, headers));
        }
        if (!byQuery && !byHeader) {
            return Optional.empty();
        }
        SignatureClaim claim =
                byHeader ? SignatureClaim.fromHeaders(headers) : SignatureClaim.fromQuery(query, headers);
        if (!claim.scope().service().equals(service)) {
            throw new S3Exception(
                    byHeader ? S3Error.AUTHORIZATION_HEADER_MALFORMED : S3Error.AUTHORIZATION_QUERY_PARAMETERS,
                    "Credential should be scoped to correct service: '" + service + "'.");
        }
        String token = byHeader ? headers.get(TOKEN) : query.get(TOKEN_PARAMETER);
        SecretOf<C> known = known(claim.accessKeyId(), token);
        checkTime(claim);
        checkSignedHeaders(claim, headers);
        SecretKey key = keys.get(known.secret(), claim.scope());
        checkSignature(CanonicalRequest.forms(method, target.rawPath(), query, headers, claim), claim, key);
        return Optional.of(new Authenticated<>(known.owner(), payload(claim, headers, key)));
    }

    private Authenticated<C> verifyV2(String method, RequestTarget target, QueryParameters query, Headers headers) {
        if (!oldSignatures) {
            throw S3Exception.invalidArgument(
                    "Authorization",
                    "AWS",
                    "The authorization mechanism you have provided is not supported. Please use "
                            + SignatureClaim.ALGORITHM + ".");
        }
        SignatureV2 claim =
                SignatureV2.isInHeader(headers) ? SignatureV2.ofHeader(headers) : SignatureV2.ofQuery(query);
        SecretOf<C> known = known(claim.accessKeyId(), headers.find(TOKEN).orElseGet(() -> query.get(TOKEN)));
        claim.checkTime(headers, clock.instant());
        claim.check(known.secret(), method, target, query, headers);
        return new Authenticated<>(known.owner(), unsignedPayload(headers));
    }

    private SecretOf<C> known(String accessKeyId, String token) {
        return credentials
                .find(accessKeyId, token)
                .orElseThrow(() -> new S3Exception(S3Error.INVALID_ACCESS_KEY_ID).with("AWSAccessKeyId", accessKeyId));
    }

    /**
     * Verifies the signature on a form's policy (API reference, "Browser-based uploads using POST").
     *
     * @param fields the form's fields, names in lower case
     * @return who signed it
     * @throws S3Exception if it is not signed, or not right; when the form ends is for its policy to say
     */
    public C verifyForm(Map<String, String> fields) {
        if (oldSignatures && fields.containsKey("awsaccesskeyid") && !fields.containsKey("x-amz-algorithm")) {
            SignatureV2 old = new SignatureV2(
                    formField(fields, "awsaccesskeyid"), formField(fields, "signature"), Optional.empty());
            SecretOf<C> known = known(old.accessKeyId(), fields.getOrDefault(TOKEN, ""));
            old.checkPolicy(known.secret(), formField(fields, "policy"));
            return known.owner();
        }
        String algorithm = formField(fields, "x-amz-algorithm");
        if (!algorithm.equals(SignatureClaim.ALGORITHM)) {
            throw S3Exception.invalidArgument(
                    "x-amz-algorithm", algorithm, "Only " + SignatureClaim.ALGORITHM + " is supported.");
        }
        SignatureClaim claim = SignatureClaim.ofForm(
                formField(fields, "x-amz-credential"),
                formField(fields, "x-amz-date"),
                formField(fields, "x-amz-signature"));
        SecretOf<C> known = known(claim.accessKeyId(), fields.getOrDefault(TOKEN, ""));
        String policy = formField(fields, "policy");
        String expected = Hashing.hmacHex(keys.get(known.secret(), claim.scope()), policy);
        if (!Hashing.sameSignature(expected, claim.signature())) {
            throw new S3Exception(S3Error.SIGNATURE_DOES_NOT_MATCH)
                    .with("AWSAccessKeyId", claim.accessKeyId())
                    .with("StringToSign", policy)
                    .with("SignatureProvided", claim.signature());
        }
        return known.owner();
    }

    private static String formField(Map<String, String> fields, String name) {
        String value = fields.getOrDefault(name, "");
        if (value.isEmpty()) {
            throw S3Exception.invalidArgument(name, "", "Bucket POST must contain a field named '" + name + "'.");
        }
        return value;
    }

    private void checkTime(SignatureClaim claim) {
        Instant now = clock.instant();
        boolean fromFuture = claim.signedAt().isAfter(now.plus(SKEW_MAX));
        if (claim.expiresSeconds().isPresent()) {
            Instant end = claim.signedAt().plusSeconds(claim.expiresSeconds().getAsLong());
            if (fromFuture) {
                throw new S3Exception(S3Error.ACCESS_DENIED, "Request is not valid yet")
                        .with("X-Amz-Date", claim.timestamp())
                        .with("ServerTime", HttpDate.formatIso(now));
            }
            if (!now.isBefore(end)) {
                throw new S3Exception(S3Error.ACCESS_DENIED, "Request has expired")
                        .with(
                                "X-Amz-Expires",
                                Long.toString(claim.expiresSeconds().getAsLong()))
                        .with("Expires", HttpDate.formatIso(end))
                        .with("ServerTime", HttpDate.formatIso(now));
            }
        } else if (fromFuture || claim.signedAt().isBefore(now.minus(SKEW_MAX))) {
            throw new S3Exception(S3Error.REQUEST_TIME_TOO_SKEWED)
                    .with("RequestTime", claim.timestamp())
                    .with("ServerTime", HttpDate.formatIso(now))
                    .with("MaxAllowedSkewMilliseconds", Long.toString(SKEW_MAX.toMillis()));
        }
    }

    private static void checkSignedHeaders(SignatureClaim claim, Headers headers) {
        if (!claim.signedHeaders().contains("host")) {
            throw new S3Exception(S3Error.ACCESS_DENIED, "The Host header must be signed.");
        }
        Set<String> meaningful = new TreeSet<>(headers.withPrefix("x-amz-").keySet());
        meaningful.addAll(headers.withPrefix("x-varve-").keySet());
        for (String name : meaningful) {
            // The payload's hash is covered without being listed, since the canonical request ends with it.
            if (!claim.signedHeaders().contains(name) && !name.equals(SignatureClaim.CONTENT_SHA256)) {
                throw new S3Exception(
                                S3Error.ACCESS_DENIED,
                                "There were headers present in the request which were not signed")
                        .with("HeadersNotSigned", name);
            }
        }
    }

    private static void checkSignature(Set<String> forms, SignatureClaim claim, SecretKey key) {
        for (String form : forms) {
            String stringToSign = CanonicalRequest.stringToSign(form, claim);
            if (Hashing.sameSignature(Hashing.hmacHex(key, stringToSign), claim.signature())) {
                return;
            }
        }
        String likeliest = forms.iterator().next();
        String stringToSign = CanonicalRequest.stringToSign(likeliest, claim);
        throw new S3Exception(S3Error.SIGNATURE_DOES_NOT_MATCH)
                .with("AWSAccessKeyId", claim.accessKeyId())
                .with("StringToSign", stringToSign)
                .with("SignatureProvided", claim.signature())
                .with("CanonicalRequest", likeliest);
    }

    /**
     * How the body of a request without a signature is framed.
     *
     * @throws S3Exception if its headers claim that the body is signed
     */
    public static PayloadAuthentication unsignedPayload(Headers headers) {
        String declared = headers.find(SignatureClaim.CONTENT_SHA256).orElse(SignatureClaim.UNSIGNED_PAYLOAD);
        return switch (declared) {
            case "STREAMING-UNSIGNED-PAYLOAD-TRAILER" -> new PayloadAuthentication.UnsignedChunks();
            case SignatureClaim.UNSIGNED_PAYLOAD -> new PayloadAuthentication.Unsigned();
            case "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER" ->
                throw new S3Exception(S3Error.ACCESS_DENIED, "A body that is signed needs a signed request.");
            default -> signedHash(declared);
        };
    }

    private static PayloadAuthentication payload(SignatureClaim claim, Headers headers, SecretKey key) {
        String header = headers.get(SignatureClaim.CONTENT_SHA256);
        String declared = header.startsWith("STREAMING-") ? header : claim.payloadHash();
        return switch (declared) {
            case "STREAMING-AWS4-HMAC-SHA256-PAYLOAD" -> signedChunks(claim, key, false);
            case "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER" -> signedChunks(claim, key, true);
            case "STREAMING-UNSIGNED-PAYLOAD-TRAILER" -> new PayloadAuthentication.UnsignedChunks();
            case SignatureClaim.UNSIGNED_PAYLOAD -> new PayloadAuthentication.Unsigned();
            default -> signedHash(declared);
        };
    }

    private static PayloadAuthentication signedHash(String declared) {
        if (declared.length() == 64 && declared.chars().allMatch(HexFormat::isHexDigit)) {
            return new PayloadAuthentication.SignedHash(declared.toLowerCase(Locale.ROOT));
        }
        if (declared.startsWith("STREAMING-AWS4-ECDSA")) {
            throw new S3Exception(S3Error.NOT_IMPLEMENTED, "Signature Version 4A is not implemented.");
        }
        throw S3Exception.invalidArgument(
                SignatureClaim.CONTENT_SHA256,
                declared,
                "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER,"
                        + " STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER, or a valid"
                        + " sha256 value.");
    }

    private static PayloadAuthentication signedChunks(SignatureClaim claim, SecretKey key, boolean trailer) {
        return new PayloadAuthentication.SignedChunks(
                new ChunkSignatures(key, claim.timestamp(), claim.scope().toString(), claim.signature()), trailer);
    }
}
