package io.varve.app.cli;

import io.varve.app.cli.FilesClient.Fetched;
import io.varve.app.cli.FilesClient.Listed;
import io.varve.app.cli.FilesClient.Page;
import io.varve.storage.io.DiskSpace;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Writes the server's files into a directory, folder by folder. A file gets its name when all of it is on the disk; what is there with the same
 * length and modification time is passed over, so a run that broke off goes on where it was. Nothing that is not written goes unsaid.
 */
final class TreeExport {
    private static final String UNFINISHED = ".varve-export-";

    private final FilesClient server;
    private final Transfer transfer;
    private final boolean verify;
    private final boolean overwrite;

    /**
     * A folder that is being written. Whatever is made in a directory changes its modification time, so it gets its own when all that is under way in
     * it has ended.
     */
    private static final class Folder {
        private final Path directory;
        private final @Nullable Instant modified;
        private final AtomicInteger underWay = new AtomicInteger(1);

        Folder(Path directory, @Nullable Instant modified) {
            this.directory = directory;
            this.modified = modified;
        }

        void begin() {
            underWay.incrementAndGet();
        }

        void end() throws IOException {
            if (underWay.decrementAndGet() == 0 && modified != null) {
                Files.setLastModifiedTime(directory, FileTime.from(modified));
            }
        }
    }

    /**
     * Prepares an export.
     *
     * @param verify whether everything is read back from the disk and compared with what the server holds
     * @param overwrite whether files that are there with other content may be replaced
     */
    TreeExport(FilesClient server, Transfer transfer, boolean verify, boolean overwrite) {
        this.server = server;
        this.transfer = transfer;
        this.verify = verify;
        this.overwrite = overwrite;
    }

    /**
     * Writes all that a folder holds.
     *
     * @param folder with a slash at the end
     * @param directory exists
     * @param modified the modification time that it gets when all is in it; null: none
     * @throws Transfer.StoppedException if going on makes no sense
     */
    void write(String folder, Path directory, @Nullable Instant modified)
            throws Transfer.StoppedException, InterruptedException {
        transfer.attempt(folder, () -> {
            Folder here = new Folder(directory, modified);
            Set<String> names = namesIn(directory);
            String after = "";
            do {
                Page page = server.list(folder, after);
                for (Listed remote : page.entries()) {
                    one(folder + remote.name(), remote, here, names);
                }
                after = page.next();
            } while (!after.isEmpty());
            here.end();
        });
    }

