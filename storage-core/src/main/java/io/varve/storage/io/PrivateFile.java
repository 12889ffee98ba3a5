package io.varve.storage.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Set;

/** Small files with secrets, which the server's own user alone may read. */
public final class PrivateFile {
    private static final String UNFINISHED = ".new";

    private PrivateFile() {}

    /**
     * Makes a file, mode 0600 where the file system knows modes. It appears whole or not at all, and is durable when this method
     * returns. Not for two writers of the same file at once. A few milliseconds, during which the thread's carrier may be pinned.
     *
     * @throws FileAlreadyExistsException if the file is there
     */
    public static void create(Path file, byte[] content) throws IOException {
        if (Files.exists(file)) {
            throw new FileAlreadyExistsException(file.toString());
        }
        Path directory = file.toAbsolutePath().getParent();
        if (directory == null) {
            throw new IOException(file + " is no file's name");
        }
        Path unfinished = directory.resolve(file.getFileName() + UNFINISHED);
        // A start that was interrupted may have left one.
        Files.deleteIfExists(unfinished);
        try (SeekableByteChannel channel = Files.newByteChannel(
                unfinished,
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE, StandardOpenOption.SYNC),
                FileDeviceDirectory.permissions(directory, "rw-------"))) {
            ByteBuffer rest = ByteBuffer.wrap(content);
            while (rest.hasRemaining()) {
                channel.write(rest);
            }
        }
        Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
        FileDeviceDirectory.syncDirectory(directory);
    }
}
