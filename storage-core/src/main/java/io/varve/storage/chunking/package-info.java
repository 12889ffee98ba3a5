/**
 * Cuts a stream of bytes into chunks. Pure computation: no I/O, no clock, no threads.
 *
 * <p>Where content is cut decides what can be deduplicated, so an algorithm and its parameters are part of the stored format: the
 * same bytes give the same chunks for ever.
 */
@NullMarked
package io.varve.storage.chunking;

import org.jspecify.annotations.NullMarked;