    private static Set<String> namesIn(Path directory) throws IOException {
        Set<String> names = new HashSet<>();
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory)) {
            for (Path child : stream) {
                String name = String.valueOf(child.getFileName());
                if (name.startsWith(UNFINISHED)) {
                    // What an interrupted run left.
                    Files.delete(child);
                } else {
                    names.add(name);
                }
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        return names;
    }

    private void one(String path, Listed remote, Folder folder, Set<String> here)
            throws Transfer.StoppedException, InterruptedException {
        String name = remote.folder() ? remote.name().substring(0, remote.name().length() - 1) : remote.name();
        if (!remote.legal() || name.isEmpty() || name.startsWith(UNFINISHED)) {
            transfer.problem(path, "is no name that a file system can hold, and was not exported");
            return;
        }
        if (remote.twin()) {
            transfer.problem(path, "is both a file and a folder, which a file system cannot hold; not exported");
            return;
        }
        Path local;
        try {
            local = folder.directory.resolve(name);
        } catch (InvalidPathException e) {
            transfer.problem(path, "has a name that cannot be written here (set LC_ALL=C.UTF-8)");
            return;
        }
        boolean exists = Files.exists(local, LinkOption.NOFOLLOW_LINKS);
        if (exists && !here.contains(name)) {
            transfer.problem(path, "this file system takes its name for that of another file, and it was not exported");
        } else if (remote.folder()) {
            folder(path, remote, local);
        } else {
            folder.begin();
            transfer.submit(path, () -> {
                try {
                    file(path, remote, local, exists);
                } finally {
                    folder.end();
                }
            });
        }
    }

    private void folder(String path, Listed remote, Path local) throws Transfer.StoppedException, InterruptedException {
        if (remote.size() > 0) {
            transfer.problem(path, "is a folder with content of its own, which no file system can hold");
        }
        if (Files.isDirectory(local, LinkOption.NOFOLLOW_LINKS)) {
            write(path, local, remote.modified());
        } else if (Files.exists(local, LinkOption.NOFOLLOW_LINKS)) {
            transfer.problem(path, "something that is no directory stands in its place: " + local);
        } else if (transfer.attempt(path, () -> Files.createDirectory(local))) {
            write(path, local, remote.modified());
        }
    }

    /** Writes one file. */
    private void file(String path, Listed remote, Path local, boolean exists) throws IOException {
        if (exists) {
            BasicFileAttributes present =
                    Files.readAttributes(local, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            if (isThere(path, remote, local, present)) {
                transfer.fileSkipped(remote.size());
                return;
            }
            if (!overwrite || !present.isRegularFile()) {
                transfer.problem(
                        path,
                        "something else is there: " + local
                                + (present.isRegularFile() ? "; --overwrite replaces it" : ""));
                return;
            }
        }
        Path unfinished = local.resolveSibling(UNFINISHED + UUID.randomUUID());
        try {
            fetch(path, remote, unfinished);
            if (exists) {
                Files.move(unfinished, local, StandardCopyOption.REPLACE_EXISTING);
            } else {
                Files.move(unfinished, local);
            }
        } catch (FileAlreadyExistsException e) {
            throw new IOException("this file system takes its name for that of another file", e);
        } catch (ServerClient.RefusedException e) {
            throw e.status() == ServerClient.PRECONDITION_FAILED
                    ? new IOException("changed while it was exported: export again to get it as it is now", e)
                    : e;
        } finally {
            Files.deleteIfExists(unfinished);
        }
        transfer.fileDone();
    }

    /** Whether a file is there already. One with another time is, if its content is the same: then it gets the right one. */
    private boolean isThere(String path, Listed remote, Path local, BasicFileAttributes present) throws IOException {
        if (!present.isRegularFile() || present.size() != remote.size()) {
            return false;
        }
        boolean sameTime = micros(present.lastModifiedTime().toInstant()).equals(remote.modified());
        if (sameTime && !verify) {
            return true;
        }
        if (!FilesClient.digest(local).equals(server.digest(path, remote.etag()))) {
            return false;
        }
        if (!sameTime) {
            Files.setLastModifiedTime(local, FileTime.from(remote.modified()));
        }
        return true;
    }

    private void fetch(String path, Listed remote, Path unfinished) throws IOException {
        try {
            Fetched fetched = server.fetch(path, remote.etag(), unfinished, transfer::moved);
            if (fetched.bytes() != remote.size()) {
                throw new IOException("came with " + fetched.bytes() + " bytes instead of " + remote.size());
            }
            Files.setLastModifiedTime(unfinished, FileTime.from(remote.modified()));
            if (verify
                    && (!FilesClient.digest(unfinished).equals(fetched.sha256())
                            || !server.digest(path, remote.etag()).equals(fetched.sha256()))) {
                throw new IOException("reads back with OTHER CONTENT than the server holds");
            }
        } catch (ServerClient.RefusedException e) {
            throw e;
        } catch (IOException e) {
            if (DiskSpace.usableBytes(Objects.requireNonNull(unfinished.getParent())) < remote.size()) {
                throw transfer.stop("There is no room left for " + path + " in " + unfinished.getParent() + ".");
            }
            throw e;
        }
    }

    private static Instant micros(Instant time) {
        return time.truncatedTo(ChronoUnit.MICROS);
    }
}
