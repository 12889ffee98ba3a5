package io.varve.storage.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Path;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * Reads of virtual threads, one at a time, by a channel of a file that is open for rings. A channel tells the scheduler that its thread blocks, which then
 * has another carrier run the others; a ring is waited for by one carrier and a platform thread behind it. With many such readers that is twice as
 * fast, for a third of the processor time. The channel is opened when it is first needed, as a second descriptor of the very same file, whatever has become of its name.
 * Safe for any number of threads.
 */
final class SingleReads {
    private static final Path DESCRIPTORS = Path.of("/proc/self/fd");

    private volatile @Nullable ChannelDevice opened;

    /** Guarded by this, as is the opening. */
    private boolean refused;

    /** What reads by the channel; null if there can be none, or it is closed. */
    private @Nullable ChannelDevice channel(int fd) {
        ChannelDevice known = opened;
        return known == null ? open(fd) : known;
    }

    private synchronized @Nullable ChannelDevice open(int fd) {
        if (opened == null && !refused) {
            try {
                opened = new ChannelDevice(DESCRIPTORS.resolve(Integer.toString(fd)), true, () -> {});
            } catch (IOException | UnsupportedOperationException e) {
                refused = true;
            }
        }
        return opened;
    }

    /**
     * Reads as {@link BlockDevice#read}.
     *
     * @param fd the file, which the caller keeps open
     * @return empty if this is no way to read it, or it is just being closed; the buffer is then as it was
     */
    OptionalInt read(int fd, ByteBuffer dst, long position) throws IOException {
        ChannelDevice channel = channel(fd);
        if (channel == null) {
            return OptionalInt.empty();
        }
        int start = dst.position();
        try {
            return OptionalInt.of(channel.read(dst, position));
        } catch (ClosedChannelException e) {
            dst.position(start);
            return OptionalInt.empty();
        }
    }

    /** Closes the channel, if there is one; there will be none any more. */
    synchronized void close() throws IOException {
        refused = true;
        ChannelDevice channel = opened;
        if (channel != null) {
            opened = null;
            channel.close();
        }
    }
}
