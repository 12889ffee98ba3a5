/** Tests of {@code io.varve.s3.operation}. */
@NullMarked
package io.varve.s3.operation;

import org.jspecify.annotations.NullMarked;
