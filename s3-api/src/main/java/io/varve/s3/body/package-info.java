/**
 * Request bodies: unframed, hashed and checked in one pass beside the stream, so that nothing of a body that is not
 * what it claims to be ever becomes an object.
 */
@NullMarked
package io.varve.s3.body;

import org.jspecify.annotations.NullMarked;
