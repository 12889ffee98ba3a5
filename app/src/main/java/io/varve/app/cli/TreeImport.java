package io.varve.app.cli;

import io.varve.app.cli.FilesClient.Listed;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.text.Normalizer;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Brings a directory's files to the server, folder by folder and some names at a time, so memory does not grow with the tree. What is there
 * with the same length and modification time is passed over, so a run that broke off goes on where it was. Nothing that is not brought goes
 * unsaid.
 */
final class TreeImport {
    private static final int BATCH_NAMES = 500;

    /** What all the doors can show as a date. */
    private static final Instant TIME_MIN = Instant.parse("0001-01-01T00:00:00Z");

    private static final Instant TIME_MAX = Instant.parse("9999-12-31T23:59:59.999999Z");

    private final FilesClient server;
    private final Transfer transfer;
    private final String importId;
    private final Path excluded;
    private final Options options;

    /**
     * What is wanted.
     *
     * @param verify whether the server is to read everything back, to be compared with what is here
     * @param overwrite whether files that are there with other content may be replaced
     * @param skipSpecial whether symbolic links, devices, pipes and sockets may be missing
     */
    record Options(boolean verify, boolean overwrite, boolean skipSpecial) {}

    /**
     * Something in a directory.
     *
     * @param name a directory's ends with a slash
     */
    private record Local(Path path, String name, BasicFileAttributes attributes) {}

    /** @param excluded the server's own directory, which grows with what it takes */
    TreeImport(FilesClient server, Transfer transfer, String importId, Path excluded, Options options) {
        this.server = server;
        this.transfer = transfer;
        this.importId = importId;
        this.excluded = excluded;
        this.options = options;
    }

    /** Counts what lies in a directory, as far as it can be read. */
    void count(Path directory) throws IOException {
        Files.walkFileTree(directory, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path visited, BasicFileAttributes attributes) {
                return visited.equals(excluded) ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                if (attributes.isRegularFile()) {
                    transfer.expect(1, attributes.size());
                }
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException failure) {
                // Told when its turn comes.
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path visited, @Nullable IOException failure) {
                return FileVisitResult.CONTINUE;
            }
        });
    }

    /**
     * Brings all that a directory holds.
     *
     * @param folder where to, with a slash at the end
     * @throws Transfer.StoppedException if going on makes no sense
     */
    void bring(Path directory, String folder) throws Transfer.StoppedException, InterruptedException {
        Set<String> forms = new HashSet<>();
        transfer.attempt(directory.toString(), () -> {
            try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory)) {
                Iterator<Path> children = stream.iterator();
                while (children.hasNext()) {
                    List<Path> batch = new ArrayList<>();
                    while (batch.size() < BATCH_NAMES && children.hasNext()) {
                        batch.add(children.next());
                    }
                    Collections.sort(batch);
                    bring(directory, batch, folder, forms);
                }
            } catch (DirectoryIteratorException e) {
                throw e.getCause();
            }
        });
    }

    private void bring(Path directory, List<Path> batch, String folder, Set<String> forms)
            throws IOException, InterruptedException {
        List<Local> locals = new ArrayList<>();
        for (Path child : batch) {
            transfer.attempt(child.toString(), () -> {
                Local local = look(directory, child);
                if (local != null) {
                    noteTwin(child, forms);
                    locals.add(local);
                }
            });
        }
        if (locals.isEmpty()) {
            return;
        }
        Map<String, Listed> there =
                server.stat(folder, locals.stream().map(Local::name).toList());
        for (Local local : locals) {
            Listed present = there.get(local.name());
            String path = folder + local.name();
            if (!local.attributes().isDirectory()) {
                transfer.submit(local.path().toString(), () -> file(local.path(), path, local.attributes(), present));
            } else if (present != null
                    || transfer.attempt(
                            local.path().toString(),
                            () -> server.makeFolder(importId, path, modified(local.attributes())))) {
                bring(local.path(), path);
            }
        }
    }

    /** What a child is, or null if it is nothing that can be brought, which is then said. */
    private @Nullable Local look(Path directory, Path child) throws IOException {
        if (!isWritable(directory, child)) {
            transfer.problem(
                    child.toString(),
                    "has a name that is not text in this locale (LC_ALL=C.UTF-8 helps if it is UTF-8)");
            return null;
        }
        BasicFileAttributes attributes =
                Files.readAttributes(child, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        String name = String.valueOf(child.getFileName());
        if (attributes.isDirectory()) {
            if (child.equals(excluded)) {
                transfer.problem(child.toString(), "is the server's own data directory and was not imported");
                return null;
            }
            return new Local(child, name + "/", attributes);
        }
        if (attributes.isRegularFile()) {
            return new Local(child, name, attributes);
        }
        String what = attributes.isSymbolicLink()
                ? "is a symbolic link and was not imported"
                : "is neither file nor directory (a device, pipe or socket) and was not imported";
        if (options.skipSpecial()) {
            transfer.note(child.toString(), what);
        } else {
            transfer.problem(child.toString(), what);
        }
        return null;
    }

    /** Whether a name survives being read as text: bytes that are none are kept by the file system, but no server takes them. */
    private static boolean isWritable(Path directory, Path child) {
        try {
            return directory.resolve(String.valueOf(child.getFileName())).equals(child);
        } catch (InvalidPathException e) {
            return false;
        }
    }

    private void file(Path file, String path, BasicFileAttributes attributes, @Nullable Listed present)
            throws IOException {
        Instant modified = modified(attributes);
        boolean own = present != null && importId.equals(present.importId());
        if (present != null && present.size() == attributes.size()) {
            boolean sameTime = present.modified().equals(modified);
            if (sameTime && !options.verify()) {
                transfer.fileSkipped(attributes.size());
                return;
            }
            // With another time, what is written anew gets this one.
            if (sameTime || (!own && !options.overwrite())) {
                if (FilesClient.digest(file).equals(server.digest(path, present.etag()))) {
                    transfer.fileSkipped(attributes.size());
                    return;
                }
            }
        }
        if (present != null && !own && !options.overwrite()) {
            transfer.problem(
                    file.toString(),
                    "is there already with OTHER CONTENT; --overwrite replaces that, and history keeps it");
            return;
        }
        String sent =
                server.store(importId, path, file, attributes.size(), modified, options.overwrite(), transfer::moved);
        if (options.verify() && !sent.equals(server.digest(path, "*"))) {
            throw new IOException("reads back with OTHER CONTENT than was sent");
        }
        BasicFileAttributes after = Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        if (after.size() != attributes.size() || !after.lastModifiedTime().equals(attributes.lastModifiedTime())) {
            throw new IOException("changed while it was read: import again to get it as it is now");
        }
        transfer.fileDone();
    }

    private static Instant modified(BasicFileAttributes attributes) {
        Instant time = attributes.lastModifiedTime().toInstant().truncatedTo(ChronoUnit.MICROS);
        return time.isBefore(TIME_MIN) ? TIME_MIN : time.isAfter(TIME_MAX) ? TIME_MAX : time;
    }

    /** Names that look the same and are not: both are brought, but a Mac could not hold them. */
    private void noteTwin(Path child, Set<String> forms) {
        String name = String.valueOf(child.getFileName());
        if (name.chars().anyMatch(c -> c >= 0x80) && !forms.add(Normalizer.normalize(name, Normalizer.Form.NFC))) {
            transfer.note(child.toString(), "looks like another name beside it, and is imported as a file of its own");
        }
    }
}
