package io.varve.storage.io;

class FaultyDeviceDirectoryTest extends DeviceDirectoryContract {

    @Override
    DeviceDirectory directory() {
        return new FaultyDeviceDirectory(new MemoryDeviceDirectory(), new Faults(1));
    }
}
