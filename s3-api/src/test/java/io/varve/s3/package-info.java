/** Tests of {@code io.varve.s3}. */
@NullMarked
package io.varve.s3;

import org.jspecify.annotations.NullMarked;
