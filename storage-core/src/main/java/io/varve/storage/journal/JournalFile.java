package io.varve.storage.journal;

import io.varve.storage.io.BlockDevice;
import io.varve.storage.io.CorruptionException;
import io.varve.storage.io.DeviceDirectory;
import io.varve.storage.io.FileHeader;
import io.varve.storage.sealing.FileKey;
import io.varve.storage.sealing.FileSealer;
import io.varve.storage.sealing.FileStart;
import io.varve.storage.sealing.Sealing;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * A file of the journal as its header describes it.
 *
 * @param number counts the files of a store
 * @param continuesAfter the last sequence that holds before this file; what earlier files have behind it is void
 * @param key what opens its groups; empty if they are in clear
 */
record JournalFile(long number, long continuesAfter, Optional<FileKey> key) {

    private static final String SUFFIX = ".log";
    private static final String TEMPORARY_SUFFIX = ".tmp";
    private static final Pattern NAME = Pattern.compile("[0-7][0-9a-f]{15}\\.log");
    private static final Pattern TEMPORARY_NAME = Pattern.compile("[0-7][0-9a-f]{15}\\.log\\.tmp");

    /** The first sequence that the file may hold, in hexadecimal digits. */
    String name() {
        return HexFormat.of().toHexDigits(continuesAfter + 1) + SUFFIX;
    }

    /** Where the first group begins, in bytes. */
    long firstOffset() {
        return key.isPresent() ? FileStart.endMax() : BlockDevice.BLOCK;
    }

    /** The sequence that a file of this name continues after. */
    static long continuesAfter(String name) {
        return HexFormat.fromHexDigitsToLong(name, 0, name.length() - SUFFIX.length()) - 1;
    }

    /** What a file is called until all of it is durable. */
    static String unfinished(String name) {
        return name + TEMPORARY_SUFFIX;
    }

    /** The names of a directory's files in their order, whatever is in them. */
    static List<String> names(DeviceDirectory directory) throws IOException {
        return directory.list().stream()
                .filter(name -> NAME.matcher(name).matches())
                .toList();
    }

    /**
     * The files of a directory in their order. What a crash left of a file that was never finished is removed.
     *
     * @throws CorruptionException if a header is damaged: files get their name only with a durable header
     */
    static List<JournalFile> list(DeviceDirectory directory, UUID storeId, Sealing sealing, ByteBuffer buffer)
            throws IOException {
        List<JournalFile> files = new ArrayList<>();
        removeUnfinished(directory, TEMPORARY_NAME);
        for (String name : names(directory)) {
            files.add(read(directory, name, storeId, sealing, buffer));
        }
        for (int i = 1; i < files.size(); i++) {
            if (files.get(i).number <= files.get(i - 1).number) {
                throw new CorruptionException("The journal file " + files.get(i).name() + " has the number "
                        + files.get(i).number + ", but the file before it has "
                        + files.get(i - 1).number + ": one of them does not belong here. Move it away.");
            }
        }
        return files;
    }

    /**
     * Removes what a crash left of unfinished files, durably: a renaming of a new file of that name must never be taken for one of
     * the old file, whatever the order in which names reach the disk.
     */
    static void removeUnfinished(DeviceDirectory directory, Pattern names) throws IOException {
        boolean removed = false;
        for (String name : directory.list()) {
            if (names.matcher(name).matches()) {
                directory.delete(name);
                removed = true;
            }
        }
        if (removed) {
            directory.sync();
        }
    }

    private static JournalFile read(
            DeviceDirectory directory, String name, UUID storeId, Sealing sealing, ByteBuffer buffer)
            throws IOException {
        String described = "The journal file " + name + " in " + directory;
        try (BlockDevice device = directory.open(name)) {
            device.read(buffer.clear().limit(FileStart.endMax()), 0);
            FileStart start = FileStart.read(
                    buffer.flip(), new FileStart.Kind(GroupFormat.FILE_MAGIC, storeId), described, sealing);
            FileHeader header = start.header();
            JournalFile file = new JournalFile(header.number(), header.origin(), start.key());
            if (file.continuesAfter < 0 || !file.name().equals(name)) {
                throw new CorruptionException(
                        described + " was renamed: by its header it is " + file.name() + ". Give it that name back.");
            }
            return file;
        }
    }

    /**
     * Makes the file with its header, durable under its name. A file that had the name before (one without any group that holds)
     * is replaced.
     *
     * @param buffer aligned, of {@link FileStart#endMax} bytes at least
     * @param sealer what seals its groups, whose key this has; empty in clear
     * @throws java.io.SyncFailedException if a sync failed
     */
    void create(
            DeviceDirectory directory, UUID storeId, Sealing sealing, Optional<FileSealer> sealer, ByteBuffer buffer)
            throws IOException {
        String temporary = unfinished(name());
        if (directory.exists(temporary)) {
            directory.delete(temporary);
            directory.sync();
        }
        try (BlockDevice device = directory.create(temporary)) {
            buffer.clear()
                    .put(new FileStart.Kind(GroupFormat.FILE_MAGIC, storeId)
                            .begin(number, continuesAfter, sealing, sealer));
            device.write(buffer.flip(), 0);
            device.sync();
        }
        directory.rename(temporary, name());
        directory.sync();
    }
}
