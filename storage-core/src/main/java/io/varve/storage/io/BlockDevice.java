package io.varve.storage.io;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * Random access to one file or disk in whole blocks.
 *
 * <p><b>Alignment.</b> Positions and transfer lengths ({@link ByteBuffer#remaining()}) are multiples of {@link #BLOCK}, and
 * buffers are direct with an aligned address at their position (see {@link AlignedBuffers} and {@link BufferPool}). Every
 * implementation checks this, also where its own system calls would not mind, and throws {@link IllegalArgumentException}.
 *
 * <p><b>Threads.</b> Any number of threads may read while one writes. A read that overlaps a running write gets old or new bytes,
 * in any mixture of blocks. An interrupt neither breaks off an operation nor harms the device: the operation ends as usual and
 * the thread's interrupt status is set afterwards.
 *
 * <p><b>Durability.</b> A finished {@link #write} or {@link #truncate} is visible to reads at once, but survives a power loss only
 * after a later {@link #sync}. Until then any part of it may or may not be on the disk, in units of 512-byte sectors.
 *
 * <p><b>Errors.</b> An {@link IOException} from a write leaves its blocks undefined. After {@link #close} every operation throws
 * {@link java.nio.channels.ClosedChannelException}.
 */
public interface BlockDevice extends Closeable {

    /** The unit of positions, lengths and buffer addresses, in bytes. */
    int BLOCK = 4096;

    /**
     * Fills the buffer from the given position, as far as the device reaches.
     *
     * @return the number of bytes read, by which the buffer's position moved: less than remained only where the device ends, 0 at
     *     or beyond its end
     */
    int read(ByteBuffer dst, long position) throws IOException;

    /**
     * Performs several reads, in any order or at once, and returns when all have ended. One that fails does not disturb the
     * others: its error appears at its own {@link ReadRequest#bytesRead()}.
     */
    default void readMany(List<ReadRequest> requests) {
        for (ReadRequest request : requests) {
            request.perform(this);
        }
    }

    /**
     * Writes all remaining bytes and thereby moves the buffer's position to its limit. A device grows when written beyond its
     * end; a gap left in between reads as zeros.
     */
    void write(ByteBuffer src, long position) throws IOException;

    /**
     * Makes every write and truncation that ended before this call durable, contents and size ({@code fdatasync}).
     *
     * <p>After a failure the state of the unsynced blocks is unknown, and a second attempt could report success for bytes that
     * are lost (the kernel may have dropped them). Therefore a failed sync is final: this and all later calls of {@code sync},
     * {@code write} and {@code truncate} throw {@link java.io.SyncFailedException} with the same message. Reads go on.
     */
    void sync() throws IOException;

    /**
     * Writes all remaining bytes and makes them durable, and nothing that was written before: as {@link #write} and {@link #sync}, and in less
     * time where the system does both in one call.
     *
     * @throws java.io.SyncFailedException as {@link #sync}, also where nobody can tell whether writing failed or making durable
     * @throws IOException if the disk is full: nothing of it counts
     */
    default void writeDurably(ByteBuffer src, long position) throws IOException {
        write(src, position);
        sync();
    }

    /** The size in bytes; after foreign meddling not necessarily a multiple of {@link #BLOCK}. */
    long size() throws IOException;

    /** Cuts the device to the given size, a multiple of {@link #BLOCK}; does nothing when it is that small already. */
    void truncate(long size) throws IOException;

    /** Releases the device without a sync. Closing again does nothing. */
    @Override
    void close() throws IOException;
}
