package io.varve.storage.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * How a directory's files are read and written, and why that way. All engines read and write the same files.
 *
 * @param kind which engine
 * @param reason why it was chosen, one sentence or two for a log line or a metric's label
 */
public record IoEngine(Kind kind, String reason) {

    /** The engines, the preferred one first. */
    public enum Kind {
        /** Past the page cache, by Linux' io_uring: a batch of reads is one call. */
        IO_URING,
        /** Past the page cache: what is written is not copied, and cached nowhere but in Varve. */
        DIRECT,
        /** Through the page cache; works everywhere. */
        BUFFERED,
        /** For network file systems: through the page cache, and what fails in passing is tried again. */
        SAFE;

        /** As it is written in settings and metrics. */
        public String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Begins with a dot, so that it is no device name and never listed. */
    private static final String PROBE_FILE = ".io-probe";

    /** File stores ({@link java.nio.file.FileStore#type}) whose bytes lie on another machine, or behind a program of unknown habits. */
    private static final Set<String> NETWORK = Set.of(
            "9p",
            "afs",
            "beegfs",
            "ceph",
            "cifs",
            "coda",
            "fuse",
            "fuseblk",
            "gfs2",
            "glusterfs",
            "gpfs",
            "lustre",
            "ncpfs",
            "nfs",
            "nfs3",
            "nfs4",
            "ocfs2",
            "smb",
            "smb2",
            "smb3",
            "smbfs",
            "virtiofs",
            "webdav");

    private static final String FUSE_PREFIX = "fuse.";

    /**
     * Tries out what the file system under a directory allows, by writing and reading a block there.
     *
     * @throws IOException if not even an ordinary file can be made in the directory
     */
    public static IoEngine probe(Path directory) throws IOException {
        return probe(directory, Optional.empty());
    }

    /**
     * The same, beginning with a given engine; where it is refused, the next one in order is tried.
     *
     * @param first empty: the best for the kind of file system
     */
    public static IoEngine probe(Path directory, Optional<Kind> first) throws IOException {
        return probe(directory, first, DiskSpace.kind(directory));
    }

    static IoEngine probe(Path directory, Optional<Kind> first, String type) throws IOException {
        Path file = directory.resolve(PROBE_FILE);
        Files.deleteIfExists(file);
        Files.createFile(file);
        try {
            if (first.isEmpty()) {
                return isNetwork(type) ? safe(type) : best(file, Kind.IO_URING, type);
            }
            return first.get() == Kind.SAFE
                    ? new IoEngine(Kind.SAFE, "It was asked for.")
                    : best(file, first.get(), type);
        } finally {
            Files.delete(file);
        }
    }

    /** Whether a file store of this type is not to be trusted like a disk. */
    static boolean isNetwork(String type) {
        String lower = type.toLowerCase(Locale.ROOT);
        return NETWORK.contains(lower) || lower.startsWith(FUSE_PREFIX);
    }

    private static IoEngine safe(String type) {
        return new IoEngine(
                Kind.SAFE,
                "The file system (" + type + ") is one of a network or of a program: through the page cache, and what"
                        + " fails in passing is tried again.");
    }

    private static IoEngine best(Path file, Kind first, String type) {
        String refused = "";
        if (first == Kind.IO_URING) {
            Optional<String> obstacle = ringObstacle(file);
            if (obstacle.isEmpty()) {
                return new IoEngine(
                        Kind.IO_URING, "The file system (" + type + ") allows direct I/O, and the kernel io_uring.");
            }
            refused = "No io_uring: " + obstacle.get() + ". ";
        }
        if (first == Kind.BUFFERED) {
            return new IoEngine(Kind.BUFFERED, "It was asked for.");
        }
        Optional<String> obstacle = directObstacle(file);
        return obstacle.isEmpty()
                ? new IoEngine(Kind.DIRECT, refused + "The file system (" + type + ") allows direct I/O.")
                : new IoEngine(
                        Kind.BUFFERED,
                        refused + "The file system (" + type + ") refused direct I/O in blocks of " + BlockDevice.BLOCK
                                + " bytes: " + obstacle.get());
    }

    /** Through a ring, because a kernel, a sandbox or a file system may refuse at every step. */
    private static Optional<String> ringObstacle(Path file) {
        Optional<String> obstacle = SystemCalls.obstacle();
        if (obstacle.isPresent()) {
            return obstacle;
        }
        try (RingDevice device = new RingDevice(file, RingPool.shared(), () -> {})) {
            device.write(AlignedBuffers.allocate(BlockDevice.BLOCK), 0);
            ReadRequest request = new ReadRequest(AlignedBuffers.allocate(BlockDevice.BLOCK), 0);
            device.readMany(List.of(request));
            return request.bytesRead() == BlockDevice.BLOCK
                    ? Optional.empty()
                    : Optional.of("a block that was written could not be read");
        } catch (IOException e) {
            return Optional.of(String.valueOf(e.getMessage()));
        } catch (LinkageError | IllegalCallerException e) {
            return Optional.of("this Java runtime makes no native calls: " + e);
        }
    }

    private static Optional<String> directObstacle(Path file) {
        ByteBuffer block = AlignedBuffers.allocate(BlockDevice.BLOCK);
        try (FileChannel channel =
                FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE, DirectOption.get())) {
            channel.write(block, 0);
            channel.read(block.clear(), 0);
            return Optional.empty();
        } catch (IOException | UnsupportedOperationException e) {
            return Optional.of(String.valueOf(e.getMessage()));
        }
    }
}
