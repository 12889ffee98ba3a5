package io.varve.storage.io;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

class RingBlockDeviceTest extends BlockDeviceContract {

    @TempDir
    private Path folder;

    @Override
    DeviceDirectory directory() throws IOException {
        IoEngine engine = IoEngine.probe(folder);
        assumeTrue(engine.kind() == IoEngine.Kind.IO_URING, engine.reason());
        return FileDeviceDirectory.open(folder, engine);
    }
}
