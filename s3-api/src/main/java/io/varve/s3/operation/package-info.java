/**
 * The S3 operations, one class per family, each a few methods from a {@link io.varve.s3.operation.Call} to the store and
 * back. They throw; the servlet answers.
 */
@NullMarked
package io.varve.s3.operation;

import org.jspecify.annotations.NullMarked;
