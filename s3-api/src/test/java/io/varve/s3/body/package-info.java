/** Tests of {@code io.varve.s3.body}. */
@NullMarked
package io.varve.s3.body;

import org.jspecify.annotations.NullMarked;
