package io.varve.storage.io;

import java.io.IOException;
import java.util.List;

/** A directory, and devices, on which {@link Faults} happen. Without any, it behaves exactly as what it decorates. */
public final class FaultyDeviceDirectory implements DeviceDirectory {

    private final DeviceDirectory inner;
    private final Faults faults;
    private final SyncFence fence = new SyncFence();

    public FaultyDeviceDirectory(DeviceDirectory inner, Faults faults) {
        this.inner = inner;
        this.faults = faults;
    }

    @Override
    public List<String> list() throws IOException {
        faults.begin();
        return inner.list();
    }

    @Override
    public BlockDevice create(String name) throws IOException {
        fence.check();
        faults.begin();
        return new FaultyDevice(inner.create(name), faults);
    }

    @Override
    public BlockDevice open(String name) throws IOException {
        faults.begin();
        return new FaultyDevice(inner.open(name), faults);
    }

    @Override
    public boolean exists(String name) throws IOException {
        faults.begin();
        return inner.exists(name);
    }

    @Override
    public long size(String name) throws IOException {
        faults.begin();
        return inner.size(name);
    }

    @Override
    public void delete(String name) throws IOException {
        fence.check();
        faults.begin();
        inner.delete(name);
    }

    @Override
    public void rename(String from, String to) throws IOException {
        fence.check();
        faults.begin();
        inner.rename(from, to);
    }

    @Override
    public void sync() throws IOException {
        fence.check();
        try {
            faults.beforeDirectorySync();
            inner.sync();
        } catch (IOException e) {
            throw fence.failed(e);
        }
    }

    @Override
    public long usableBytes() throws IOException {
        return Math.min(inner.usableBytes(), faults.growthLeft());
    }
}
