package io.varve.storage.cache;

import io.varve.storage.io.DeviceDirectory;
import io.varve.storage.io.MemoryDeviceDirectory;

class RawMemoryCacheTest extends RawCacheContract {

    @Override
    DeviceDirectory directory() {
        return new MemoryDeviceDirectory();
    }
}
