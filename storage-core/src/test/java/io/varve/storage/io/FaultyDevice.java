package io.varve.storage.io;

import java.io.IOException;
import java.nio.ByteBuffer;

/** A device on which {@link Faults} happen. */
public final class FaultyDevice implements BlockDevice {

    private final BlockDevice inner;
    private final Faults faults;
    private final SyncFence fence = new SyncFence();

    public FaultyDevice(BlockDevice inner, Faults faults) {
        this.inner = inner;
        this.faults = faults;
    }

    @Override
    public int read(ByteBuffer dst, long position) throws IOException {
        faults.beforeRead(position, dst.remaining());
        int from = dst.position();
        int read = inner.read(dst, position);
        faults.afterRead(dst, from);
        return read;
    }

    @Override
    public void write(ByteBuffer src, long position) throws IOException {
        fence.check();
        try {
            faults.beforeWrite();
        } catch (IOException e) {
            writeFirst(faults.partOf(src.remaining()), src, position);
            throw e;
        }
        long growth = Math.max(0, position + src.remaining() - Math.max(position, inner.size()));
        long missing = growth - faults.grow(growth);
        if (missing > 0) {
            writeFirst((int) Math.max(0, src.remaining() - missing) & -BLOCK, src, position);
            throw new IOException("No space left on device");
        }
        inner.write(src, position);
    }

    private void writeFirst(int bytes, ByteBuffer src, long position) throws IOException {
        int limit = src.limit();
        src.limit(src.position() + bytes);
        try {
            inner.write(src, position);
        } finally {
            src.limit(limit);
        }
    }

    @Override
    public void sync() throws IOException {
        fence.check();
        try {
            faults.beforeSync();
        } catch (IOException e) {
            throw fence.failed(e);
        }
        inner.sync();
    }

    @Override
    public long size() throws IOException {
        faults.begin();
        return inner.size();
    }

    @Override
    public void truncate(long size) throws IOException {
        fence.check();
        faults.begin();
        inner.truncate(size);
    }

    @Override
    public void close() throws IOException {
        faults.begin();
        inner.close();
    }
}
