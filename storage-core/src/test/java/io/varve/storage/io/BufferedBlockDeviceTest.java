package io.varve.storage.io;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

class BufferedBlockDeviceTest extends BlockDeviceContract {

    @TempDir
    private Path folder;

    @Override
    DeviceDirectory directory() throws IOException {
        return FileDeviceDirectory.open(folder, new IoEngine(IoEngine.Kind.BUFFERED, "Under test."));
    }
}
