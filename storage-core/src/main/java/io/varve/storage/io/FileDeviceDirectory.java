package io.varve.storage.io;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Stream;

/**
 * A directory of the file system. What it makes is the owner's alone (directories 0700, files 0600) where the file system knows
 * POSIX permissions.
 */
public final class FileDeviceDirectory implements DeviceDirectory {

    /** Windows opens no directory as a file, and writes directory entries through by itself. */
    private static final boolean DIRECTORIES_SYNC =
            !System.getProperty("os.name", "").toLowerCase(Locale.ROOT).startsWith("windows");

    private final Path directory;
    private final IoEngine engine;
    private final FileAttribute<?>[] fileAttributes;
    private final DeviceNames names = new DeviceNames();
    private final SyncFence fence = new SyncFence();
    private final LongAdder retries = new LongAdder();

    private FileDeviceDirectory(Path directory, IoEngine engine) throws IOException {
        this.directory = directory;
        this.engine = engine;
        this.fileAttributes = permissions(directory, "rw-------");
    }

    /** Opens a directory, making it durably if it is not there, with the best engine that it allows. */
    public static FileDeviceDirectory open(Path directory) throws IOException {
        makeDirectories(directory);
        return new FileDeviceDirectory(directory, IoEngine.probe(directory));
    }

    /**
     * Opens a directory, making it durably if it is not there.
     *
     * @param first the engine to try first (see {@link IoEngine#probe(Path, Optional)}); empty: the best for the file system
     */
    public static FileDeviceDirectory open(Path directory, Optional<IoEngine.Kind> first) throws IOException {
        makeDirectories(directory);
        return new FileDeviceDirectory(directory, IoEngine.probe(directory, first));
    }

    /** Opens a directory, making it durably if it is not there, with a given engine. */
    public static FileDeviceDirectory open(Path directory, IoEngine engine) throws IOException {
        makeDirectories(directory);
        return new FileDeviceDirectory(directory, engine);
    }

    /** The engine that all devices of this directory use. */
    public IoEngine engine() {
        return engine;
    }

    /** How often a read or write was tried again, on a network file system. */
    public long retries() {
        return retries.sum();
    }

    @Override
    public List<String> list() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS))
                    .map(file -> file.getFileName().toString())
                    .filter(DeviceNames::isLegal)
                    .sorted()
                    .toList();
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    @Override
    public BlockDevice create(String name) throws IOException {
        Path file = path(name);
        fence.check();
        Files.createFile(file, fileAttributes);
        return device(name, file);
    }

    @Override
    public BlockDevice open(String name) throws IOException {
        return device(name, path(name));
    }

    private BlockDevice device(String name, Path file) throws IOException {
        names.opened(name);
        try {
            Runnable onClose = () -> names.closed(name);
            return switch (engine.kind()) {
                case IO_URING -> new RingDevice(file, RingPool.shared(), onClose);
                case DIRECT -> new ChannelDevice(file, true, onClose);
                case BUFFERED -> new ChannelDevice(file, false, onClose);
                case SAFE -> new RetryingDevice(new ChannelDevice(file, false, onClose), retries::increment);
            };
        } catch (IOException | RuntimeException e) {
            names.closed(name);
            throw e;
        }
    }

    @Override
    public boolean exists(String name) {
        return Files.isRegularFile(path(name), LinkOption.NOFOLLOW_LINKS);
    }

    @Override
    public long size(String name) throws IOException {
        return Files.size(path(name));
    }

    @Override
    public void delete(String name) throws IOException {
        Path file = path(name);
        fence.check();
        names.requireClosed(name);
        Files.delete(file);
    }

    @Override
    public void rename(String from, String to) throws IOException {
        Path source = path(from);
        Path target = path(to);
        fence.check();
        names.requireClosed(from);
        names.requireClosed(to);
        if (!exists(from)) {
            throw new NoSuchFileException(source.toString());
        }
        Files.move(source, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    @Override
    public void sync() throws IOException {
        fence.check();
        try {
            syncDirectory(directory);
        } catch (IOException e) {
            throw fence.failed(e);
        }
    }

    @Override
    public long usableBytes() throws IOException {
        return DiskSpace.usableBytes(directory);
    }

    @Override
    public String toString() {
        return directory.toString();
    }

    private Path path(String name) {
        DeviceNames.requireLegal(name);
        return directory.resolve(name);
    }

    /** Like {@link Files#createDirectories}, but every new level is the owner's alone, and durable: its parent is synced. */
    public static void makeDirectories(Path directory) throws IOException {
        Path absolute = directory.toAbsolutePath().normalize();
        Path parent = absolute.getParent();
        if (parent == null || Files.isDirectory(absolute)) {
            return;
        }
        makeDirectories(parent);
        Files.createDirectory(absolute, permissions(parent, "rwx------"));
        syncDirectory(parent);
    }

    /** Makes the names in a directory durable, where the platform can. */
    public static void syncDirectory(Path directory) throws IOException {
        if (DIRECTORIES_SYNC) {
            SyncThreads.call(() -> {
                try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
                    channel.force(true);
                }
            });
        }
    }

    /** POSIX permissions for a new file or directory, where its file system has them. */
    static FileAttribute<?>[] permissions(Path parent, String posix) {
        return DiskSpace.hasPermissions(parent)
                ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(posix))}
                : new FileAttribute<?>[0];
    }
}
