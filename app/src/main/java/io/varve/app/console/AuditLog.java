package io.varve.app.console;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.ObjectWriter;
import tools.jackson.databind.json.JsonMapper;

/**
 * Who changed what, when and from where: one JSON object a line, appended only, in {@link RotatedFiles}, so the log is
 * bounded. Lines are written at once, but not synced: after a loss of power the last ones may be
 * missing. A log that cannot be written is said once and stops nothing. Thread-safe.
 */
public final class AuditLog implements Closeable {
    private static final Logger LOG = LoggerFactory.getLogger(AuditLog.class);

    /** A file is small enough to be read whole. */
    static final int FILE_BYTES_MAX = 8 << 20;

    private static final int FIELD_LENGTH_MAX = 500;

    private final RotatedFiles files;
    private final long fileBytesMax;
    private final JsonMapper json = JsonMapper.builder().build();
    private final ObjectWriter writer = json.writerFor(Line.class);
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
        this.files = new RotatedFiles(directory, name, fileBytesMax, oldFilesMax);
        this.fileBytesMax = fileBytesMax;
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
            long inFile = files.bytes();
            for (Line line : lines) {
                byte[] bytes = writer.writeValueAsBytes(line);
                long before = inFile + batch.size();
                if (before > 0 && before + bytes.length + 1 > fileBytesMax) {
                    written += write(batch, batched);
                    batched = 0;
                    files.putAside(0);
                    inFile = 0;
                }
                batch.writeBytes(bytes);
                batch.write('\n');
                batched++;
            }
            written += write(batch, batched);
            failing = false;
            return written;
        } catch (IOException e) {
            tell(e);
            return written;
        }
    }

    private int write(ByteArrayOutputStream batch, int lines) throws IOException {
        files.append(batch.toByteArray());
        batch.reset();
        return lines;
    }

    private void tell(IOException failure) {
        if (!failing) {
            LOG.error("The audit log in {} cannot be written: {}", files.directory(), failure.getMessage());
        }
        failing = true;
        closeQuietly();
    }

    /**
     * Puts the newest lines aside, compressed, which makes about a fifteenth of them.
     *
     * @param bytesMin as long as they are fewer bytes they stay where they are
     */
    synchronized void putAside(long bytesMin) {
        try {
            files.putAside(bytesMin);
        } catch (IOException e) {
            tell(e);
        }
    }

    /** So that the next line opens it anew, and begins on a line of its own. */
    private void closeQuietly() {
        try {
            close();
        } catch (IOException e) {
            LOG.debug("The audit log could not be closed.", e);
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
            files.limit(filesMax);
        } catch (IOException e) {
            LOG.error("An old file of the audit log in {} cannot be deleted: {}", files.directory(), e.getMessage());
        }
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
        for (int number = 0; number <= files.oldFilesMax(); number++) {
            // Pages of the newest lines touch one file alone.
            List<String> lines =
                    files.text(number).lines().filter(line -> !line.isEmpty()).toList();
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
        files.close();
    }
}
