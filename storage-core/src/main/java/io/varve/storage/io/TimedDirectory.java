package io.varve.storage.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * A directory whose operations, and those of its devices, end in bounded time, as {@link TimedCalls} has it: where the place does not
 * answer they fail with {@link TimedCalls.NotAnsweringException}. Closing a device always works; it may be done later.
 */
public final class TimedDirectory implements DeviceDirectory {
    private final TimedCalls calls;
    private final TimedCalls.Call<? extends DeviceDirectory> opening;
    private volatile DeviceDirectory inner;

    private TimedDirectory(
            TimedCalls calls, TimedCalls.Call<? extends DeviceDirectory> opening, DeviceDirectory inner) {
        this.calls = calls;
        this.opening = opening;
        this.inner = inner;
    }

    /**
     * Opens a directory.
     *
     * @param calls for all directories that hang together
     * @param opening opens the directory itself
     */
    public static TimedDirectory open(TimedCalls calls, TimedCalls.Call<? extends DeviceDirectory> opening)
            throws IOException {
        return new TimedDirectory(calls, opening, calls.call(opening));
    }

    /**
     * Opens the directory anew, so that a failed sync does not stand in the way any more. Only for who does not rely on anything that was
     * written before: it is compared, or written again. Devices that are open stay as they are.
     */
    public void reopen() throws IOException {
        inner = calls.call(opening);
    }

    @Override
    public List<String> list() throws IOException {
        return calls.call(inner::list);
    }

    @Override
    public BlockDevice create(String name) throws IOException {
        return new TimedDevice(calls.call(() -> inner.create(name), BlockDevice::close));
    }

    @Override
    public BlockDevice open(String name) throws IOException {
        return new TimedDevice(calls.call(() -> inner.open(name), BlockDevice::close));
    }

    @Override
    public boolean exists(String name) throws IOException {
        return calls.call(() -> inner.exists(name));
    }

    @Override
    public long size(String name) throws IOException {
        return calls.call(() -> inner.size(name));
    }

    @Override
    public void delete(String name) throws IOException {
        run(() -> inner.delete(name));
    }

    @Override
    public void rename(String from, String to) throws IOException {
        run(() -> inner.rename(from, to));
    }

    @Override
    public void sync() throws IOException {
        run(inner::sync);
    }

    @Override
    public long usableBytes() throws IOException {
        return calls.call(inner::usableBytes);
    }

    @Override
    public String toString() {
        return inner.toString();
    }

    private void run(Mirror.Action action) throws IOException {
        calls.call(() -> {
            action.run();
            return true;
        });
    }

    private final class TimedDevice implements BlockDevice {
        private final BlockDevice device;

        TimedDevice(BlockDevice device) {
            this.device = device;
        }

        @Override
        public int read(ByteBuffer dst, long position) throws IOException {
            AlignedBuffers.requireReadable(dst, position);
            int total = 0;
            while (dst.hasRemaining()) {
                int wanted = Math.min(dst.remaining(), TimedCalls.BYTES_MAX);
                int length = calls.read(device, dst, position + total);
                total += length;
                if (length < wanted) {
                    break;
                }
            }
            return total;
        }

        @Override
        public void write(ByteBuffer src, long position) throws IOException {
            AlignedBuffers.requireAligned(src, position);
            int start = src.position();
            int end = src.limit();
            for (int at = start; at < end; at = src.position()) {
                src.limit(Math.min(end, at + TimedCalls.BYTES_MAX));
                calls.write(device, src, position + at - start, false);
                src.limit(end);
            }
        }

        @Override
        public void writeDurably(ByteBuffer src, long position) throws IOException {
            AlignedBuffers.requireAligned(src, position);
            if (src.remaining() <= TimedCalls.BYTES_MAX) {
                calls.write(device, src, position, true);
            } else {
                write(src, position);
                sync();
            }
        }

        @Override
        public void sync() throws IOException {
            run(device::sync);
        }

        @Override
        public long size() throws IOException {
            return calls.call(device::size);
        }

        @Override
        public void truncate(long size) throws IOException {
            run(() -> device.truncate(size));
        }

        @Override
        public void close() throws IOException {
            calls.close(device);
        }
    }
}
