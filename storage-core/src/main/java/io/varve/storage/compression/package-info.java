/**
 * Makes chunks smaller where that pays, and gives them back. Pure computation: no I/O, no clock.
 *
 * <p>{@link io.varve.storage.compression.CompressionAdvice} guesses once per content what kind of data it is; {@link
 * io.varve.storage.compression.Codecs} encodes and decodes chunk by chunk.
 */
@NullMarked
package io.varve.storage.compression;

import org.jspecify.annotations.NullMarked;
