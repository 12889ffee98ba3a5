package io.varve.storage.io;

import java.io.IOException;
import java.util.List;

/**
 * A flat directory of block devices, and the seam below which tests simulate a disk.
 *
 * <p><b>Names</b> are 1 to 128 characters of {@code A-Z a-z 0-9 . _ -}, the first a letter or digit; anything else is refused with
 * {@link IllegalArgumentException}. Files with other names are invisible here.
 *
 * <p><b>Durability.</b> {@link #create}, {@link #rename} and {@link #delete} are visible at once but survive a power loss only after
 * a later {@link #sync}; until then each may or may not have happened. A device's contents are durable by its own
 * {@link BlockDevice#sync}, and reachable only if its name is durable too.
 *
 * <p><b>Threads.</b> Every method may be called by any thread. Interrupts do no harm, as with {@link BlockDevice}.
 */
public interface DeviceDirectory {

    /** The names of all devices, in ascending order of their characters. */
    List<String> list() throws IOException;

    /**
     * Makes a new, empty device and opens it.
     *
     * @throws java.nio.file.FileAlreadyExistsException if the name is taken
     */
    BlockDevice create(String name) throws IOException;

    /**
     * Opens a device for reading and writing. The same device may be open more than once; one of them writes.
     *
     * @throws java.nio.file.NoSuchFileException if there is none of that name
     */
    BlockDevice open(String name) throws IOException;

    boolean exists(String name) throws IOException;

    /**
     * The size of a device in bytes, as {@link BlockDevice#size}.
     *
     * @throws java.nio.file.NoSuchFileException if there is none of that name
     */
    long size(String name) throws IOException;

    /**
     * Removes a device.
     *
     * @throws java.nio.file.NoSuchFileException if there is none of that name
     * @throws IllegalStateException if it is open here: close it first
     */
    void delete(String name) throws IOException;

    /**
     * Renames a device, atomically replacing whatever had the new name.
     *
     * @throws java.nio.file.NoSuchFileException if there is none of the old name
     * @throws IllegalStateException if a device of either name is open here: close it first
     */
    void rename(String from, String to) throws IOException;

    /**
     * Makes every creation, renaming and deletion that ended before this call durable.
     *
     * <p>A failed sync is final, as with {@link BlockDevice#sync}: this and all later calls of {@code sync}, {@code create},
     * {@code rename} and {@code delete} throw {@link java.io.SyncFailedException} with the same message.
     */
    void sync() throws IOException;

    /** The bytes that may still be written here, as the file system estimates them for this process. */
    long usableBytes() throws IOException;
}
