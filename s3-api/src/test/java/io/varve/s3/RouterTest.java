package io.varve.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varve.s3.error.S3Error;
import io.varve.s3.error.S3Exception;
import io.varve.s3.request.Headers;
import io.varve.s3.request.QueryParameters;
import io.varve.s3.request.RequestTarget;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RouterTest {

    private static final Router ROUTER = new Router(List.of(
            route("ListBuckets", "GET", RequestTarget.Scope.SERVICE, ""),
            route("ListObjects", "GET", RequestTarget.Scope.BUCKET, ""),
            route("ListObjectsV2", "GET", RequestTarget.Scope.BUCKET, "list-type"),
            route("GetObject", "GET", RequestTarget.Scope.OBJECT, ""),
            route("PutObject", "PUT", RequestTarget.Scope.OBJECT, ""),
            route("CopyObject", "PUT", RequestTarget.Scope.OBJECT, Router.COPY),
            route("UploadPart", "PUT", RequestTarget.Scope.OBJECT, "partNumber&uploadId"),
            route("UploadPartCopy", "PUT", RequestTarget.Scope.OBJECT, Router.COPY + "&partNumber&uploadId"),
            route("DeleteObject", "DELETE", RequestTarget.Scope.OBJECT, "")));

    private static Router.Route route(String name, String method, RequestTarget.Scope scope, String selectors) {
        return new Router.Route(name, method, scope, selectors, java.util.Optional.empty(), call -> {});
    }

    private static String find(String method, String path, String query, boolean copy) {
        Headers headers =
                copy ? new Headers.Builder().add("x-amz-copy-source", "a/b").build() : new Headers.Builder().build();
        return ROUTER.find(method, RequestTarget.parse(path, "", ""), QueryParameters.parse(query), headers)
                .name();
    }

    @ParameterizedTest
    @CsvSource({
        "GET, /, '', false, ListBuckets",
        "GET, /, max-buckets=3, false, ListBuckets",
        "GET, /b, '', false, ListObjects",
        "GET, /b/, prefix=a&delimiter=/&marker=, false, ListObjects",
        "GET, /b, list-type=2&fetch-owner=true, false, ListObjectsV2",
        "GET, /b/k, '', false, GetObject",
        "GET, /b/k, versionId=null, false, GetObject",
        "GET, /b/k, X-Amz-Signature=a&x-id=GetObject, false, GetObject",
        "GET, /b/k, response-content-type=text/plain, false, GetObject",
        "GET, /b/k, cachebuster=17, false, GetObject",
        "PUT, /b/k, x-id=PutObject, false, PutObject",
        "PUT, /b/k, '', true, CopyObject",
        "PUT, /b/k, uploadId=u&partNumber=1, false, UploadPart",
        "PUT, /b/k, partNumber=1&uploadId=u, true, UploadPartCopy",
        "DELETE, /b/k, versionId=null, false, DeleteObject",
    })
    void findsTheOperation(String method, String path, String query, boolean copy, String operation) {
        assertThat(find(method, path, query, copy)).isEqualTo(operation);
    }

    @ParameterizedTest
    @CsvSource({
        "GET, /b/k, acl, NOT_IMPLEMENTED",
        "GET, /b/k, acl=, NOT_IMPLEMENTED",
        "GET, /b/k, torrent=1, NOT_IMPLEMENTED",
        "GET, /b/k, brand-new-thing, NOT_IMPLEMENTED",
        "PUT, /b/k, brand-new-thing=1, NOT_IMPLEMENTED",
        "PUT, /b/k, tagging, NOT_IMPLEMENTED",
        "PUT, /b/k, uploadId=u, NOT_IMPLEMENTED",
        "DELETE, /b/k, tagging, NOT_IMPLEMENTED",
        "DELETE, /b/k, lifecycle&policy, NOT_IMPLEMENTED",
        "OPTIONS, /b/k, '', NOT_IMPLEMENTED",
        "POST, /b/k, '', METHOD_NOT_ALLOWED",
        "DELETE, /, '', METHOD_NOT_ALLOWED",
        "PATCH, /b/k, '', NOT_IMPLEMENTED",
        "get, /b/k, '', NOT_IMPLEMENTED",
    })
    void neverTakesSomethingElseForAPlainCall(String method, String path, String query, S3Error error) {
        assertThatThrownBy(() -> find(method, path, query, false))
                .isInstanceOfSatisfying(
                        S3Exception.class, e -> assertThat(e.error()).isEqualTo(error));
    }
}
