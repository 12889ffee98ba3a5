package io.varve.storage.cache;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * Keeps other processes, and other parts of this one, from a cache file. The lock is on a file of its own: a lock on the cache file would
 * end whenever this process closes any of its descriptors.
 */
final class CacheLock implements Closeable {
    private static final String SUFFIX = ".lock";

    private final FileChannel channel;

    private CacheLock(FileChannel channel) {
        this.channel = channel;
    }

    /**
     * Takes it.
     *
     * @throws IOException if another one has it
     */
    static CacheLock take(Path file) throws IOException {
        Path lockFile = file.resolveSibling(file.getFileName() + SUFFIX);
        FileChannel channel = FileChannel.open(lockFile, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            FileLock lock = channel.tryLock();
            if (lock == null) {
                throw held(file, null);
            }
            return new CacheLock(channel);
        } catch (OverlappingFileLockException e) {
            channel.close();
            throw held(file, e);
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    private static IOException held(Path file, @Nullable Exception cause) {
        return new IOException(
                "The cache file " + file + " is in use by another process. Each process needs one of its own.", cause);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
