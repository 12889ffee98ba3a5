/** Tests of {@code io.varve.s3.signature}. */
@NullMarked
package io.varve.s3.signature;

import org.jspecify.annotations.NullMarked;
