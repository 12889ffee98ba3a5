package io.varve.storage;

import io.varve.storage.chunking.ChunkingParameters;
import io.varve.storage.io.CorruptionException;
import io.varve.storage.io.DurableFile;
import io.varve.storage.io.FileDeviceDirectory;
import io.varve.storage.maintenance.BackupRestore;
import io.varve.storage.sealing.KeyRing;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The directory a store lives in: held by one process at a time, and described by its FORMAT file, which is written once and wins
 * over the settings.
 */
final class DataDirectory implements Closeable {
    /** The version of everything under the data directory where no file is encrypted; docs/format.md tells them apart. */
    static final int FORMAT_VERSION = 2;

    /** The version where files may be, and FORMAT names the master keys. */
    static final int SEALED_VERSION = 3;

    /** Where the metadata lies. */
    static final String METADATA = "meta";

    /** Where caches lie. */
    static final String CACHE = "cache";

    private static final String LOCK = "LOCK";
    private static final String FORMAT = "FORMAT";

    private final Path path;
    private final FileChannel lockFile;
    private final UUID storeId;
    private final ChunkingParameters chunking;
    private volatile List<KeyRing.Generation> masterKeys;

    private DataDirectory(
            Path path,
            FileChannel lockFile,
            UUID storeId,
            ChunkingParameters chunking,
            List<KeyRing.Generation> masterKeys) {
        this.path = path;
        this.lockFile = lockFile;
        this.storeId = storeId;
        this.chunking = chunking;
        this.masterKeys = masterKeys;
    }

    /**
     * Takes hold of a data directory, making it if it is missing or empty.
     *
     * @param chunking the parameters for a new store, and what an existing one is expected to have
     * @throws DataDirectoryHeldException if another process holds it
     * @throws IOException if it is no data directory of this version
     */
    static DataDirectory open(Path path, ChunkingParameters chunking) throws IOException {
        makePrivate(path);
        FileChannel lockFile = lock(path);
        try {
            if (Files.exists(path.resolve(BackupRestore.INDEX))) {
                throw new IOException("In " + path + " lies a backup, not a store: restore it to another directory with"
                        + " ./varve backup restore.");
            }
            Path format = path.resolve(FORMAT);
            if (!Files.exists(format)) {
                writeFormat(path, UUID.randomUUID(), chunking);
            }
            Map<String, String> fields = readFormat(format);
            UUID id = UUID.fromString(fields.getOrDefault("store", ""));
            ChunkingParameters stored = ChunkingParameters.parse(fields.getOrDefault("chunking", ""));
            if (!stored.equals(chunking)) {
                throw new IOException("The store in " + path + " was made with chunking '" + stored.encode()
                        + "', the setting varve.chunking says '" + chunking.encode()
                        + "'. Chunking is fixed when a store is made: set it back.");
            }
            return new DataDirectory(path, lockFile, id, stored, masterKeysOf(fields));
        } catch (IllegalArgumentException e) {
            lockFile.close();
            throw new CorruptionException("The file " + path.resolve(FORMAT) + " is damaged: " + e.getMessage(), e);
        } catch (IOException | RuntimeException e) {
            lockFile.close();
            throw e;
        }
    }

    Path path() {
        return path;
    }

    UUID storeId() {
        return storeId;
    }

    ChunkingParameters chunking() {
        return chunking;
    }

    /** The master keys that files may be encrypted under; none if no file ever was. */
    List<KeyRing.Generation> masterKeys() {
        return masterKeys;
    }

    /** Names the master keys in FORMAT, durably: before a file is encrypted under a new one, and when none is under an old one any more. */
    void nameMasterKeys(List<KeyRing.Generation> named) throws IOException {
        DurableFile.replace(path.resolve(FORMAT), encode(storeId, chunking, named));
        masterKeys = List.copyOf(named);
    }

    private static List<KeyRing.Generation> masterKeysOf(Map<String, String> fields) {
        String keys = fields.getOrDefault("keys", "");
        return keys.isEmpty()
                ? List.of()
                : Arrays.stream(keys.split(",", -1))
                        .map(KeyRing.Generation::parse)
                        .toList();
    }

    /** A subdirectory, made if missing, for nobody else's eyes. */
    Path subdirectory(String name) throws IOException {
        return makePrivate(path.resolve(name));
    }

    @Override
    public void close() throws IOException {
        lockFile.close();
    }

