/**
 * The ordered key-value store that holds everything Varve knows about its chunks and files.
 *
 * <p>{@link io.varve.storage.metadata.MetadataStore} is the seam: {@link io.varve.storage.metadata.RocksMetadataStore} in the
 * product, a sorted map in tests, a distributed engine later. Whoever changes metadata stages into a
 * {@link io.varve.storage.metadata.Staging}, which reads its own writes, and hands the resulting
 * {@link io.varve.storage.metadata.Batch} first to the journal and then to the store. The store is derived: whatever it loses, the
 * journal brings back.
 */
@NullMarked
package io.varve.storage.metadata;

import org.jspecify.annotations.NullMarked;
