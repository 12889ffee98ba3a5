package io.varve.s3.operation;

import java.io.IOException;

/**
 * Does one operation. Throws {@link io.varve.s3.error.S3Exception} or
 * {@link io.varve.storage.namespace.StorageException} to refuse, and {@link IOException} only when the connection is
 * lost or must be cut.
 */
@FunctionalInterface
public interface Handler {
    void handle(Call call) throws IOException;
}
