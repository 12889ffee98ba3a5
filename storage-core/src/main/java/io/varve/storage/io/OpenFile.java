package io.varve.storage.io;

import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A file descriptor that is not given back to the system while anybody uses it: its number could be another file's the next moment. So
 * closing ends new uses at once, and the last one under way closes the file. Safe for any number of threads.
 */
final class OpenFile {
    private static final int CLOSED = 1 << 31;

    private final int fd;

    /** How many use it; the sign bit says that it is closed. */
    private final AtomicInteger users = new AtomicInteger();

    private OpenFile(int fd) {
        this.fd = fd;
    }

    /** Opens an existing file past the page cache. */
    static OpenFile direct(Path file) throws IOException {
        return new OpenFile(SystemCalls.openDirect(file));
    }

    /**
     * Begins a use; {@link #release} ends it.
     *
     * @return the descriptor
     * @throws ClosedChannelException if the file is closed
     */
    int acquire() throws ClosedChannelException {
        if (users.getAndUpdate(count -> count < 0 ? count : count + 1) < 0) {
            throw new ClosedChannelException();
        }
        return fd;
    }

    void release() throws IOException {
        if (users.decrementAndGet() == CLOSED) {
            SystemCalls.close(fd);
        }
    }

    /**
     * Closes the file, now or with the end of its last use.
     *
     * @return whether this call did, and no earlier one
     */
    boolean close() throws IOException {
        int before = users.getAndUpdate(count -> count | CLOSED);
        if (before == 0) {
            SystemCalls.close(fd);
        }
        return before >= 0;
    }
}
