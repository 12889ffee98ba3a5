/**
 * Content as deduplicated chunks: cut, fingerprinted, compressed, counted, and read back verified.
 *
 * <p>Composes the stores of the row below. Knows nothing of names: a {@link
 * io.varve.storage.chunkstore.Content} is all that the namespace keeps of a file's bytes.
 */
@NullMarked
package io.varve.storage.chunkstore;

import org.jspecify.annotations.NullMarked;
