package io.varve.app.load;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Collections;
import java.util.HexFormat;
import java.util.SortedMap;
import java.util.TreeMap;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Signature Version 4 in headers, for requests whose body is not signed ({@code UNSIGNED-PAYLOAD}), as clients send
 * them over TLS. A signature holds for 15 minutes, and for as many equal requests as one likes.
 *
 * @param user the access key
 * @param password the secret key
 * @param clock tells the time of signing
 * @param more further headers, by names in lower case that begin with {@code x-amz-}: they are signed and sent with every request
 */
record S3Signature(String user, String password, Clock clock, SortedMap<String, String> more) implements Authorization {
    private static final String REGION = "us-east-1";
    private static final String PAYLOAD = "UNSIGNED-PAYLOAD";
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);

    /** Without further headers. */
    S3Signature(String user, String password, Clock clock) {
        this(user, password, clock, Collections.emptySortedMap());
    }

    /** The same login with further headers. */
    S3Signature with(SortedMap<String, String> headers) {
        return new S3Signature(user, password, clock, headers);
    }

    @Override
    public String headers(String method, String host, String path) {
        String time = TIME.format(Instant.now(clock));
        String day = time.substring(0, 8);
        String scope = day + "/" + REGION + "/s3/aws4_request";
        int question = path.indexOf('?');
        String plain = question < 0 ? path : path.substring(0, question);
        String query = question < 0 ? "" : path.substring(question + 1);
        SortedMap<String, String> signed = new TreeMap<>(more);
        signed.put("x-amz-content-sha256", PAYLOAD);
        signed.put("x-amz-date", time);
        StringBuilder lines = new StringBuilder();
        signed.forEach(
                (name, value) -> lines.append(name).append(": ").append(value).append("\r\n"));
        signed.put("host", host);
        StringBuilder folded = new StringBuilder();
        signed.forEach(
                (name, value) -> folded.append(name).append(':').append(value).append('\n'));
        String names = String.join(";", signed.keySet());
        String canonical = method + "\n" + plain + "\n" + query + "\n" + folded + "\n" + names + "\n" + PAYLOAD;
        String signature;
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(canonical.getBytes(StandardCharsets.UTF_8));
            String text = "AWS4-HMAC-SHA256\n" + time + "\n" + scope + "\n"
                    + HexFormat.of().formatHex(digest);
            byte[] key = ("AWS4" + password).getBytes(StandardCharsets.UTF_8);
            for (String part : new String[] {day, REGION, "s3", "aws4_request", text}) {
                key = hmac(key, part);
            }
            signature = HexFormat.of().formatHex(key);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("Every Java has SHA-256 and its HMAC.", e);
        }
        return lines + "Authorization: AWS4-HMAC-SHA256 Credential=" + user + "/" + scope + ", SignedHeaders=" + names
                + ", Signature=" + signature + "\r\n";
    }

    private static byte[] hmac(byte[] key, String text) throws GeneralSecurityException {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(key, "HmacSHA256"));
        return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
    }
}
