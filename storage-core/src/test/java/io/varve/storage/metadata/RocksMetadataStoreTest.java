package io.varve.storage.metadata;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

class RocksMetadataStoreTest extends MetadataStoreContract {
    @TempDir
    private Path directory;

    @Override
    MetadataStore open() throws IOException {
        return RocksMetadataStore.open(directory.resolve("meta"), RocksMetadataOptions.DEFAULTS);
    }
}
