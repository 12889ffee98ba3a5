package io.varve.storage.maintenance;

import io.varve.storage.io.CorruptionException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32C;

/**
 * Copies files so that each is there whole and durable or not at all, and reads every copy back. What it makes is its owner's alone.
 */
final class FileCopy {
    private static final int BUFFER_BYTES = 1 << 20;
    private static final String UNFINISHED = ".copying";

    private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
    private final JobControl control;

    /** @param control told every byte that is copied, and asked whether to stop */
    FileCopy(JobControl control) {
        this.control = control;
    }

    /**
     * Copies a file and verifies the copy.
     *
     * @throws CorruptionException if the copy reads back as something else; it is then not there
     */
    BackupIndex.Item copy(Path from, Path to) throws IOException {
        Path unfinished = to.resolveSibling(to.getFileName() + UNFINISHED);
        Files.deleteIfExists(unfinished);
        long modified = modified(from);
        CRC32C crc = new CRC32C();
        long bytes = 0;
        try (FileChannel source = FileChannel.open(from, StandardOpenOption.READ);
                FileChannel target = create(unfinished)) {
            while (source.read(buffer.clear()) >= 0) {
                control.requireWanted();
                crc.update(buffer.flip());
                bytes += buffer.rewind().remaining();
                control.advance(buffer.remaining());
                while (buffer.hasRemaining()) {
                    target.write(buffer);
                }
            }
            target.force(true);
        }
        BackupIndex.Item item = new BackupIndex.Item(bytes, modified, (int) crc.getValue());
        if (checksum(unfinished) != item.crc32c()) {
            Files.delete(unfinished);
            throw new CorruptionException("The copy of " + from + " reads back as something else: look at the disk of "
                    + to.getParent() + ".");
        }
        Files.move(unfinished, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        return item;
    }

    /** The CRC-32C of a file. */
    int checksum(Path file) throws IOException {
        CRC32C crc = new CRC32C();
        try (FileChannel source = FileChannel.open(file, StandardOpenOption.READ)) {
            while (source.read(buffer.clear()) >= 0) {
                control.requireWanted();
                crc.update(buffer.flip());
            }
        }
        return (int) crc.getValue();
    }

    /** When a file was last written, in microseconds since 1970. */
    static long modified(Path file) throws IOException {
        return Files.getLastModifiedTime(file).to(TimeUnit.MICROSECONDS);
    }

    private static FileChannel create(Path file) throws IOException {
        Set<OpenOption> options = Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        return FileChannel.open(file, options, permissions(file, "rw-------"));
    }

    private static FileAttribute<?>[] permissions(Path path, String posix) {
        return path.getFileSystem().supportedFileAttributeViews().contains("posix")
                ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(posix))}
                : new FileAttribute<?>[0];
    }
}
