package io.varve.storage.cache;

import io.varve.storage.io.DeviceDirectory;
import io.varve.storage.io.FileDeviceDirectory;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

class RawFileCacheTest extends RawCacheContract {
    @TempDir
    Path directory;

    @Override
    DeviceDirectory directory() throws IOException {
        return FileDeviceDirectory.open(directory);
    }
}
