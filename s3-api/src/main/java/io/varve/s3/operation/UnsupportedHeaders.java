package io.varve.s3.operation;

import io.varve.s3.error.S3Error;
import io.varve.s3.error.S3Exception;
import io.varve.s3.request.Headers;
import java.util.List;

/**
 * Headers that ask for what is not there. They are refused, since a client that asks for encryption and gets
 * a 200 believes that it has it.
 */
final class UnsupportedHeaders {

    private static final List<String> NOT_IMPLEMENTED = List.of(
            "x-amz-server-side-encryption-context",
            "x-amz-server-side-encryption-bucket-key-enabled",
            "x-amz-write-offset-bytes",
            "x-amz-rename-source");

    private UnsupportedHeaders() {}

    /** Refuses a request that carries one. */
    static void refuse(Headers headers) {
        for (String prefix : NOT_IMPLEMENTED) {
            for (var header : headers.withPrefix(prefix).entrySet()) {
                if (!header.getValue().isEmpty() && !header.getValue().equals("false")) {
                    throw new S3Exception(
                                    S3Error.NOT_IMPLEMENTED,
                                    "A header you provided implies functionality that is not implemented")
                            .with("Header", header.getKey());
                }
            }
        }
    }
}
