package io.varve.app.server;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.Map;
import java.util.TreeMap;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Requests to the S3 door, signed by Version 2, which is short: the tests of the module that speaks S3 show the rest.
 *
 * @param url the door
 * @param accessKey who signs
 * @param secret with what
 */
record OldSignature(HttpClient http, String url, String accessKey, String secret) {

    /**
     * Sends a request.
     *
     * @param resource the path, with subresources that are part of the signature
     * @param headers more headers
     */
    HttpResponse<String> send(String method, String resource, String body, Map<String, String> headers)
            throws Exception {
        String date = DateTimeFormatter.RFC_1123_DATE_TIME.format(ZonedDateTime.now(ZoneOffset.UTC));
        StringBuilder signed = new StringBuilder(method)
                .append("\n")
                .append(headers.getOrDefault("Content-MD5", ""))
                .append("\n\n\n");
        Map<String, String> sent = new TreeMap<>(headers);
        sent.put("x-amz-date", date);
        sent.forEach((name, value) -> {
            if (name.startsWith("x-amz-")) {
                signed.append(name).append(':').append(value).append('\n');
            }
        });
        signed.append(resource);
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url + resource))
                .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
        sent.forEach(request::header);
        request.header("Authorization", "AWS " + accessKey + ":" + hmac(signed.toString()));
        return http.send(request.build(), BodyHandlers.ofString());
    }

    private String hmac(String text) throws GeneralSecurityException {
        Mac mac = Mac.getInstance("HmacSHA1");
        mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA1"));
        return Base64.getEncoder().encodeToString(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)));
    }
}
