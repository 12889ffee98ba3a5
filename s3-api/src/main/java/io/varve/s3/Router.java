package io.varve.s3;

import io.varve.s3.error.S3Error;
import io.varve.s3.error.S3Exception;
import io.varve.s3.operation.Handler;
import io.varve.s3.request.Headers;
import io.varve.s3.request.QueryParameters;
import io.varve.s3.request.RequestTarget;
import io.varve.storage.access.AccessControl.Action;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Finds the operation of a request in a table. Thread-safe.
 *
 * <p>An operation is chosen by method, by what is addressed, and by its <em>selectors</em>: query parameters that name
 * a subresource, and the header that makes a PUT a copy. Whatever has a selector and is not in the table is answered
 * with NotImplemented; a request for something unknown must never be done as a plain read or write of the object.
 */
final class Router {

    /** The selector that a copy's header stands for. */
    static final String COPY = "(copy)";

    /**
     * One operation.
     *
     * @param name the operation's name in the API reference
     * @param method the HTTP method
     * @param scope what is addressed
     * @param selectors its selectors, sorted, joined by {@code &}; empty for none
     * @param action the right it needs; empty if it asks for each thing it touches
     * @param handler what does it
     */
    record Route(
            String name,
            String method,
            RequestTarget.Scope scope,
            String selectors,
            Optional<Action> action,
            Handler handler) {}

    private record Place(String method, RequestTarget.Scope scope, String selectors) {}

    /** Parameters that name a subresource, whether implemented or not. */
    private static final Set<String> SELECTORS = Set.of(
            "abac",
            "accelerate",
            "acl",
            "analytics",
            "append",
            "attributes",
            "cors",
            "delete",
            "encryption",
            "intelligent-tiering",
            "inventory",
            "legal-hold",
            "lifecycle",
            "list-type",
            "location",
            "logging",
            "max-directory-buckets",
            "metadataConfiguration",
            "metadataInventoryTable",
            "metadataJournalTable",
            "metadataTable",
            "metrics",
            "notification",
            "object-lock",
            "ownershipControls",
            "partNumber",
            "policy",
            "policyStatus",
            "position",
            "publicAccessBlock",
            "renameObject",
            "replication",
            "requestPayment",
            "restore",
            "retention",
            "select",
            "select-type",
            "session",
            "tagging",
            "torrent",
            "uploadId",
            "uploads",
            "versioning",
            "versions",
            "website");

    /** Parameters that change an operation but do not choose it. */
    private static final Set<String> MODIFIERS = Set.of(
            "AWSAccessKeyId",
            "Expires",
            "Signature",
            "allow-unordered",
            "bucket-region",
            "content-md5",
            "content-type",
            "continuation-token",
            "delimiter",
            "encoding-type",
            "fetch-owner",
            "key-marker",
            "marker",
            "max-buckets",
            "max-keys",
            "max-parts",
            "max-uploads",
            "part-number-marker",
            "prefix",
            "start-after",
            "upload-id-marker",
            "version-id-marker",
            "versionId");

    /** Beginnings of parameters that do not choose an operation: overrides, signatures, the SDKs' name of the call. */
    private static final List<String> MODIFIER_PREFIXES = List.of("response-", "x-", "X-");

    private static final Set<String> READING = Set.of("GET", "HEAD");
    private static final Set<String> METHODS = Set.of("GET", "HEAD", "PUT", "POST", "DELETE", "OPTIONS");

    private final Map<Place, Route> table = new HashMap<>();

    Router(List<Route> routes) {
        for (Route route : routes) {
            Place place = new Place(route.method(), route.scope(), route.selectors());
            if (table.put(place, route) != null) {
                throw new IllegalArgumentException("two operations at " + place);
            }
        }
    }

    /**
     * Finds the operation.
     *
     * @throws S3Exception {@code NotImplemented} for a subresource that is not in the table, {@code MethodNotAllowed}
     *     for a method that means nothing here
     */
    Route find(String method, RequestTarget target, QueryParameters query, Headers headers) {
        String selectors = selectors(method, query, headers);
        Route route = table.get(new Place(method, target.scope(), selectors));
        if (route != null) {
            return route;
        }
        if (!selectors.isEmpty() || method.equals("OPTIONS")) {
            throw new S3Exception(
                            S3Error.NOT_IMPLEMENTED,
                            "A query you provided implies functionality that is not implemented.")
                    .with("Method", method)
                    .with("ResourceType", selectors.isEmpty() ? "CORS" : selectors);
        }
        throw new S3Exception(METHODS.contains(method) ? S3Error.METHOD_NOT_ALLOWED : S3Error.NOT_IMPLEMENTED)
                .with("Method", method)
                .with("ResourceType", target.scope().name());
    }

    private static String selectors(String method, QueryParameters query, Headers headers) {
        boolean copy = method.equals("PUT") && headers.has("x-amz-copy-source");
        if (query.parameters().isEmpty()) {
            return copy ? COPY : "";
        }
        TreeSet<String> found = new TreeSet<>();
        if (copy) {
            found.add(COPY);
        }
        for (QueryParameters.Parameter parameter : query.parameters()) {
            String name = parameter.name();
            // A read ignores what it does not know, as Amazon S3 does, unless it looks like a subresource.
            boolean known =
                    MODIFIERS.contains(name) || MODIFIER_PREFIXES.stream().anyMatch(name::startsWith);
            boolean ignored = READING.contains(method) && !parameter.value().isEmpty();
            if (SELECTORS.contains(name) || (!known && !ignored)) {
                found.add(name);
            }
        }
        return String.join("&", found);
    }
}
