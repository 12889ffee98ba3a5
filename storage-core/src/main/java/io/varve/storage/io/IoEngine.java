package io.varve.storage.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * How a directory's files are read and written, and why that way. All engines read and write the same files.
 *
 * @param kind which engine
 * @param reason why it was chosen, one sentence for a log line or a metric's label
 */
public record IoEngine(Kind kind, String reason) {

    /** The engines, the preferred one first. */
    public enum Kind {
        /** Past the page cache: what is written is not copied, and cached nowhere but in Varve. */
        DIRECT,
        /** Through the page cache; works everywhere. */
        BUFFERED
    }

    /** Begins with a dot, so that it is no device name and never listed. */
    private static final String PROBE_FILE = ".io-probe";

    /**
     * Tries out what the file system under a directory allows, by writing and reading one block there.
     *
     * @throws IOException if not even an ordinary file can be made in the directory
     */
    public static IoEngine probe(Path directory) throws IOException {
        Path file = directory.resolve(PROBE_FILE);
        Files.deleteIfExists(file);
        Files.createFile(file);
        try {
            return probeDirect(file);
        } finally {
            Files.delete(file);
        }
    }

    private static IoEngine probeDirect(Path file) throws IOException {
        ByteBuffer block = AlignedBuffers.allocate(BlockDevice.BLOCK);
        String type = Files.getFileStore(file).type();
        try (FileChannel channel =
                FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE, DirectOption.get())) {
            channel.write(block, 0);
            channel.read(block.clear(), 0);
            return new IoEngine(Kind.DIRECT, "The file system (" + type + ") allows direct I/O.");
        } catch (IOException | UnsupportedOperationException e) {
            return new IoEngine(
                    Kind.BUFFERED,
                    "The file system (" + type + ") refused direct I/O in blocks of " + BlockDevice.BLOCK + " bytes: "
                            + e.getMessage());
        }
    }
}
