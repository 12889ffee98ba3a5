package io.varve.storage;

import io.varve.storage.io.DiskSpace;
import io.varve.storage.io.DurableFile;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where a store's metadata lies: in the data directory, or on another disk, held.
 *
 * <p>It is derived, so it may be lost; it must never be taken for that of another journal. A place elsewhere therefore belongs to one data directory:
 * {@value #OWNER} there and {@value #INDEX} in the data directory have the same random id, and the first says where the second lies. No copy, mirror
 * or backup has {@value #INDEX}, so a restored store makes its metadata anew, as does a copied one, and one that was moved.
 */
final class MetadataPlace implements Closeable {
    private static final Logger LOG = LoggerFactory.getLogger(MetadataPlace.class);

    /** Beside the metadata elsewhere: whose it is. */
    static final String OWNER = "OWNER";

    /** In the data directory: which metadata elsewhere is its own. */
    static final String INDEX = "INDEX";

    private static final String UNFINISHED = ".moving";
    private static final String LEAVING = ".moved";

    private final Path path;
    private final @Nullable FileChannel lock;

    private MetadataPlace(Path path, @Nullable FileChannel lock) {
        this.path = path;
        this.lock = lock;
    }

    /**
     * Finds the place, and brings the metadata of the data directory there if it still lies in that.
     *
     * @param elsewhere an existing directory, on another disk say; empty for the data directory
     * @throws DataDirectoryHeldException if another process holds it
     * @throws IOException if there is no such directory, or the disk fails
     */
    static MetadataPlace open(DataDirectory data, Optional<Path> elsewhere) throws IOException {
        Path inside = data.path().resolve(DataDirectory.METADATA);
        // Only left by a crash after it had been brought elsewhere.
        DataDirectory.erase(data.path().resolve(DataDirectory.METADATA + LEAVING));
        if (elsewhere.isPresent() && !Files.isDirectory(elsewhere.get())) {
            throw new IOException("There is no directory " + elsewhere.get()
                    + " for the metadata (varve.metadata.dir): mount what it lies on, or make it. The metadata is made"
                    + " anew where there is none, from checkpoints and journal.");
        }
        if (elsewhere.isEmpty() || Files.isSameFile(elsewhere.get(), data.path())) {
            return new MetadataPlace(inside, null);
        }
        Path own = DataDirectory.makePrivate(elsewhere.get().resolve("varve-" + data.storeId()));
        FileChannel lock = DataDirectory.lock(own);
        try {
            Path path = own.resolve(DataDirectory.METADATA);
            if (Files.exists(inside)) {
                move(data, inside, own);
            } else if (!isOwned(data, own)) {
                if (Files.exists(path)) {
                    LOG.warn("The metadata in {} is not that of {} as it is now, and is made anew.", path, data.path());
                }
                DataDirectory.erase(path);
                own(data, own);
            }
            LOG.info("The metadata lies in {}.", path);
            return new MetadataPlace(path, lock);
        } catch (IOException | RuntimeException e) {
            lock.close();
            throw e;
        }
    }

    /** The directory of the metadata; it need not be there. */
    Path path() {
        return path;
    }

    /** Whether it lies outside of the data directory. */
    boolean isElsewhere() {
        return lock != null;
    }

    /** Free space of its disk. */
    long freeBytes() throws IOException {
        return DiskSpace.usableBytes(Objects.requireNonNull(path.getParent()));
    }

    @Override
    public void close() throws IOException {
        if (lock != null) {
            lock.close();
        }
    }

    private static boolean isOwned(DataDirectory data, Path own) throws IOException {
        Path index = data.path().resolve(INDEX);
        Path owner = own.resolve(OWNER);
        return Files.exists(index)
                && Files.exists(owner)
                && Files.readString(owner).equals(owner(data, Files.readString(index)));
    }

    private static String owner(DataDirectory data, String index) throws IOException {
        return index + "data=" + data.path().toRealPath() + "\n";
    }

    /** Until both files are durable, what lies there counts as somebody else's. */
    private static void own(DataDirectory data, Path own) throws IOException {
        String index = "index=" + UUID.randomUUID() + "\n";
        DurableFile.replace(own.resolve(OWNER), owner(data, index));
        DurableFile.replace(data.path().resolve(INDEX), index);
    }

    /** A crash at any point leaves it whole in one of the two places, and the next start goes on. */
    private static void move(DataDirectory data, Path inside, Path own) throws IOException {
        Path path = own.resolve(DataDirectory.METADATA);
        LOG.info("The metadata is brought from {} to {}.", inside, path);
        Path unfinished = own.resolve(DataDirectory.METADATA + UNFINISHED);
        DataDirectory.erase(unfinished);
        copy(inside, unfinished);
        DataDirectory.erase(path);
        Files.move(unfinished, path, StandardCopyOption.ATOMIC_MOVE);
        sync(own);
        own(data, own);
        Path leaving = inside.resolveSibling(DataDirectory.METADATA + LEAVING);
        Files.move(inside, leaving, StandardCopyOption.ATOMIC_MOVE);
        sync(data.path());
        DataDirectory.erase(leaving);
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Path target = to.resolve(from.relativize(file).toString());
                Files.copy(file, target, StandardCopyOption.COPY_ATTRIBUTES);
                sync(target);
            }
        }
    }

    private static void sync(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
