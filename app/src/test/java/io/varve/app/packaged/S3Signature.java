package io.varve.app.packaged;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Signature Version 4 by header, for requests that no SDK would send: it signs the host, the time, the declared hash and what else
 * it is given, and takes path and query exactly as they are.
 *
 * @param accessKey the user
 * @param secret what only the user and the server know
 */
record S3Signature(String accessKey, String secret) {

    static final String UNSIGNED = "UNSIGNED-PAYLOAD";

    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);

    /**
     * The headers that make a request a signed one.
     *
     * @param more further headers to sign, by names in lower case
     */
    List<String> headers(String method, String target, String host, String payloadHash, Map<String, String> more) {
        String time = TIME.format(Instant.now());
        TreeMap<String, String> signed = new TreeMap<>(more);
        signed.put("x-amz-date", time);
        signed.put("x-amz-content-sha256", payloadHash);
        List<String> headers = new ArrayList<>();
        signed.forEach((name, value) -> headers.add(name + ": " + value));
        signed.put("host", host);
        StringBuilder lines = new StringBuilder();
        signed.forEach(
                (name, value) -> lines.append(name).append(':').append(value).append('\n'));
        String names = String.join(";", signed.keySet());
        String scope = time.substring(0, 8) + "/us-east-1/s3/aws4_request";
        int question = target.indexOf('?');
        String path = question < 0 ? target : target.substring(0, question);
        String query = question < 0 ? "" : target.substring(question + 1);
        String sorted = Arrays.stream(query.split("&", -1))
                .filter(pair -> !pair.isEmpty())
                .map(pair -> pair.contains("=") ? pair : pair + "=")
                .sorted()
                .collect(Collectors.joining("&"));
        String canonical = String.join("\n", method, path, sorted, lines, names, payloadHash);
        String toSign = String.join("\n", "AWS4-HMAC-SHA256", time, scope, hex(Digests.sha256(bytes(canonical))));
        byte[] key = bytes("AWS4" + secret);
        for (String step : scope.split("/", -1)) {
            key = hmac(key, step);
        }
        headers.add("Authorization: AWS4-HMAC-SHA256 Credential=" + accessKey + "/" + scope + ", SignedHeaders=" + names
                + ", Signature=" + hex(hmac(key, toSign)));
        return headers;
    }

    private static byte[] hmac(byte[] key, String text) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            return mac.doFinal(bytes(text));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has HmacSHA256", e);
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }
}
