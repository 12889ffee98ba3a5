package io.varve.storage.io;

class MemoryDeviceDirectoryTest extends DeviceDirectoryContract {

    @Override
    DeviceDirectory directory() {
        return new MemoryDeviceDirectory();
    }
}
