package io.varve.s3;

import io.varve.s3.request.Headers;
import io.varve.s3.request.QueryParameters;
import io.varve.s3.request.TagHeader;
import io.varve.storage.access.RequestContext;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/** What conditions of bucket policies can ask of an S3 request. */
final class RequestContexts {

    private RequestContexts() {}

    private static final Set<String> CREATING =
            Set.of("PutObject", "PostObject", "CopyObject", "CompleteMultipartUpload");

    /** Collects it, under the names of the page "Actions, resources, and condition keys for Amazon S3". */
    static RequestContext of(String operation, String address, boolean secure, Headers headers, QueryParameters query) {
        Map<String, String> context = new HashMap<>();
        context.put("s3:ObjectCreationOperation", Boolean.toString(CREATING.contains(operation)));
        context.put("aws:SourceIp", address);
        context.put("aws:SecureTransport", Boolean.toString(secure));
        headers.find("user-agent").ifPresent(value -> context.put("aws:UserAgent", value));
        headers.find("referer").ifPresent(value -> context.put("aws:Referer", value));
        boolean byQuery = query.has("X-Amz-Signature") || query.has("Signature");
        if (byQuery || headers.has("authorization")) {
            boolean old = query.has("Signature") || headers.get("authorization").startsWith("AWS ");
            context.put("s3:authType", byQuery ? "REST-QUERY-STRING" : "REST-HEADER");
            context.put("s3:signatureversion", old ? "AWS" : "AWS4-HMAC-SHA256");
        }
        for (String name : new String[] {"if-match", "if-none-match"}) {
            headers.find(name).ifPresent(value -> context.put("s3:" + name, value));
        }
        for (String name : new String[] {"prefix", "delimiter", "max-keys", "versionId"}) {
            if (query.has(name)) {
                context.put("s3:" + name, query.get(name));
            }
        }
        for (Map.Entry<String, String> header : headers.withPrefix("x-amz-").entrySet()) {
            context.put("s3:" + header.getKey(), header.getValue());
        }
        if (headers.has(TagHeader.NAME)) {
            for (QueryParameters.Parameter tag : TagHeader.parse(headers.get(TagHeader.NAME))) {
                context.put("s3:RequestObjectTag/" + tag.name(), tag.value());
            }
        }
        return RequestContext.of(context);
    }
}
