package io.varve.s3;

import io.varve.s3.request.Headers;
import io.varve.s3.request.QueryParameters;
import io.varve.storage.access.RequestContext;
import java.util.Map;

/** What conditions of bucket policies can ask of an S3 request. */
final class RequestContexts {

    private RequestContexts() {}

    /** Collects it, under the names of the page "Actions, resources, and condition keys for Amazon S3". */
    static RequestContext of(String address, boolean secure, Headers headers, QueryParameters query) {
        RequestContext context =
                RequestContext.NONE.with("aws:SourceIp", address).with("aws:SecureTransport", Boolean.toString(secure));
        for (Map.Entry<String, String> known :
                Map.of("user-agent", "aws:UserAgent", "referer", "aws:Referer").entrySet()) {
            if (headers.has(known.getKey())) {
                context = context.with(known.getValue(), headers.get(known.getKey()));
            }
        }
        boolean byQuery = query.has("X-Amz-Signature");
        if (byQuery || headers.has("authorization")) {
            context = context.with("s3:authType", byQuery ? "REST-QUERY-STRING" : "REST-HEADER")
                    .with("s3:signatureversion", "AWS4-HMAC-SHA256");
        }
        for (String name : new String[] {"prefix", "delimiter", "max-keys", "versionId"}) {
            if (query.has(name)) {
                context = context.with("s3:" + name, query.get(name));
            }
        }
        for (Map.Entry<String, String> header : headers.withPrefix("x-amz-").entrySet()) {
            context = context.with("s3:" + header.getKey(), header.getValue());
        }
        if (headers.has("x-amz-tagging")) {
            for (QueryParameters.Parameter tag :
                    QueryParameters.parse(headers.get("x-amz-tagging")).parameters()) {
                context = context.with("s3:RequestObjectTag/" + tag.name(), tag.value());
            }
        }
        return context;
    }
}
