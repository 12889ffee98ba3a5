package io.varve.storage.io;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/**
 * One read or write on its way: what is still to be done after each answer of the kernel, which may do less than it was asked to. Keeps
 * the buffer alive. For one thread at a time.
 */
final class Transfer {
    /** More refusals in a row than this are an error. */
    private static final int REFUSALS_MAX = 100;

    private final boolean write;
    private final int fd;
    private final ByteBuffer buffer;
    private final int from;
    private final long address;
    private final long position;
    private final int length;
    private int done;
    private int refusals;
    private int errno;
    private boolean ended;

    private Transfer(boolean write, int fd, ByteBuffer buffer, long position) {
        this.write = write;
        this.fd = fd;
        this.buffer = buffer;
        this.from = buffer.position();
        this.address = MemorySegment.ofBuffer(buffer).address();
        this.position = position;
        this.length = buffer.remaining();
        this.ended = length == 0;
    }

    /** Fills the buffer's rest, as far as the file reaches. */
    static Transfer read(int fd, ByteBuffer dst, long position) {
        return new Transfer(false, fd, dst, position);
    }

    /** Writes the buffer's rest. */
    static Transfer write(int fd, ByteBuffer src, long position) {
        return new Transfer(true, fd, src, position);
    }

    boolean isWrite() {
        return write;
    }

    int fd() {
        return fd;
    }

    /** Where the next bytes go to or come from in memory. */
    long address() {
        return address + done;
    }

    long position() {
        return position + done;
    }

    /** How many bytes are still to be transferred. */
    int rest() {
        return length - done;
    }

    boolean isEnded() {
        return ended;
    }

    /**
     * Takes an answer.
     *
     * @param result bytes, or a negative {@link Errno}
     * @return whether that was the last one; otherwise the rest has to be asked for
     */
    boolean answered(int result) {
        if (result < 0) {
            refused(-result);
        } else if (write) {
            wrote(result & -BlockDevice.BLOCK);
        } else {
            done += result;
            // A read that stops inside a block has met the end.
            ended = result == 0 || done == length || result % BlockDevice.BLOCK != 0;
        }
        return ended;
    }

    /** A write that stops inside a block has met a limit: the rest of that block is tried once more for its error. */
    private void wrote(int whole) {
        if (whole == 0) {
            fail(Errno.ENOSPC);
        } else {
            done += whole;
            ended = done == length;
        }
    }

    /** A request that was broken off, by a signal or the end of the thread that made it, is asked for again. */
    private void refused(int error) {
        boolean again = error == Errno.EAGAIN || error == Errno.EINTR || error == Errno.ECANCELED;
        if (!again || ++refusals > REFUSALS_MAX) {
            fail(error);
        }
    }

    void fail(int error) {
        errno = error;
        ended = true;
    }

    /**
     * Moves the buffer's position by what was transferred.
     *
     * @return how much that was
     */
    int finish() throws IOException {
        if (errno != 0) {
            throw new IOException(Errno.text(errno));
        }
        if (!ended) {
            throw new IllegalStateException("This transfer has not ended.");
        }
        buffer.position(from + done);
        return done;
    }
}
