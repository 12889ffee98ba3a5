package io.varve.storage.io;

import static io.varve.storage.io.BlockDevice.BLOCK;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Looks at a device through one aligned buffer, for readers that go from front to back and need a few bytes at any position: file
 * scans, log replay. Bytes that the buffer holds already are not read again, so the device must not change meanwhile. For one
 * thread.
 */
public final class DeviceWindow {

    private final BlockDevice device;
    private final ByteBuffer buffer;
    private long start;
    private int length;
    private boolean reachesEnd;

    /** @param buffer aligned (see {@link AlignedBuffers}) and at least two blocks long; the window's own until it is no longer used */
    public DeviceWindow(BlockDevice device, ByteBuffer buffer) {
        if (buffer.capacity() < 2 * BLOCK) {
            throw new IllegalArgumentException(
                    "A window needs a buffer of two blocks, not " + buffer.capacity() + " bytes.");
        }
        this.device = device;
        this.buffer = buffer;
    }

    /** The most that {@link #at} can be asked for at once. */
    public int atLeastMax() {
        return buffer.capacity() - BLOCK;
    }

    /**
     * The device's bytes from a position on.
     *
     * @param atLeast how many are needed, up to {@link #atLeastMax()}
     * @return a little-endian view that is valid until the next call. It has at least as many bytes as asked for, usually more; fewer
     *     only where the device ends
     * @throws IOException if one of the blocks with the needed bytes cannot be read; other blocks do not matter
     */
    public ByteBuffer at(long position, int atLeast) throws IOException {
        if (atLeast > atLeastMax()) {
            throw new IllegalArgumentException(
                    "A window of " + buffer.capacity() + " bytes cannot show " + atLeast + ".");
        }
        boolean held = position >= start && (reachesEnd || position + atLeast <= start + length);
        if (!held) {
            fill(position, atLeast);
        }
        int from = (int) Math.min(position - start, length);
        return buffer.slice(from, length - from).order(ByteOrder.LITTLE_ENDIAN);
    }

    /**
     * Copies the device's bytes from a position on into an array, however long.
     *
     * @return whether the array is full; if not, the device ends before
     */
    public boolean copy(long position, byte[] target) throws IOException {
        int filled = 0;
        while (filled < target.length) {
            ByteBuffer bytes = at(position + filled, 1);
            if (!bytes.hasRemaining()) {
                return false;
            }
            int part = Math.min(bytes.remaining(), target.length - filled);
            bytes.get(target, filled, part);
            filled += part;
        }
        return true;
    }

    /** Reads as much as the buffer takes; if that fails, only what is needed, so that one bad block does not hide its neighbours. */
    private void fill(long position, int atLeast) throws IOException {
        start = position & -BLOCK;
        length = 0;
        reachesEnd = false;
        int needed = (int) AlignedBuffers.roundUp(position - start + Math.max(atLeast, 1));
        int wanted = buffer.capacity();
        try {
            length = device.read(buffer.clear(), start);
        } catch (IOException e) {
            wanted = needed;
            length = device.read(buffer.clear().limit(needed), start);
        }
        reachesEnd = length < wanted;
        buffer.clear();
    }
}
