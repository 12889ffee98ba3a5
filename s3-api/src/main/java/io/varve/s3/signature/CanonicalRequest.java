package io.varve.s3.signature;

import io.varve.s3.request.Headers;
import io.varve.s3.request.QueryParameters;
import io.varve.s3.request.UriCoding;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The canonical form of a request, which is what a signature covers.
 *
 * <p>Clients differ in two places, so up to four forms of one request are accepted. The path: nearly all sign the key
 * coded by the rule, some sign exactly what they send. White space in header values: the general signing page says to
 * fold runs of spaces, the S3 page only to trim. All forms stand for the same request, so accepting each of them lets
 * no other request pass.
 */
final class CanonicalRequest {

    private CanonicalRequest() {}

    /** The forms under which the request may have been signed, the likeliest first. */
    static Set<String> forms(
            String method, String rawPath, QueryParameters query, Headers headers, SignatureClaim claim) {
        String coded = UriCoding.encode(UriCoding.decode(rawPath, false), true);
        List<String> paths = coded.equals(rawPath) ? List.of(coded) : List.of(coded, rawPath);
        String canonicalQuery = query.canonical(claim.isPresigned() ? "X-Amz-Signature" : "");
        String folded = headerLines(headers, claim.signedHeaders(), true);
        String trimmed = headerLines(headers, claim.signedHeaders(), false);
        List<String> lines = folded.equals(trimmed) ? List.of(folded) : List.of(folded, trimmed);
        String tail = "\n" + String.join(";", claim.signedHeaders()) + "\n" + claim.payloadHash();
        Set<String> forms = new LinkedHashSet<>();
        for (String path : paths) {
            for (String line : lines) {
                forms.add(method + "\n" + (path.isEmpty() ? "/" : path) + "\n" + canonicalQuery + "\n" + line + tail);
            }
        }
        return forms;
    }

    private static String headerLines(Headers headers, List<String> names, boolean fold) {
        StringBuilder out = new StringBuilder(256);
        for (String name : names) {
            String value = headers.get(name);
            out.append(name).append(':');
            if (fold) {
                appendFolded(value, out);
            } else {
                out.append(value);
            }
            out.append('\n');
        }
        return out.toString();
    }

    private static void appendFolded(String value, StringBuilder out) {
        boolean space = false;
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c != ' ' || !space) {
                out.append(c);
            }
            space = c == ' ';
        }
    }

    /** The string to sign for one form. */
    static String stringToSign(String form, SignatureClaim claim) {
        // Header values hold bytes as characters, and everything else is ASCII: this gives the bytes as sent.
        return SignatureClaim.ALGORITHM + "\n" + claim.timestamp() + "\n" + claim.scope() + "\n"
                + Hashing.sha256Hex(form.getBytes(StandardCharsets.ISO_8859_1));
    }
}
