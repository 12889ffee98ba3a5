package io.varve.storage;

import io.varve.storage.io.CorruptionException;
import io.varve.storage.io.DeviceDirectory;
import io.varve.storage.io.FileDeviceDirectory;
import io.varve.storage.io.IoEngine;
import io.varve.storage.io.Mirror;
import io.varve.storage.io.MirroredDirectory;
import io.varve.storage.journal.JournalMending;
import io.varve.storage.sealing.Sealing;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The second copy of a store, in a directory that is a data directory but for the metadata: opened, found fresh or not, and left.
 *
 * <p>That it may be stale is noted in the primary before the first change of a run, and taken back by a clean stop only.
 */
final class MirrorCopy implements Closeable {
    private static final Logger LOG = LoggerFactory.getLogger(MirrorCopy.class);

    private final DataDirectory data;
    private final Path directory;
    private final FileChannel lockFile;
    private final DeviceDirectory primaryJournal;
    private final Mirror mirror;
    private final MirroredDirectory segments;
    private final MirroredDirectory journal;

    private MirrorCopy(
            DataDirectory data,
            Path directory,
            FileChannel lockFile,
            DeviceDirectory primaryJournal,
            Mirror mirror,
            MirroredDirectory segments,
            MirroredDirectory journal) {
        this.data = data;
        this.directory = directory;
        this.lockFile = lockFile;
        this.primaryJournal = primaryJournal;
        this.mirror = mirror;
        this.segments = segments;
        this.journal = journal;
    }

    /**
     * Opens the mirror.
     *
     * @param configured its directory, if there shall be one
     * @param io the way of disk access to try first
     * @return empty if there is none, or its directory is not there: then the store runs without, and the mirror is stale
     * @throws DataDirectoryHeldException if another process holds it
     * @throws IOException if something else lies there
     */
    static Optional<MirrorCopy> open(
            Optional<Path> configured,
            Optional<IoEngine.Kind> io,
            DataDirectory data,
            DeviceDirectory segmentFiles,
            DeviceDirectory journalFiles)
            throws IOException {
        if (journalFiles.exists(Mirror.UNFINISHED)) {
            throw new IOException("The directory " + data.path()
                    + " is a mirror that was not copied to the end: start on the other copy, or restore a backup.");
        }
        if (configured.isEmpty()) {
            return Optional.empty();
        }
        Path directory = configured.get();
        if (!Files.isDirectory(directory)) {
            LOG.warn(
                    "There is no directory {}: the store runs without its mirror, which is stale from now on.",
                    directory);
            mark(journalFiles);
            return Optional.empty();
        }
        FileChannel lockFile = DataDirectory.lock(directory);
        try {
            boolean known = Files.exists(directory.resolve("FORMAT"));
            requireOurs(directory, data, known);
            FileDeviceDirectory segments = FileDeviceDirectory.open(directory.resolve("segments"), io);
            FileDeviceDirectory journal = FileDeviceDirectory.open(directory.resolve("journal"), io);
            boolean fresh = known
                    && !journalFiles.exists(Mirror.MARKER)
                    && !journal.exists(Mirror.UNFINISHED)
                    && sameFiles(segmentFiles, segments)
                    && sameFiles(journalFiles, journal);
            Mirror mirror = new Mirror(fresh ? Mirror.State.FRESH : Mirror.State.STALE);
            LOG.info("The mirror in {} is {}.", directory, fresh ? "fresh" : "stale and will be compared and copied");
            requireJournal(data, directory, journalFiles, journal);
            mark(journalFiles);
            return Optional.of(new MirrorCopy(
                    data,
                    directory,
                    lockFile,
                    journalFiles,
                    mirror,
                    new MirroredDirectory(segmentFiles, segments, mirror),
                    new MirroredDirectory(journalFiles, journal, mirror)));
        } catch (IOException | RuntimeException e) {
            lockFile.close();
            throw e;
        }
    }

    Mirror mirror() {
        return mirror;
    }

    MirroredDirectory segments() {
        return segments;
    }

