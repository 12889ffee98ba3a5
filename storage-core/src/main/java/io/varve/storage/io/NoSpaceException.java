package io.varve.storage.io;

import java.io.IOException;
import java.io.SyncFailedException;
import java.util.Locale;

/**
 * A disk or quota is full. What was being written is not stored; everything stored before is untouched, and writing works again
 * once there is space.
 */
public final class NoSpaceException extends IOException {

    private static final long serialVersionUID = 1L;

    /** @param message what could not be written and where, for a person */
    public NoSpaceException(String message) {
        super(message);
    }

    private NoSpaceException(String message, IOException cause) {
        super(message, cause);
    }

    /**
     * Says why a write or creation failed: the platform has no type of its own for a full disk, only the system's text, which
     * may be in any language; so the free space is asked as well.
     *
     * @param what what was being written, the beginning of the message
     * @param bytes how many bytes it was
     * @return a {@code NoSpaceException} if space is the reason; a refusal after a failed sync as it is; else an exception that
     *     names what failed
     */
    public static IOException explain(String what, long bytes, DeviceDirectory directory, IOException failure) {
        if (failure instanceof SyncFailedException || failure instanceof NoSpaceException) {
            return failure;
        }
        if (saysFull(failure) || usableBytes(directory) < bytes) {
            return new NoSpaceException(
                    what + " could not be written: no space is left for " + bytes + " bytes in " + directory
                            + ". Free some space there, or raise the quota.",
                    failure);
        }
        return new IOException(what + " could not be written: " + failure.getMessage(), failure);
    }

    /** ENOSPC and EDQUOT in the C library's own language. */
    static boolean saysFull(IOException failure) {
        String text = String.valueOf(failure.getMessage()).toLowerCase(Locale.ROOT);
        return text.contains("no space left") || text.contains("quota exceeded");
    }

    /** Where even this cannot be found out, space is not known to be the reason. */
    private static long usableBytes(DeviceDirectory directory) {
        try {
            return directory.usableBytes();
        } catch (IOException e) {
            return Long.MAX_VALUE;
        }
    }
}
