package io.varve.storage.io;

class MemoryBlockDeviceTest extends BlockDeviceContract {

    @Override
    DeviceDirectory directory() {
        return new MemoryDeviceDirectory();
    }
}
