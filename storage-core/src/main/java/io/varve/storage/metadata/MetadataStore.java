package io.varve.storage.metadata;

import java.io.Closeable;
import java.io.IOException;

/**
 * An ordered key-value store with atomic batches.
 *
 * <p>Thread-safe: any number of readers beside one writer; batches applied by several threads at once are each atomic, in an
 * order of their own. Durability is the journal's: what was applied is durable only after {@link #flush}, but a store that is
 * opened again after a crash holds exactly a prefix of the batches that were applied, in all families together.
 */
public interface MetadataStore extends MetadataView, Closeable {
    /**
     * Applies a batch as a whole, in its order. Every read that begins after this method has returned sees it; a read that runs
     * meanwhile, and every cursor, sees all of it or nothing.
     *
     * @throws IOException if it could not be applied; the store then takes no further batch until it is opened again
     */
    void apply(Batch batch) throws IOException;

    /** Takes hold of the present state. */
    MetadataSnapshot snapshot() throws IOException;

    /** Returns when everything that was applied before the call is durable. */
    void flush() throws IOException;

    /** Gives back the space of overwritten and deleted entries. It may take minutes and hinders neither readers nor writers. */
    void compact() throws IOException;

    /** Returns the store's present size; cheap enough for a metrics scrape. */
    MetadataStatistics statistics() throws IOException;

    /**
     * Flushes and closes the store; closing twice does nothing. Cursors and snapshots that are still open are closed with it, and
     * reading them further is an {@link IOException}.
     */
    @Override
    void close() throws IOException;
}
