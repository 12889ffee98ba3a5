package io.varve.storage;

import io.varve.storage.commit.Recovery;
import io.varve.storage.metadata.MetadataStore;
import io.varve.storage.metadata.RocksMetadataOptions;
import io.varve.storage.metadata.RocksMetadataStore;
import io.varve.storage.metadata.SealedMetadataStore;
import io.varve.storage.sealing.Sealing;
import java.io.IOException;
import java.nio.file.Path;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * RocksDB in a directory of its own.
 *
 * @param path the directory; made if missing
 * @param cacheBytes what its cache may take
 * @param sealing whether values are encrypted
 * @param storeId the store it belongs to
 */
record RocksSource(Path path, long cacheBytes, Sealing sealing, UUID storeId) implements Recovery.MetadataSource {
    private static final Logger LOG = LoggerFactory.getLogger(RocksSource.class);
    private static final int OPEN_FILES_MAX = 512;

    @Override
    public MetadataStore open() throws IOException {
        MetadataStore store = rocks();
        try {
            boolean filled = Recovery.appliedSequence(store) > 0 || SealedMetadataStore.isSealed(store);
            if (filled && SealedMetadataStore.isSealed(store) != sealing.on()) {
                // It is derived: what follows the change of the setting is made of checkpoint and journal.
                LOG.info("The metadata is made anew, {}.", sealing.on() ? "encrypted" : "in clear");
                store.close();
                erase();
                store = rocks();
            }
            return sealing.on() ? SealedMetadataStore.open(store, sealing, storeId) : store;
        } catch (IOException | RuntimeException e) {
            store.close();
            throw e;
        }
    }

    private MetadataStore rocks() throws IOException {
        return RocksMetadataStore.open(
                path,
                new RocksMetadataOptions(cacheBytes, RocksMetadataOptions.DEFAULTS.writeBufferBytes(), OPEN_FILES_MAX));
    }

    @Override
    public void erase() throws IOException {
        DataDirectory.erase(path);
    }
}
