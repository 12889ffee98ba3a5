package io.varve.storage.io;

class FaultyBlockDeviceTest extends BlockDeviceContract {

    @Override
    DeviceDirectory directory() {
        return new FaultyDeviceDirectory(new MemoryDeviceDirectory(), new Faults(1));
    }
}
