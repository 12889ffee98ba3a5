package io.varve.storage.metadata;

/**
 * The metadata as it was at one moment, whatever is applied later.
 *
 * <p>Thread-safe. It keeps what was overwritten since from being freed, so it is closed soon; reading after that fails with an
 * {@link java.io.IOException}.
 */
public interface MetadataSnapshot extends MetadataView, AutoCloseable {
    /** Lets go of the moment; closing twice does nothing. Cursors that were opened on the snapshot stay usable. */
    @Override
    void close();
}
