package io.varve.storage.io;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.io.TempDir;

class DirectBlockDeviceTest extends BlockDeviceContract {

    @TempDir
    private Path folder;

    @Override
    DeviceDirectory directory() throws IOException {
        IoEngine engine = IoEngine.probe(folder, Optional.of(IoEngine.Kind.DIRECT));
        assumeTrue(engine.kind() == IoEngine.Kind.DIRECT, engine.reason());
        return FileDeviceDirectory.open(folder, engine);
    }
}
