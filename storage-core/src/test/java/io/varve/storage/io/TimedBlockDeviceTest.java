package io.varve.storage.io;

import java.io.IOException;
import java.time.Duration;

class TimedBlockDeviceTest extends BlockDeviceContract {

    @Override
    DeviceDirectory directory() throws IOException {
        return TimedDirectory.open(new TimedCalls("It", Duration.ofMinutes(1)), MemoryDeviceDirectory::new);
    }
}
