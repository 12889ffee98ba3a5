package io.varve.storage.io;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;

/**
 * A file as block device past the page cache, by io_uring: a batch of reads is one call, however many they are.
 *
 * <p>For a single transfer a ring gains nothing, so a platform thread makes the plain call, and a virtual one reads by a channel ({@link SingleReads}). What it
 * writes goes through a ring, because that wait can be given up to another thread (see {@link RingPool}).
 *
 * <p>Closing does not disturb what is under way; the last operation closes the file.
 */
final class RingDevice implements BlockDevice {
    private final Path path;
    private final OpenFile file;
    private final RingPool rings;
    private final Runnable onClose;
    private final SingleReads singles = new SingleReads();
    private final SyncFence fence = new SyncFence();

    /**
     * Opens an existing file.
     *
     * @param onClose called once, when the device is closed
     */
    RingDevice(Path path, RingPool rings, Runnable onClose) throws IOException {
        this.path = path;
        this.file = OpenFile.direct(path);
        this.rings = rings;
        this.onClose = onClose;
    }

    @Override
    public int read(ByteBuffer dst, long position) throws IOException {
        AlignedBuffers.requireReadable(dst, position);
        int fd = file.acquire();
        try {
            OptionalInt single =
                    Thread.currentThread().isVirtual() ? singles.read(fd, dst, position) : OptionalInt.empty();
            if (single.isPresent()) {
                return single.getAsInt();
            }
            Transfer transfer = Transfer.read(fd, dst, position);
            perform(transfer);
            return transfer.finish();
        } finally {
            file.release();
        }
    }

    @Override
    public void readMany(List<ReadRequest> requests) {
        ReadBatch batch = new ReadBatch();
        batch.add(this, requests);
        batch.perform();
    }

    @Override
    public void write(ByteBuffer src, long position) throws IOException {
        AlignedBuffers.requireAligned(src, position);
        fence.check();
        int fd = file.acquire();
        try {
            Transfer transfer = Transfer.write(fd, src, position);
            perform(transfer);
            transfer.finish();
        } catch (IOException e) {
            throw new IOException("Could not write to " + path + ": " + e.getMessage(), e);
        } finally {
            file.release();
        }
    }

    /** In one call, where the kernel has it: virtual threads would keep their carrier meanwhile. */
    @Override
    public void writeDurably(ByteBuffer src, long position) throws IOException {
        if (Thread.currentThread().isVirtual()) {
            BlockDevice.super.writeDurably(src, position);
            return;
        }
        AlignedBuffers.requireAligned(src, position);
        fence.check();
        int fd = file.acquire();
        try {
            int length = src.remaining();
            long written =
                    SystemCalls.writeDurably(fd, MemorySegment.ofBuffer(src).address(), length, position);
            if (written == length) {
                src.position(src.limit());
                return;
            }
            requireHarmless(written);
        } finally {
            Reference.reachabilityFence(src);
            file.release();
        }
        // An old kernel or file system, a full disk, or a limit in the middle: what is wrong is found by one thing at a
        // time.
        BlockDevice.super.writeDurably(src, position);
    }

    /** A part of the bytes may be repeated. An error may be that of the sync, which is told once only. */
    private void requireHarmless(long result) throws IOException {
        boolean harmless = result >= 0
                || result == -Errno.EINTR
                || result == -Errno.EAGAIN
                || result == -Errno.ENOSYS
                || result == -Errno.EINVAL
                || result == -Errno.EOPNOTSUPP
                || result == -Errno.ENOSPC
                || result == -Errno.EDQUOT;
        if (!harmless) {
            throw fence.failed(new IOException(path + ": " + Errno.text((int) -result)));
        }
    }

    private void perform(Transfer transfer) throws IOException {
        if (Thread.currentThread().isVirtual()) {
            if (!transfer.isEnded()) {
                rings.perform(List.of(transfer));
            }
            return;
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment errorSlot = SystemCalls.errorSlot(arena);
            while (!transfer.isEnded()) {
                transfer.answered((int) SystemCalls.transfer(
                        errorSlot,
                        transfer.isWrite(),
                        transfer.fd(),
                        transfer.address(),
                        transfer.rest(),
                        transfer.position()));
            }
        } finally {
            Reference.reachabilityFence(transfer);
        }
    }

    /** Nobody can interrupt the call, so a platform thread makes it by itself. */
    @Override
    public void sync() throws IOException {
        fence.check();
        int fd = file.acquire();
        try {
            if (Thread.currentThread().isVirtual()) {
                SyncThreads.call(() -> SystemCalls.syncData(fd));
            } else {
                SystemCalls.syncData(fd);
            }
        } catch (IOException e) {
            throw fence.failed(e);
        } finally {
            file.release();
        }
    }

    @Override
    public long size() throws IOException {
        int fd = file.acquire();
        try {
            return SystemCalls.size(fd);
        } finally {
            file.release();
        }
    }

    @Override
    public void truncate(long size) throws IOException {
        AlignedBuffers.requireAligned(size);
        fence.check();
        int fd = file.acquire();
        try {
            if (size < SystemCalls.size(fd)) {
                SystemCalls.truncate(fd, size);
            }
        } finally {
            file.release();
        }
    }

    @Override
    public void close() throws IOException {
        if (file.close()) {
            onClose.run();
            singles.close();
        }
    }

    RingPool rings() {
        return rings;
    }

    OpenFile file() {
        return file;
    }
}
