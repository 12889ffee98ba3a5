package io.varve.storage.io;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.io.TempDir;

class SafeBlockDeviceTest extends BlockDeviceContract {

    @TempDir
    private Path folder;

    @Override
    DeviceDirectory directory() throws IOException {
        return FileDeviceDirectory.open(folder, Optional.of(IoEngine.Kind.SAFE));
    }
}
