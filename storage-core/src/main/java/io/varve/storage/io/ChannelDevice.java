package io.varve.storage.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A file as block device, by {@link FileChannel}; with or without the page cache.
 *
 * <p><b>Interrupts.</b> A {@code FileChannel} closes itself when a thread is interrupted inside it, for all threads. Requests run on
 * threads that do get interrupted, so this class hides the thread's interrupt status from the channel, and when an interrupt comes
 * in the middle anyway, opens the file again and repeats the operation. That is right because positional reads, writes and
 * truncations may be repeated, and because an open device keeps its name ({@link DeviceNames}).
 *
 * <p>A sync may <em>not</em> be repeated: the error of a sync that an interrupt broke off would be lost. It has a channel of its own
 * which only threads without interrupts touch ({@link SyncThreads}). That channel is opened before the first write, because the
 * kernel reports a failed write-back to every descriptor that was open at that time.
 */
final class ChannelDevice implements RetryingDevice.Reopenable {

    private interface Operation {
        long on(FileChannel channel) throws IOException;
    }

    private final Path file;
    private final Set<OpenOption> options;
    private final Runnable onClose;
    private final SyncFence fence = new SyncFence();

    /** Guards opening and closing; never held during a transfer. */
    private final Object opening = new Object();

    private volatile FileChannel data;
    private volatile @Nullable FileChannel syncing;
    private volatile boolean closed;

    /**
     * Opens an existing file.
     *
     * @param onClose called once, when the device is closed
     */
    ChannelDevice(Path file, boolean direct, Runnable onClose) throws IOException {
        this.file = file;
        this.options = new HashSet<>(EnumSet.of(StandardOpenOption.READ, StandardOpenOption.WRITE));
        if (direct) {
            options.add(DirectOption.get());
        }
        this.onClose = onClose;
        this.data = FileChannel.open(file, options);
    }

    @Override
    public int read(ByteBuffer dst, long position) throws IOException {
        AlignedBuffers.requireReadable(dst, position);
        int start = dst.position();
        return (int) uninterrupted(channel -> {
            dst.position(start);
            return fill(channel, dst, position);
        });
    }

    /** Reads until the buffer is full or the file ends; a read that stops inside a block has met the end. */
    private static int fill(FileChannel channel, ByteBuffer dst, long position) throws IOException {
        int total = 0;
        while (dst.hasRemaining()) {
            int n = channel.read(dst, position + total);
            if (n <= 0) {
                break;
            }
            total += n;
            if (n % BLOCK != 0) {
                break;
            }
        }
        return total;
    }

    @Override
    public void write(ByteBuffer src, long position) throws IOException {
        AlignedBuffers.requireAligned(src, position);
        fence.check();
        syncChannel();
        int start = src.position();
        uninterrupted(channel -> {
            src.position(start);
            return drain(channel, src, position);
        });
    }

    /** Writes everything. A call that stops inside a block has met a limit: the rest of that block is tried once more for its error. */
    private long drain(FileChannel channel, ByteBuffer src, long position) throws IOException {
        int start = src.position();
        while (src.hasRemaining()) {
            int offset = src.position() - start;
            int whole = channel.write(src, position + offset) & -BLOCK;
            if (whole == 0) {
                throw new IOException(
                        "Could not write " + src.remaining() + " bytes to " + file + ": is the disk full?");
            }
            src.position(start + offset + whole);
        }
        return (long) src.position() - start;
    }

    @Override
    public void sync() throws IOException {
        fence.check();
        FileChannel channel = syncChannel();
        try {
            SyncThreads.call(() -> channel.force(false));
        } catch (IOException e) {
            if (closed) {
                throw closedException(e);
            }
            throw fence.failed(e);
        }
    }

    @Override
    public long size() throws IOException {
        return uninterrupted(FileChannel::size);
    }

    @Override
    public void truncate(long size) throws IOException {
        AlignedBuffers.requireAligned(size);
        fence.check();
        syncChannel();
        uninterrupted(channel -> channel.truncate(size).size());
    }

    @Override
    public void close() throws IOException {
        FileChannel sync;
        synchronized (opening) {
            if (closed) {
                return;
            }
            closed = true;
            sync = syncing;
        }
        onClose.run();
        try {
            data.close();
        } finally {
            if (sync != null) {
                sync.close();
            }
        }
    }

    private long uninterrupted(Operation operation) throws IOException {
        boolean interrupted = Thread.interrupted();
        try {
            while (true) {
                FileChannel channel = data;
                try {
                    return operation.on(channel);
                } catch (ClosedChannelException e) {
                    // This thread's interrupt, another thread's, or close().
                    interrupted |= Thread.interrupted();
                    reopen(e);
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @Override
    public void reopen() throws IOException {
        synchronized (opening) {
            if (closed) {
                throw new ClosedChannelException();
            }
            FileChannel old = data;
            data = FileChannel.open(file, options);
            old.close();
        }
    }

    /** Another thread may have opened the file again already. */
    private void reopen(ClosedChannelException cause) throws IOException {
        synchronized (opening) {
            if (closed) {
                throw closedException(cause);
            }
            if (!data.isOpen()) {
                data = FileChannel.open(file, options);
            }
        }
    }

    private FileChannel syncChannel() throws IOException {
        FileChannel channel = syncing;
        if (channel == null) {
            synchronized (opening) {
                if (closed) {
                    throw new ClosedChannelException();
                }
                channel = syncing;
                if (channel == null) {
                    channel = FileChannel.open(file, StandardOpenOption.WRITE);
                    syncing = channel;
                }
            }
        }
        return channel;
    }

    private static ClosedChannelException closedException(IOException cause) {
        ClosedChannelException e = new ClosedChannelException();
        e.initCause(cause);
        return e;
    }
}
