package io.varve.s3;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The client's side of Signature V4, written apart from the server's, for requests that no SDK would send. It signs
 * paths exactly as they are given.
 */
final class RequestSigner {

    private static final DateTimeFormatter TIMESTAMP =
            DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);

    private final String accessKey;
    private final String timestamp;
    private final String scope;
    private final byte[] key;

    RequestSigner(String accessKey, String secret, Instant time) {
        this(accessKey, secret, time, "s3");
    }

    RequestSigner(String accessKey, String secret, Instant time, String service) {
        this.accessKey = accessKey;
        this.timestamp = TIMESTAMP.format(time);
        String date = timestamp.substring(0, 8);
        this.scope = date + "/us-east-1/" + service + "/aws4_request";
        byte[] derived = ("AWS4" + secret).getBytes(StandardCharsets.UTF_8);
        for (String step : new String[] {date, "us-east-1", service, "aws4_request"}) {
            derived = hmac(derived, step);
        }
        this.key = derived;
    }

    String timestamp() {
        return timestamp;
    }

    static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    private static byte[] hmac(byte[] key, String text) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    private String sign(String stringToSign) {
        return HexFormat.of().formatHex(hmac(key, stringToSign));
    }

    private String signRequest(
            String method, String path, String query, Map<String, String> headers, String payloadHash) {
        String sortedQuery = Arrays.stream(query.split("&"))
                .filter(pair -> !pair.isEmpty())
                .map(pair -> pair.contains("=") ? pair : pair + "=")
                .sorted()
                .collect(Collectors.joining("&"));
        StringBuilder lines = new StringBuilder();
        headers.forEach(
                (name, value) -> lines.append(name).append(':').append(value).append('\n'));
        String canonical = method + "\n" + path + "\n" + sortedQuery + "\n" + lines + "\n"
                + String.join(";", headers.keySet()) + "\n" + payloadHash;
        return sign("AWS4-HMAC-SHA256\n" + timestamp + "\n" + scope + "\n"
                + sha256(canonical.getBytes(StandardCharsets.ISO_8859_1)));
    }

    /** A signed head: its headers, and the signature that a chunked body goes on from. */
    record Signed(Map<String, String> headers, String signature) {}

    /** Signs by header; all headers given are signed. */
    Signed byHeader(String method, String path, String query, Map<String, String> headers, String payloadHash) {
        TreeMap<String, String> signed = new TreeMap<>();
        headers.forEach((name, value) -> signed.put(name.toLowerCase(Locale.ROOT), value));
        signed.put("x-amz-date", timestamp);
        signed.put("x-amz-content-sha256", payloadHash);
        String signature = signRequest(method, path, query, signed, payloadHash);
        Map<String, String> all = new TreeMap<>(signed);
        all.put(
                "authorization",
                "AWS4-HMAC-SHA256 Credential=" + accessKey + "/" + scope + ", SignedHeaders="
                        + String.join(";", signed.keySet()) + ", Signature=" + signature);
        return new Signed(all, signature);
    }

    /** Signs by query; gives the whole query. */
    String byQuery(String method, String path, String query, String host, long expiresSeconds) {
        String unsigned = query + (query.isEmpty() ? "" : "&") + "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential="
                + accessKey + "%2F" + scope.replace("/", "%2F") + "&X-Amz-Date=" + timestamp + "&X-Amz-Expires="
                + expiresSeconds + "&X-Amz-SignedHeaders=host";
        String signature = signRequest(method, path, unsigned, new TreeMap<>(Map.of("host", host)), "UNSIGNED-PAYLOAD");
        return unsigned + "&X-Amz-Signature=" + signature;
    }

    /** The fields that sign a form's policy. */
    Map<String, String> form(String policyBase64) {
        return Map.of(
                "policy",
                policyBase64,
                "x-amz-algorithm",
                "AWS4-HMAC-SHA256",
                "x-amz-credential",
                accessKey + "/" + scope,
                "x-amz-date",
                timestamp,
                "x-amz-signature",
                sign(policyBase64));
    }

    /** The signature of a chunk that follows the one with signature {@code previous}. */
    String chunk(String previous, byte[] bytes) {
        return sign("AWS4-HMAC-SHA256-PAYLOAD\n" + timestamp + "\n" + scope + "\n" + previous + "\n"
                + sha256(new byte[0]) + "\n" + sha256(bytes));
    }

    /** The signature of a trailer. */
    String trailer(String previous, String canonical) {
        return sign("AWS4-HMAC-SHA256-TRAILER\n" + timestamp + "\n" + scope + "\n" + previous + "\n"
                + sha256(canonical.getBytes(StandardCharsets.US_ASCII)));
    }
}
