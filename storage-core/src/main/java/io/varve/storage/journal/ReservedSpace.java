package io.varve.storage.journal;

import io.varve.storage.io.AlignedBuffers;
import io.varve.storage.io.BlockDevice;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Zeros that are written behind the last group of a journal file, some groups ahead. A file that grows with each group has the file system
 * note its new size with each sync, which takes longer than the sync of the group itself (on ext4 more than twice as long). Zeros are no group, so a
 * reader finds the end of the journal where it always was. Not thread-safe.
 */
final class ReservedSpace {
    private static final int BYTES_MIN = 32 << 10;
    private static final int BYTES_MAX = 256 << 10;

    /** Of a file's length so much is reserved, as a divisor: a small file stays small. */
    private static final int SHARE = 4;

    private final ByteBuffer zeros = AlignedBuffers.allocate(BYTES_MAX);
    private final long fileBytes;
    private long end;
    private boolean refused;

    /** @param fileBytes where files end, and what is reserved, too */
    ReservedSpace(long fileBytes) {
        this.fileBytes = fileBytes;
    }

    /** A file begins in which nothing is reserved. */
    void begin(long offset) {
        end = offset;
        refused = false;
    }

    /**
     * Reserves, if it is due, space for a group and those after it. A disk that has no room for that may still have room for
     * the group, so failing does not matter.
     *
     * @param from where the group begins
     * @param to where it ends
     */
    void ensure(BlockDevice device, long from, long to) {
        if (to <= end || refused) {
            return;
        }
        long begin = Math.max(from, end);
        long length = Math.clamp(AlignedBuffers.roundUp(from / SHARE), BYTES_MIN, BYTES_MAX);
        long until = Math.min(begin + length, fileBytes);
        if (until < to) {
            return;
        }
        try {
            device.write(zeros.clear().limit((int) (until - begin)), begin);
            end = until;
        } catch (IOException e) {
            refused = true;
        }
    }

    /** Whether a group up to here lies in space that the file has. */
    boolean covers(long to) {
        return to <= end;
    }

    /** Gives back what lies behind the last group, where all is durable. */
    void release(BlockDevice device, long offset) {
        if (end > offset) {
            try {
                device.truncate(offset);
            } catch (IOException e) {
                // Zeros at a file's end are no harm.
                refused = true;
            }
            end = offset;
        }
    }
}
