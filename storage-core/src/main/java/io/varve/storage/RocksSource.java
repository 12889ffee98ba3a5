package io.varve.storage;

import io.varve.storage.commit.Recovery;
import io.varve.storage.metadata.MetadataStore;
import io.varve.storage.metadata.RocksMetadataOptions;
import io.varve.storage.metadata.RocksMetadataStore;
import java.io.IOException;
import java.nio.file.Path;

/**
 * RocksDB in a directory of its own.
 *
 * @param path the directory; made if missing
 * @param cacheBytes what its cache may take
 */
record RocksSource(Path path, long cacheBytes) implements Recovery.MetadataSource {
    private static final int OPEN_FILES_MAX = 512;

    @Override
    public MetadataStore open() throws IOException {
        return RocksMetadataStore.open(
                path,
                new RocksMetadataOptions(cacheBytes, RocksMetadataOptions.DEFAULTS.writeBufferBytes(), OPEN_FILES_MAX));
    }

    @Override
    public void erase() throws IOException {
        DataDirectory.erase(path);
    }
}
