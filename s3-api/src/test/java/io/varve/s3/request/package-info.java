/** Tests of {@code io.varve.s3.request}. */
@NullMarked
package io.varve.s3.request;

import org.jspecify.annotations.NullMarked;
