package io.varve.app.console;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.ObjectWriter;
import tools.jackson.databind.json.JsonMapper;

/**
 * Who changed what, when and from where: one JSON object a line, appended only. A full file becomes {@code NAME.1} and so on; the oldest is
 * deleted, so the log is bounded. Lines are written at once, but not synced: after a loss of power the last ones may be
 * missing. A log that cannot be written is said once and stops nothing. Thread-safe.
 */
public final class AuditLog implements Closeable {
    private static final Logger LOG = LoggerFactory.getLogger(AuditLog.class);

    /** A file is small enough to be read whole. */
    static final int FILE_BYTES_MAX = 8 << 20;

    private static final int FIELD_LENGTH_MAX = 500;

    private final Path directory;
    private final String name;
    private final long fileBytesMax;
    private int oldFilesMax;
    private final JsonMapper json = JsonMapper.builder().build();
    private final ObjectWriter writer = json.writerFor(Line.class);
    private Optional<FileChannel> open = Optional.empty();
    private boolean failing;

    /**
     * A change, or an attempt.
     *
     * @param at when
     * @param user who; empty for nobody known
     * @param address where from
     * @param door which way: {@code rest}, {@code console}, {@code dav} or {@code s3}
     * @param action what, such as {@code DELETE /users/alice}
     * @param detail what else is to be known; empty for nothing
     * @param status how it was answered, as an HTTP status
     */
    public record Line(Instant at, String user, String address, String door, String action, String detail, int status) {
        /** Cuts what is longer than a line should be. */
        public Line {
            user = cut(user);
            action = cut(action);
            detail = cut(detail);
        }
    }

    /**
     * Some lines.
     *
     * @param lines the newest first
     * @param next what to give as {@code skip} for older ones; -1 if there are none
     */
    public record Page(List<Line> lines, long next) {}

    /**
     * @param directory where the files lie or will lie
     * @param name of the newest file
     * @param bytesMax what all files take together, rounded to files of 8 MiB, of which there are two at least
     */
    public AuditLog(Path directory, String name, long bytesMax) {
        this(directory, name, FILE_BYTES_MAX, oldFiles(bytesMax));
    }

    private static int oldFiles(long bytesMax) {
        return Math.clamp(bytesMax / FILE_BYTES_MAX - 1, 1, 100_000);
    }

    AuditLog(Path directory, String name, long fileBytesMax, int oldFilesMax) {
        this.directory = directory;
        this.name = name;
        this.fileBytesMax = fileBytesMax;
        this.oldFilesMax = oldFilesMax;
    }

    /**
     * Appends lines.
     *
     * @return how many could be written
     */
    public synchronized int append(List<Line> lines) {
        ByteArrayOutputStream batch = new ByteArrayOutputStream();
        int written = 0;
        int batched = 0;
        try {
            long inFile = fileBytes();
            for (Line line : lines) {
                byte[] bytes = writer.writeValueAsBytes(line);
                if (inFile + batch.size() + bytes.length + 1 > fileBytesMax && inFile + batch.size() > 0) {
                    write(batch);
                    written += batched;
                    batched = 0;
                    rotate();
                    inFile = 0;
                }
                batch.writeBytes(bytes);
                batch.write('\n');
                batched++;
            }
            write(batch);
            failing = false;
            return written + batched;
        } catch (IOException e) {
            if (!failing) {
                LOG.error("The audit log in {} cannot be written: {}", directory, e.getMessage());
            }
            failing = true;
            closeQuietly();
            return written;
        }
    }

    private long fileBytes() throws IOException {
        return (open.isPresent() ? open.get() : open()).size();
    }

    private void write(ByteArrayOutputStream batch) throws IOException {
        FileChannel file = open.isPresent() ? open.get() : open();
        ByteBuffer bytes = ByteBuffer.wrap(batch.toByteArray());
        while (bytes.hasRemaining()) {
            file.write(bytes);
        }
        batch.reset();
    }

    /** So that the next line opens it anew, and begins on a line of its own. */
    private void closeQuietly() {
        try {
            close();
        } catch (IOException e) {
            LOG.debug("The audit log could not be closed.", e);
        }
    }

    private FileChannel open() throws IOException {
        Files.createDirectories(directory);
        boolean torn = isTorn(file(0));
        FileChannel file = FileChannel.open(
                file(0), StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.APPEND);
        open = Optional.of(file);
        if (torn) {
            file.write(ByteBuffer.wrap(new byte[] {'\n'}));
        }
        return file;
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

    private void rotate() throws IOException {
        close();
        for (int number = oldFilesMax; number > 0; number--) {
            Path from = file(number - 1);
            if (Files.exists(from)) {
                Files.move(from, file(number), StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
            }
        }
    }

    /**
     * Changes what all files may take together. Old files that have no room any more go at once.
     *
     * @param bytesMax as when it was made
     */
    synchronized void limit(long bytesMax) {
        limitFiles(oldFiles(bytesMax));
    }

    /** @param filesMax old files that are kept, 1 at least */
    synchronized void limitFiles(int filesMax) {
        try {
            for (int number = oldFilesMax; number > filesMax; number--) {
                Files.deleteIfExists(file(number));
            }
        } catch (IOException e) {
            LOG.error("An old file of the audit log in {} cannot be deleted: {}", directory, e.getMessage());
        }
        oldFilesMax = filesMax;
    }

    private Path file(int number) {
        return directory.resolve(number == 0 ? name : name + "." + number);
    }

    /**
     * Reads lines, the newest first.
     *
     * @param skip how many of the newest to leave out
     * @param limit the most to tell
     */
    public synchronized Page read(long skip, int limit) throws IOException {
        List<Line> found = new ArrayList<>();
        long left = skip;
        for (int number = 0; number <= oldFilesMax; number++) {
            if (!Files.exists(file(number))) {
                continue;
            }
            // Pages of the newest lines touch one file alone. What a crash left is no UTF-8 for certain.
            List<String> lines = new String(Files.readAllBytes(file(number)), StandardCharsets.UTF_8)
                    .lines()
                    .toList();
            for (int i = lines.size() - 1; i >= 0; i--) {
                if (left > 0) {
                    left--;
                } else if (found.size() == limit) {
                    return new Page(found, skip + limit);
                } else {
                    found.add(parse(lines.get(i)));
                }
            }
        }
        return new Page(found, -1);
    }

    /** A line that a crash cut says so instead of hiding the others. */
    private Line parse(String text) {
        try {
            return json.readValue(text, Line.class);
        } catch (JacksonException e) {
            return new Line(Instant.EPOCH, "", "", "", "unreadable line", cut(text), 0);
        }
    }

    private static String cut(String text) {
        return text.length() <= FIELD_LENGTH_MAX ? text : text.substring(0, FIELD_LENGTH_MAX) + "…";
    }

    /** Closes the file; the next line opens it again. */
    @Override
    public synchronized void close() throws IOException {
        if (open.isPresent()) {
            open.get().close();
            open = Optional.empty();
        }
    }
}
