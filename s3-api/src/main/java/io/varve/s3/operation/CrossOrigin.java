package io.varve.s3.operation;

import io.varve.s3.error.S3Error;
import io.varve.s3.error.S3Exception;
import io.varve.s3.request.Headers;
import io.varve.storage.namespace.Namespace;
import jakarta.servlet.http.HttpServletResponse;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Cross-origin resource sharing: its rules, the question a browser asks first, and the headers of answers. Thread-safe. */
public final class CrossOrigin {

    private static final int DOCUMENT_BYTES_MAX = 64 * 1024;
    private static final String VARY = "Origin, Access-Control-Request-Headers, Access-Control-Request-Method";

    private final BucketDocument<CorsRules> document;

    public CrossOrigin(Namespace namespace) {
        this.document = new BucketDocument<>(
                namespace,
                "cors",
                DOCUMENT_BYTES_MAX,
                S3Error.NO_SUCH_CORS_CONFIGURATION,
                CorsRules::parse,
                CorsRules::requireNames);
    }

    /** GetBucketCors, PutBucketCors, DeleteBucketCors. */
    public BucketDocument<?> document() {
        return document;
    }

    /**
     * The question a browser asks before a request, which nobody signs. A bucket that is not there is answered like one
     * without rules.
     */
    public void preflight(String bucket, Headers headers, HttpServletResponse response) {
        String origin = headers.find("origin")
                .orElseThrow(() -> new S3Exception(
                        S3Error.BAD_REQUEST, "Insufficient information. Origin request header needed."));
        String method = headers.get("access-control-request-method");
        if (method.isEmpty()) {
            throw new S3Exception(S3Error.BAD_REQUEST, "Invalid Access-Control-Request-Method: null");
        }
        CorsRules rules = document.find(bucket)
                .orElseThrow(() -> new S3Exception(
                        S3Error.ACCESS_FORBIDDEN, "CORSResponse: CORS is not enabled for this bucket."));
        List<String> asked = Arrays.stream(
                        headers.get("access-control-request-headers").split(",", -1))
                .map(name -> name.strip().toLowerCase(Locale.ROOT))
                .filter(name -> !name.isEmpty())
                .toList();
        CorsRules.Rule rule = rules.find(origin, method, asked)
                .orElseThrow(() -> new S3Exception(
                        S3Error.ACCESS_FORBIDDEN,
                        "CORSResponse: This CORS request is not allowed. This is usually because the evaluation of"
                                + " Origin, request method / Access-Control-Request-Method or"
                                + " Access-Control-Request-Headers are not whitelisted by the resource's CORS spec."));
        headers(rule, origin).forEach(response::setHeader);
        if (!asked.isEmpty()) {
            response.setHeader("Access-Control-Allow-Headers", String.join(", ", asked));
        }
        rule.maxAge().ifPresent(seconds -> response.setHeader("Access-Control-Max-Age", Long.toString(seconds)));
        response.setContentLength(0);
    }

    /**
     * The headers that let a page read the answer to a request; none if it may not, or no page asked. Where a request says which method it
     * asks for, that counts.
     */
    public Map<String, String> headersFor(String bucket, String method, Headers headers) {
        Optional<String> origin = headers.find("origin");
        if (origin.isEmpty() || bucket.isEmpty()) {
            return Map.of();
        }
        return document.find(bucket)
                .flatMap(rules -> rules.find(
                        origin.get(),
                        headers.find("access-control-request-method").orElse(method),
                        List.of()))
                .map(rule -> headers(rule, origin.get()))
                .orElse(Map.of());
    }

    private static Map<String, String> headers(CorsRules.Rule rule, String origin) {
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("Access-Control-Allow-Origin", rule.isForAll() ? "*" : origin);
        headers.put("Access-Control-Allow-Methods", String.join(", ", rule.methods()));
        if (!rule.exposed().isEmpty()) {
            headers.put("Access-Control-Expose-Headers", String.join(", ", rule.exposed()));
        }
        if (!rule.isForAll()) {
            headers.put("Access-Control-Allow-Credentials", "true");
        }
        headers.put("Vary", VARY);
        return headers;
    }
}
