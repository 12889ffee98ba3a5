package io.varve.storage.io;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFileAttributeView;

/**
 * What is known of the file system that a directory lies in, its space above all. {@link java.nio.file.FileStore} would say it all, but it is found by its mount
 * point, and a process whose root is no mount point (chroot(2)) sees none; free space is told without. Stateless.
 */
public final class DiskSpace {
    /** The kind of a file system of which nothing is known. */
    private static final String UNKNOWN = "unknown";

    private DiskSpace() {}

    /**
     * How many bytes this process may still write.
     *
     * @throws IOException if that is not known
     */
    public static long usableBytes(Path directory) throws IOException {
        return known(directory, directory.toFile().getUsableSpace());
    }

    /**
     * How large the file system is, in bytes.
     *
     * @throws IOException if that is not known
     */
    public static long totalBytes(Path directory) throws IOException {
        return known(directory, directory.toFile().getTotalSpace());
    }

    /** Nothing may mean that nothing could be found out: then looking at the directory says why. */
    private static long known(Path directory, long bytes) throws IOException {
        if (bytes == 0) {
            Files.readAttributes(directory, BasicFileAttributes.class);
        }
        return bytes;
    }

    /** Its kind as the system calls it, such as {@code ext4} or {@code nfs}; {@code unknown} where it cannot be found out. */
    static String kind(Path directory) {
        try {
            return Files.getFileStore(directory).type();
        } catch (IOException e) {
            return UNKNOWN;
        }
    }

    /** Whether files have POSIX permissions there. */
    static boolean hasPermissions(Path directory) {
        try {
            return Files.getFileStore(directory).supportsFileAttributeView(PosixFileAttributeView.class);
        } catch (IOException e) {
            return directory.getFileSystem().supportedFileAttributeViews().contains("posix");
        }
    }
}
