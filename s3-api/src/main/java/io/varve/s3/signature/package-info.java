/**
 * Signature Version 4, the verifying side: by header, by query, and chunk by chunk.
 *
 * <p>Sources: Amazon S3 API reference, "Authenticating requests (AWS Signature Version 4)" with its sub-pages on header
 * based authentication, query parameters, chunked uploads and trailing headers.
 */
@NullMarked
package io.varve.s3.signature;

import org.jspecify.annotations.NullMarked;