    /** The id of the store in a directory, as its FORMAT has it. */
    static String storeIdOf(Path path) throws IOException {
        return readFormat(path.resolve(FORMAT)).getOrDefault("store", "");
    }

    /** The chunking parameters of the store in a directory, if there is one. */
    static ChunkingParameters chunkingOf(Path path) throws IOException {
        return ChunkingParameters.parse(readFormat(path.resolve(FORMAT)).getOrDefault("chunking", ""));
    }

    /** Takes hold of a directory. */
    static FileChannel lock(Path path) throws IOException {
        FileChannel channel = FileChannel.open(path.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            FileLock lock = channel.tryLock();
            if (lock == null) {
                throw new DataDirectoryHeldException(path);
            }
            return channel;
        } catch (OverlappingFileLockException e) {
            channel.close();
            throw new DataDirectoryHeldException(path);
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    private static Map<String, String> readFormat(Path format) throws IOException {
        String text;
        try {
            text = Files.readString(format);
        } catch (NoSuchFileException e) {
            throw new IOException("There is no store in " + format.getParent() + ": the file FORMAT is missing.", e);
        }
        Map<String, String> fields = new HashMap<>();
        text.lines().forEach(line -> {
            int equals = line.indexOf('=');
            if (equals > 0) {
                fields.put(line.substring(0, equals), line.substring(equals + 1));
            }
        });
        String version = fields.getOrDefault("format", "");
        boolean sealed = version.equals(Integer.toString(SEALED_VERSION));
        if (!sealed && !version.equals(Integer.toString(FORMAT_VERSION))) {
            throw refused(format, version);
        }
        if (sealed == fields.getOrDefault("keys", "").isEmpty()) {
            throw new CorruptionException("The file " + format + " is damaged: with format version " + version
                    + (sealed ? " it names the master keys, and does not." : " it names no master keys, and does."));
        }
        return fields;
    }

    /** What another version means is not guessed at: read by the wrong rules, history would end at the wrong time. */
    private static IOException refused(Path format, String version) {
        String described = "The store in " + format.getParent() + " has format version '" + version
                + "', this Varve reads versions " + FORMAT_VERSION + " and " + SEALED_VERSION + ". ";
        boolean older = version.matches("[0-9]{1,9}") && Integer.parseInt(version) < FORMAT_VERSION;
        return new IOException(described
                + (older
                        ? "An earlier Varve made it: start that one, and bring its files to a new store of"
                                + " this one."
                        : "A newer Varve made it, or FORMAT is damaged: use that one, or restore FORMAT from a"
                                + " backup."));
    }

    private static void writeFormat(Path path, UUID id, ChunkingParameters chunking) throws IOException {
        for (String name : new String[] {"journal", "segments"}) {
            Path subdirectory = path.resolve(name);
            if (Files.isDirectory(subdirectory)) {
                try (var entries = Files.list(subdirectory)) {
                    if (entries.findAny().isPresent()) {
                        throw new CorruptionException(
                                "The file " + path.resolve(FORMAT) + " is missing, but there is a " + name
                                        + ": restore FORMAT from a backup; a new one would not fit.");
                    }
                }
            }
        }
        DurableFile.replace(path.resolve(FORMAT), encode(id, chunking));
    }

    /** The text of the FORMAT file of a store in which nothing is encrypted. */
    static String encode(UUID id, ChunkingParameters chunking) {
        return "format=" + FORMAT_VERSION + "\nstore=" + id + "\nchunking=" + chunking.encode() + "\n";
    }

    /** The text of the FORMAT file where files may be encrypted. */
    static String encode(UUID id, ChunkingParameters chunking, List<KeyRing.Generation> keys) {
        String named = keys.stream().map(KeyRing.Generation::toString).collect(Collectors.joining(","));
        return "format=" + SEALED_VERSION + "\nstore=" + id + "\nchunking=" + chunking.encode() + "\nkeys=" + named
                + "\n";
    }

    static Path makePrivate(Path directory) throws IOException {
        FileDeviceDirectory.makeDirectories(directory);
        return directory;
    }

    /** Removes a directory with all it holds, if it is there. */
    static void erase(Path directory) throws IOException {
        if (!Files.exists(directory)) {
            return;
        }
        Files.walkFileTree(directory, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path visited, @Nullable IOException failure) throws IOException {
                if (failure != null) {
                    throw failure;
                }
                Files.delete(visited);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
