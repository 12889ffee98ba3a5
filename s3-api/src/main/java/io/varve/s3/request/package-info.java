/**
 * An S3 request's head, read below any web framework: the raw target, its query, headers, ranges, conditions and dates.
 *
 * <p>Pure functions of text: no servlet types, no I/O.
 */
@NullMarked
package io.varve.s3.request;

import org.jspecify.annotations.NullMarked;
