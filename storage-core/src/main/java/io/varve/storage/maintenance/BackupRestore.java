package io.varve.storage.maintenance;

import io.varve.storage.io.CorruptionException;
import io.varve.storage.io.FileDeviceDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;

/** Makes a data directory from a backup. Its FORMAT comes last, so that an unfinished one never passes for a store. */
public final class BackupRestore {
    /** The file that makes a directory a backup. */
    public static final String INDEX = BackupIndex.FILE;

    private static final String UNFINISHED = "RESTORE-UNFINISHED";

    private BackupRestore() {}

    /**
     * What was restored.
     *
     * @param sequence the newest commit
     * @param files files that were copied
     * @param bytes their bytes
     */
    public record Report(long sequence, int files, long bytes) {}

    /**
     * Copies a backup into a data directory; every file is compared with the backup's index. One that was interrupted goes on.
     *
     * @param target missing, empty, or what an interrupted restore left
     * @throws CorruptionException if a file of the backup is not what its index says; names it
     */
    public static Report run(Path source, Path target, JobControl control) throws IOException {
        BackupIndex index = BackupIndex.read(source)
                .orElseThrow(() -> new IOException("There is no backup in " + source + ": it has no file BACKUP."));
        requireFree(target, index);
        long bytes = index.files().values().stream()
                .mapToLong(BackupIndex.Item::bytes)
                .sum();
        control.begin("restoring (bytes)", bytes);
        FileDeviceDirectory.makeDirectories(target);
        Files.writeString(target.resolve(UNFINISHED), index.store() + " " + index.sequence());
        FileCopy copy = new FileCopy(control);
        for (Map.Entry<String, BackupIndex.Item> file : index.files().entrySet()) {
            if (!file.getKey().equals("FORMAT")) {
                restore(copy, source, target, file.getKey(), file.getValue(), control);
            }
        }
        for (String directory : new String[] {"segments", "journal", "keys"}) {
            FileDeviceDirectory.makeDirectories(target.resolve(directory));
            FileDeviceDirectory.syncDirectory(target.resolve(directory));
        }
        copy.copy(source.resolve("FORMAT"), target.resolve("FORMAT"));
        Files.delete(target.resolve(UNFINISHED));
        FileDeviceDirectory.syncDirectory(target);
        return new Report(index.sequence(), index.files().size(), bytes);
    }

    private static void restore(
            FileCopy copy, Path source, Path target, String path, BackupIndex.Item item, JobControl control)
            throws IOException {
        Path to = target.resolve(path);
        FileDeviceDirectory.makeDirectories(target.resolve(path.substring(0, path.lastIndexOf('/'))));
        if (Files.exists(to) && Files.size(to) == item.bytes() && copy.checksum(to) == item.crc32c()) {
            control.advance(item.bytes());
            return;
        }
        BackupIndex.Item copied = copy.copy(source.resolve(path), to);
        if (copied.crc32c() != item.crc32c() || copied.bytes() != item.bytes()) {
            Files.delete(to);
            throw new CorruptionException("The file " + source.resolve(path)
                    + " is not what was backed up: its checksum is another. Use another backup, or bring this"
                    + " file back.");
        }
    }

    private static void requireFree(Path target, BackupIndex index) throws IOException {
        if (!Files.exists(target)) {
            return;
        }
        Path unfinished = target.resolve(UNFINISHED);
        if (Files.exists(unfinished)) {
            if (Files.readString(unfinished).equals(index.store() + " " + index.sequence())) {
                return;
            }
            throw new IOException("In " + target + " lies an unfinished restore of another backup: remove it first.");
        }
        try (Stream<Path> entries = Files.list(target)) {
            if (entries.findAny().isPresent()) {
                throw new IOException("The directory " + target + " is not empty.");
            }
        }
    }
}
