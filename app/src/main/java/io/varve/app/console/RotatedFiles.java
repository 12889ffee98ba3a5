package io.varve.app.console;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Optional;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipException;

/**
 * The files of a log of lines: the newest, which grows, and older ones, {@code NAME.1.gz} and so on, which are compressed and of which the
 * oldest goes. What the newest has is put aside behind what {@code NAME.1.gz} has already, as a further member (RFC 1952, section 2.2),
 * as long as both are no more than a file may have: so old files are few, however often that is done. Not thread-safe.
 */
final class RotatedFiles implements Closeable {
    private static final String DAMAGED = "\n(the rest of this file is damaged)\n";

    private final Path directory;
    private final String name;
    private final long fileBytesMax;
    private int oldFilesMax;
    private Optional<FileChannel> open = Optional.empty();

    /**
     * @param directory where the files lie or will lie
     * @param name of the newest file
     * @param fileBytesMax of a file's lines, uncompressed: small enough to be read whole
     * @param oldFilesMax how many older files are kept, 1 at least
     */
    RotatedFiles(Path directory, String name, long fileBytesMax, int oldFilesMax) {
        this.directory = directory;
        this.name = name;
        this.fileBytesMax = fileBytesMax;
        this.oldFilesMax = oldFilesMax;
    }

    Path directory() {
        return directory;
    }

    int oldFilesMax() {
        return oldFilesMax;
    }

    /** How long the newest file is, in bytes. */
    long bytes() throws IOException {
        return newest().size();
    }

    /** Appends to the newest file; not synced. */
    void append(byte[] lines) throws IOException {
        write(newest(), lines);
    }

    private static void write(FileChannel file, byte[] bytes) throws IOException {
        ByteBuffer left = ByteBuffer.wrap(bytes);
        while (left.hasRemaining()) {
            file.write(left);
        }
    }

    private FileChannel newest() throws IOException {
        if (open.isEmpty()) {
            Files.createDirectories(directory);
            boolean torn = isTorn(plain(0));
            FileChannel file = FileChannel.open(
                    plain(0), StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.APPEND);
            open = Optional.of(file);
            if (torn) {
                file.write(ByteBuffer.wrap(new byte[] {'\n'}));
            }
        }
        return open.orElseThrow();
    }

    /** Whether a crash or a full disk cut the last line. */
    private static boolean isTorn(Path file) throws IOException {
        if (!Files.exists(file) || Files.size(file) == 0) {
            return false;
        }
        try (FileChannel last = FileChannel.open(file, StandardOpenOption.READ)) {
            ByteBuffer end = ByteBuffer.allocate(1);
            last.read(end, last.size() - 1);
            return end.get(0) != '\n';
        }
    }

    /**
     * Moves what the newest file has to an older one, compressed. A crash on the way loses nothing; just before the end, these lines are there twice.
     *
     * @param bytesMin if it has fewer, it stays as it is
     */
    void putAside(long bytesMin) throws IOException {
        long bytes = Files.exists(plain(0)) ? Files.size(plain(0)) : 0;
        if (bytes == 0 || bytes < bytesMin) {
            return;
        }
        boolean torn = isTorn(plain(0));
        close();
        byte[] lines = Files.readAllBytes(plain(0));
        if (torn) {
            lines = Arrays.copyOf(lines, lines.length + 1);
            lines[lines.length - 1] = '\n';
        }
        byte[] before = Files.exists(packed(1)) ? Files.readAllBytes(packed(1)) : new byte[0];
        if (Files.exists(plain(1)) || !fits(before, lines.length)) {
            shift();
            before = new byte[0];
        }
        Path unfinished = directory.resolve(name + ".new");
        try (FileChannel file = FileChannel.open(
                unfinished,
                StandardOpenOption.CREATE,
                StandardOpenOption.WRITE,
                StandardOpenOption.TRUNCATE_EXISTING)) {
            write(file, before);
            write(file, packed(lines));
            file.force(true);
        }
        Files.move(unfinished, packed(1), StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        Files.delete(plain(0));
    }

    private boolean fits(byte[] packed, int bytesMore) {
        try {
            return packed.length == 0
                    || unpacked(packed, new ByteArrayOutputStream()).size() + bytesMore <= fileBytesMax;
        } catch (IOException e) {
            // Damaged: it stays as it is, and nothing comes behind it.
            return false;
        }
    }

    private static byte[] packed(byte[] lines) throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream zip = new GZIPOutputStream(packed)) {
            zip.write(lines);
        }
        return packed.toByteArray();
    }

    private static ByteArrayOutputStream unpacked(byte[] packed, ByteArrayOutputStream target) throws IOException {
        try (InputStream unzip = new GZIPInputStream(new ByteArrayInputStream(packed))) {
            unzip.transferTo(target);
        }
        return target;
    }

    /** Makes room for a new first one of the older files. */
    private void shift() throws IOException {
        delete(oldFilesMax);
        for (int number = oldFilesMax; number > 1; number--) {
            // Earlier versions did not compress them.
            move(plain(number - 1), plain(number));
            move(packed(number - 1), packed(number));
        }
    }

    private static void move(Path from, Path to) throws IOException {
        if (Files.exists(from)) {
            Files.move(from, to, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        }
    }

    private void delete(int number) throws IOException {
        Files.deleteIfExists(plain(number));
        Files.deleteIfExists(packed(number));
    }

    /**
     * Changes how many older files are kept. Those that have no room any more go at once.
     *
     * @param filesMax 1 at least
     */
    void limit(int filesMax) throws IOException {
        int before = oldFilesMax;
        oldFilesMax = filesMax;
        for (int number = before; number > filesMax; number--) {
            delete(number);
        }
    }

    /**
     * Reads a file.
     *
     * @param number 0 for the newest, and so on
     * @return its lines; of a damaged one those before the damage, and one that says so
     */
    String text(int number) throws IOException {
        // What a crash left is no UTF-8 for certain.
        if (Files.exists(plain(number))) {
            return new String(Files.readAllBytes(plain(number)), StandardCharsets.UTF_8);
        }
        if (!Files.exists(packed(number))) {
            return "";
        }
        ByteArrayOutputStream lines = new ByteArrayOutputStream();
        try {
            unpacked(Files.readAllBytes(packed(number)), lines);
        } catch (ZipException | EOFException e) {
            lines.writeBytes(DAMAGED.getBytes(StandardCharsets.UTF_8));
        }
        return lines.toString(StandardCharsets.UTF_8);
    }

    private Path plain(int number) {
        return directory.resolve(number == 0 ? name : name + "." + number);
    }

    private Path packed(int number) {
        return directory.resolve(name + "." + number + ".gz");
    }

    /** Closes the newest file; the next line opens it again. */
    @Override
    public void close() throws IOException {
        if (open.isPresent()) {
            FileChannel file = open.get();
            open = Optional.empty();
            file.close();
        }
    }
}
