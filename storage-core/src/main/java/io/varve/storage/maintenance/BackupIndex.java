package io.varve.storage.maintenance;

import io.varve.storage.io.CorruptionException;
import io.varve.storage.io.DurableFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;

/**
 * What a backup consists of: the file {@code BACKUP}, text, its last line a checksum of the others. A backup is what its index says;
 * files beside it are what an interrupted one left.
 *
 * @param store the store it is of
 * @param sequence the newest commit in it
 * @param files every file by its path below the backup, in their order
 */
record BackupIndex(UUID store, long sequence, Map<String, Item> files) {
    static final String FILE = "BACKUP";

    /** Files that an unfinished backup has copied. */
    static final String PARTIAL = "BACKUP.partial";

    private static final String HEAD = "varve-backup 1";
    private static final String END = "end ";
    private static final Pattern PATH = Pattern.compile("FORMAT|(segments|journal|keys)/[A-Za-z0-9][A-Za-z0-9._-]*");

    /**
     * A file.
     *
     * @param bytes its length
     * @param modified when the original was last written, in microseconds since 1970; 0 where that does not matter
     * @param crc32c of its bytes
     */
    record Item(long bytes, long modified, int crc32c) {}

    BackupIndex {
        files = new TreeMap<>(files);
    }

    /** Reads the index of a directory; empty if it has none. */
    static Optional<BackupIndex> read(Path directory) throws IOException {
        try {
            return Optional.of(decode(Files.readString(directory.resolve(FILE)), directory));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    static BackupIndex decode(String text, Path directory) throws CorruptionException {
        int end = text.lastIndexOf(END);
        if (end < 0 || !text.substring(end).equals(END + checksum(text.substring(0, end)) + "\n")) {
            throw new CorruptionException("The index of the backup in " + directory + " is damaged or cut off.");
        }
        List<String> lines = text.substring(0, end).lines().toList();
        try {
            if (!lines.get(0).equals(HEAD)) {
                throw new CorruptionException("The backup in " + directory + " is of another version: " + lines.get(0));
            }
            UUID store = UUID.fromString(lines.get(1).substring("store ".length()));
            long sequence = Long.parseLong(lines.get(2).substring("sequence ".length()));
            Map<String, Item> files = new TreeMap<>();
            for (String line : lines.subList(3, lines.size())) {
                parse(line, files);
            }
            return new BackupIndex(store, sequence, files);
        } catch (IndexOutOfBoundsException | IllegalArgumentException e) {
            throw new CorruptionException("The index of the backup in " + directory + " cannot be understood.", e);
        }
    }

    private static void parse(String line, Map<String, Item> files) {
        String[] words = line.split(" ", 4);
        if (!PATH.matcher(words[3]).matches()) {
            throw new IllegalArgumentException("No file of a backup: " + words[3]);
        }
        files.put(
                words[3],
                new Item(Long.parseLong(words[1]), Long.parseLong(words[2]), HexFormat.fromHexDigits(words[0])));
    }

    static String line(String path, Item item) {
        return HexFormat.of().toHexDigits(item.crc32c) + " " + item.bytes + " " + item.modified + " " + path + "\n";
    }

    String encode() {
        StringBuilder text = new StringBuilder(HEAD + "\nstore " + store + "\nsequence " + sequence + "\n");
        files.forEach((path, item) -> text.append(line(path, item)));
        return text + END + checksum(text.toString()) + "\n";
    }

    /** Writes the index durably, in place of an earlier one. */
    void write(Path directory) throws IOException {
        DurableFile.replace(directory.resolve(FILE), encode());
    }

    /** What an unfinished backup noted; a last line that was cut off is left out. */
    static Map<String, Item> readPartial(Path directory) throws IOException {
        Map<String, Item> files = new TreeMap<>();
        try {
            String text = Files.readString(directory.resolve(PARTIAL));
            Collection<String> whole = new ArrayList<>(
                    text.substring(0, text.lastIndexOf('\n') + 1).lines().toList());
            for (String line : whole) {
                parse(line, files);
            }
        } catch (NoSuchFileException | IndexOutOfBoundsException | IllegalArgumentException e) {
            // Then those files are copied again.
        }
        return files;
    }

    private static String checksum(String text) {
        CRC32C crc = new CRC32C();
        crc.update(text.getBytes(StandardCharsets.UTF_8));
        return HexFormat.of().toHexDigits((int) crc.getValue());
    }
}
