package io.varve.storage.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Buffers that share a huge page: for direct I/O the kernel pins and maps one page in the place of 512, and the disk gets long runs of
 * memory. Only where the ring engine works, whose system calls this needs; elsewhere, and where the system has no huge pages, the
 * buffers are as good, only slower. For pools that keep their buffers: memory of such buffers comes back with the garbage collector, but
 * does not hurry it.
 */
public final class HugePages {
    /** The usual size on x86-64 and aarch64; where it is another, the advice is without effect. */
    private static final int BYTES = 2 << 20;

    private HugePages() {}

    /**
     * Makes as many buffers of a size as fill a huge page.
     *
     * @param bytes the size of each: a power of two from {@link BlockDevice#BLOCK} to half a huge page
     * @return aligned buffers full of zeros; empty where there can be none
     */
    public static Optional<List<ByteBuffer>> allocate(int bytes) {
        boolean fits = bytes >= BlockDevice.BLOCK && bytes <= BYTES / 2 && Integer.bitCount(bytes) == 1;
        if (!fits || RingPool.shared().rings() == 0) {
            return Optional.empty();
        }
        try {
            ByteBuffer page = SystemCalls.hugePage(BYTES);
            List<ByteBuffer> buffers = new ArrayList<>(BYTES / bytes);
            for (int at = 0; at < BYTES; at += bytes) {
                buffers.add(page.slice(at, bytes));
            }
            return Optional.of(buffers);
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** How many buffers of this size a huge page holds. */
    public static int count(int bytes) {
        return BYTES / bytes;
    }
}
