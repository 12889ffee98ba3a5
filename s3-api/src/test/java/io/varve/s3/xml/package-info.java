/** Tests of {@code io.varve.s3.xml}. */
@NullMarked
package io.varve.s3.xml;

import org.jspecify.annotations.NullMarked;
