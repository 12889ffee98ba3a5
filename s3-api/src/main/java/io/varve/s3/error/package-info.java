/**
 * What goes wrong in the S3 API: one enum of codes, one exception that carries them, and the one place that turns the
 * store's refusals into them.
 */
@NullMarked
package io.varve.s3.error;

import org.jspecify.annotations.NullMarked;
