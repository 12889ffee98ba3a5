package io.varve.storage.cache;

import io.varve.storage.io.DeviceDirectory;
import io.varve.storage.io.Faults;
import io.varve.storage.io.FaultyDeviceDirectory;
import io.varve.storage.io.MemoryDeviceDirectory;

class RawFaultyCacheTest extends RawCacheContract {

    @Override
    DeviceDirectory directory() {
        return new FaultyDeviceDirectory(new MemoryDeviceDirectory(), new Faults(1));
    }
}
