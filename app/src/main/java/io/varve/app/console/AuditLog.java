package io.varve.app.console;

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
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * Who changed what, when and from where: one JSON object a line, appended only, in {@code audit/audit.log} of the data directory. A full
 * file becomes {@code audit.log.1} and so on; the oldest is deleted, so the log is bounded. A line is written before the answer leaves,
 * but not synced: after a loss of power the last ones may be missing. A log that cannot be written is said once and stops nothing.
 * Thread-safe.
 */
public final class AuditLog implements Closeable {
    private static final Logger LOG = LoggerFactory.getLogger(AuditLog.class);
    private static final String FILE = "audit.log";
    static final long FILE_BYTES_MAX = 8 << 20;
    static final int OLD_FILES_MAX = 7;
    private static final int FIELD_LENGTH_MAX = 500;

    private final Path directory;
    private final InstantSource clock;
    private final long fileBytesMax;
    private final JsonMapper json = JsonMapper.builder().build();
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
    public record Line(
            Instant at, String user, String address, String door, String action, String detail, int status) {}

    /**
     * Some lines.
     *
     * @param lines the newest first
     * @param next what to give as {@code skip} for older ones; -1 if there are none
     */
    public record Page(List<Line> lines, long next) {}

    /** @param directory where the files lie or will lie */
    public AuditLog(Path directory, InstantSource clock) {
        this(directory, clock, FILE_BYTES_MAX);
    }

    AuditLog(Path directory, InstantSource clock, long fileBytesMax) {
        this.directory = directory;
        this.clock = clock;
        this.fileBytesMax = fileBytesMax;
    }

    /** Appends a line. */
    public void append(String user, String address, String door, String action, String detail, int status) {
        Line line = new Line(clock.instant(), cut(user), address, door, cut(action), cut(detail), status);
        byte[] bytes = (json.writeValueAsString(line) + "\n").getBytes(StandardCharsets.UTF_8);
        try {
            write(ByteBuffer.wrap(bytes));
            failing = false;
        } catch (IOException e) {
            if (!failing) {
                LOG.error("The audit log in {} cannot be written: {}", directory, e.getMessage());
            }
            failing = true;
        }
    }

    private synchronized void write(ByteBuffer line) throws IOException {
        FileChannel file = open.isPresent() ? open.get() : open();
        if (file.size() + line.remaining() > fileBytesMax && file.size() > 0) {
            rotate();
            file = open();
        }
        while (line.hasRemaining()) {
            file.write(line);
        }
    }

    private FileChannel open() throws IOException {
        Files.createDirectories(directory);
        FileChannel file = FileChannel.open(
                directory.resolve(FILE),
                StandardOpenOption.CREATE,
                StandardOpenOption.WRITE,
                StandardOpenOption.APPEND);
        open = Optional.of(file);
        return file;
    }

    private void rotate() throws IOException {
        close();
        for (int number = OLD_FILES_MAX; number > 0; number--) {
            Path from = file(number - 1);
            if (Files.exists(from)) {
                Files.move(from, file(number), StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
            }
        }
    }

    private Path file(int number) {
        return directory.resolve(number == 0 ? FILE : FILE + "." + number);
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
        for (int number = 0; number <= OLD_FILES_MAX; number++) {
            if (!Files.exists(file(number))) {
                continue;
            }
            // A file is small enough to be read whole, and pages of the newest lines touch one file alone.
            List<String> lines = Files.readAllLines(file(number));
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
