package io.varve.storage.io;

import java.io.IOException;
import java.io.SyncFailedException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.file.FileSystemException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongConsumer;

/**
 * A file on a network file system: reads and writes that fail are tried again, on a handle opened anew, because servers come back and
 * handles go stale. A few times only, for about {@link #PAUSES_NANOS the sum of the pauses}; then the error passes.
 *
 * <p>Positional reads and writes may be repeated. A sync never is, and the channel that syncs stays open throughout, so what the system
 * lost between two tries is still told (see {@link ChannelDevice}).
 */
final class RetryingDevice implements BlockDevice {

    /** Between the tries: a lost packet, a failover of a second or two. */
    static final long[] PAUSES_NANOS = {50_000_000, 250_000_000, 1_500_000_000};

    /** A device whose file can be opened anew under it. */
    interface Reopenable extends BlockDevice {
        /** Gives the file up and opens it again by its name. Operations under way are repeated on it. */
        void reopen() throws IOException;
    }

    private interface Operation {
        long run() throws IOException;
    }

    private final Reopenable inner;
    private final Runnable onRetry;
    private final LongConsumer pause;

    /** @param onRetry told of every try after the first */
    RetryingDevice(Reopenable inner, Runnable onRetry) {
        this(inner, onRetry, LockSupport::parkNanos);
    }

    RetryingDevice(Reopenable inner, Runnable onRetry, LongConsumer pause) {
        this.inner = inner;
        this.onRetry = onRetry;
        this.pause = pause;
    }

    @Override
    public int read(ByteBuffer dst, long position) throws IOException {
        int start = dst.position();
        return (int) patiently(() -> inner.read(dst.position(start), position));
    }

    @Override
    public void write(ByteBuffer src, long position) throws IOException {
        int start = src.position();
        patiently(() -> {
            inner.write(src.position(start), position);
            return 0;
        });
    }

    @Override
    public void sync() throws IOException {
        inner.sync();
    }

    @Override
    public long size() throws IOException {
        return patiently(inner::size);
    }

    @Override
    public void truncate(long size) throws IOException {
        inner.truncate(size);
    }

    @Override
    public void close() throws IOException {
        inner.close();
    }

    private long patiently(Operation operation) throws IOException {
        for (int tries = 0; ; tries++) {
            try {
                return operation.run();
            } catch (IOException e) {
                if (tries == PAUSES_NANOS.length || !passes(e)) {
                    throw e;
                }
                pause.accept(PAUSES_NANOS[tries]);
                onRetry.run();
                reopen(e);
            }
        }
    }

    /** Where the file cannot be opened either, the old handle is tried again. */
    private void reopen(IOException cause) throws IOException {
        try {
            inner.reopen();
        } catch (ClosedChannelException e) {
            throw e;
        } catch (IOException e) {
            cause.addSuppressed(e);
        }
    }

    /** The platform tells no error numbers; so what is known not to pass is left out. */
    private static boolean passes(IOException failure) {
        return !(failure instanceof ClosedChannelException
                || failure instanceof SyncFailedException
                || failure instanceof FileSystemException
                || NoSpaceException.saysFull(failure));
    }
}