    MirroredDirectory journal() {
        return journal;
    }

    /**
     * Puts the journal together from both copies, where the primary's is damaged.
     *
     * @param sealing what opens files that are sealed
     * @return how many places were mended
     */
    int mendJournal(Sealing sealing) throws IOException {
        return new JournalMending(primaryJournal, journal.secondary(), data.storeId(), sealing).mendAll();
    }

    /**
     * Copies what tells which store this is, and the keys, so that a server can be started on the mirror.
     *
     * @param keys where they lie; empty if they are kept away from the data, of which this is a copy
     */
    void copyIdentity(Optional<Path> keys) {
        try {
            copyIdentity(data.path(), directory, keys);
        } catch (IOException e) {
            mirror.fail(e);
        }
    }

    /** The same between any two directories. */
    static void copyIdentity(Path from, Path to, Optional<Path> keys) throws IOException {
        if (keys.isPresent()) {
            copy(keys.get(), to.resolve("keys"));
        }
        Files.copy(
                from.resolve("FORMAT"),
                to.resolve("FORMAT"),
                StandardCopyOption.REPLACE_EXISTING,
                StandardCopyOption.COPY_ATTRIBUTES);
    }

    /** All is closed without a failure: a mirror that is fresh now is trusted at the next start. */
    void endCleanly() throws IOException {
        if (mirror.state() == Mirror.State.FRESH) {
            primaryJournal.delete(Mirror.MARKER);
            primaryJournal.sync();
        }
    }

    @Override
    public void close() throws IOException {
        lockFile.close();
    }

    /** Notes durably that the mirror may miss something. */
    static void mark(DeviceDirectory journalFiles) throws IOException {
        if (!journalFiles.exists(Mirror.MARKER)) {
            journalFiles.create(Mirror.MARKER).close();
            journalFiles.sync();
        }
    }

    /** A store that has lost its journal looks like a new one, and the mirror would be made like it. */
    private static void requireJournal(
            DataDirectory data, Path directory, DeviceDirectory journalFiles, DeviceDirectory mirrored)
            throws IOException {
        boolean lost = journalFiles.list().stream().allMatch(Mirror.MARKER::equals);
        if (lost && !mirrored.list().stream().allMatch(Mirror.UNFINISHED::equals)) {
            throw new CorruptionException("The journal of the store in " + data.path() + " is gone, but not that of its"
                    + " mirror in " + directory + ". Nothing was changed. If a disk is not mounted, mount it; else"
                    + " start on the mirror.");
        }
    }

    private static void requireOurs(Path directory, DataDirectory data, boolean known) throws IOException {
        if (known) {
            String id = DataDirectory.storeIdOf(directory);
            if (!id.equals(data.storeId().toString())) {
                throw new IOException("The directory " + directory + " holds another store (" + id
                        + "): it cannot be the mirror of this one.");
            }
            return;
        }
        try (Stream<Path> entries = Files.list(directory)) {
            List<String> others = entries.map(entry -> entry.getFileName().toString())
                    .filter(name ->
                            !List.of("LOCK", "segments", "journal", "keys").contains(name))
                    .toList();
            if (!others.isEmpty()) {
                throw new IOException("The directory " + directory + " is neither empty nor a mirror: "
                        + others.getFirst() + " lies there.");
            }
        }
    }

    private static boolean sameFiles(DeviceDirectory left, DeviceDirectory right) throws IOException {
        List<String> names = left.list();
        if (!names.equals(right.list())) {
            return false;
        }
        for (String name : names) {
            if (left.size(name) != right.size(name)) {
                return false;
            }
        }
        return true;
    }

    private static void copy(Path from, Path to) throws IOException {
        DataDirectory.makePrivate(to);
        try (Stream<Path> files = Files.list(from)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Files.copy(
                        file,
                        to.resolve(file.getFileName()),
                        StandardCopyOption.REPLACE_EXISTING,
                        StandardCopyOption.COPY_ATTRIBUTES);
            }
        }
    }
}
