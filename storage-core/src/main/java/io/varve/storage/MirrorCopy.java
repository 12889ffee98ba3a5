package io.varve.storage;

import io.varve.storage.io.CorruptionException;
import io.varve.storage.io.DeviceDirectory;
import io.varve.storage.io.FileDeviceDirectory;
import io.varve.storage.io.IoEngine;
import io.varve.storage.io.Mirror;
import io.varve.storage.io.MirroredDirectory;
import io.varve.storage.io.TimedCalls;
import io.varve.storage.io.TimedDirectory;
import io.varve.storage.journal.JournalMending;
import io.varve.storage.sealing.Sealing;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Objects;
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

    private static final String FORMAT = "FORMAT";
    private static final String UNFINISHED_COPY = ".tmp";

    private final DataDirectory data;
    private final Path directory;
    private final TimedCalls calls;
    private final FileChannel lockFile;
    private final DeviceDirectory primaryJournal;
    private final Mirror mirror;
    private final MirroredDirectory segments;
    private final MirroredDirectory journal;

    private MirrorCopy(
            DataDirectory data,
            Path directory,
            TimedCalls calls,
            FileChannel lockFile,
            DeviceDirectory primaryJournal,
            Mirror mirror,
            MirroredDirectory segments,
            MirroredDirectory journal) {
        this.data = data;
        this.directory = directory;
        this.calls = calls;
        this.lockFile = lockFile;
        this.primaryJournal = primaryJournal;
        this.mirror = mirror;
        this.segments = segments;
        this.journal = journal;
    }

    /**
     * Opens the mirror.
     *
     * <p>If its directory is not there, or does not answer, the store runs without it, and it is stale.
     *
     * @param safety has its directory, if there shall be one
     * @param io the way of disk access to try first
     * @throws DataDirectoryHeldException if another process holds it
     * @throws IOException if something else lies there
     */
    static MirrorStanding open(
            EngineSettings.Safety safety,
            Optional<IoEngine.Kind> io,
            DataDirectory data,
            DeviceDirectory segmentFiles,
            DeviceDirectory journalFiles)
            throws IOException {
        if (journalFiles.exists(Mirror.UNFINISHED)) {
            throw new IOException("The directory " + data.path()
                    + " is a mirror that was not copied to the end: start on the other copy, or restore a backup.");
        }
        if (safety.mirror().isEmpty()) {
            return MirrorStanding.none();
        }
        Path directory = safety.mirror().get();
        TimedCalls calls = new TimedCalls("The mirror in " + directory, safety.mirrorTimeout());
        String trouble = "There is no directory " + directory + ".";
        try {
            if (calls.call(() -> Files.isDirectory(directory))) {
                return MirrorStanding.of(open(directory, calls, io, data, segmentFiles, journalFiles), calls);
            }
        } catch (TimedCalls.NotAnsweringException e) {
            trouble = String.valueOf(e.getMessage());
        }
        LOG.warn("The store runs without its mirror, which is stale from now on: {}", trouble);
        mark(journalFiles);
        return MirrorStanding.absent(trouble, calls);
    }

    private static MirrorCopy open(
            Path directory,
            TimedCalls calls,
            Optional<IoEngine.Kind> io,
            DataDirectory data,
            DeviceDirectory segmentFiles,
            DeviceDirectory journalFiles)
            throws IOException {
        FileChannel lockFile = calls.call(() -> DataDirectory.lock(directory), FileChannel::close);
        try {
            boolean known = calls.call(() -> {
                boolean hasFormat = Files.exists(directory.resolve(FORMAT));
                requireOurs(directory, data, hasFormat);
                FileDeviceDirectory.makeDirectories(directory.resolve("segments"));
                FileDeviceDirectory.makeDirectories(directory.resolve("journal"));
                return hasFormat;
            });
            TimedDirectory segments = part(calls, directory.resolve("segments"), io);
            TimedDirectory journal = part(calls, directory.resolve("journal"), io);
            boolean fresh = known
                    && !journalFiles.exists(Mirror.MARKER)
                    && !journal.exists(Mirror.UNFINISHED)
                    && sameFiles(segmentFiles, segments)
                    && sameFiles(journalFiles, journal);
            Mirror mirror = new Mirror(fresh ? Mirror.State.FRESH : Mirror.State.STALE);
            LOG.info("The mirror in {} is {}.", directory, fresh ? "fresh" : "stale and will be compared and copied");
            requireJournal(data, directory, journalFiles, journal);
            mark(journalFiles);
            return new MirrorCopy(
                    data,
                    directory,
                    calls,
                    lockFile,
                    journalFiles,
                    mirror,
                    new MirroredDirectory(segmentFiles, segments, mirror),
                    new MirroredDirectory(journalFiles, journal, mirror));
        } catch (IOException | RuntimeException e) {
            calls.close(lockFile);
            throw e;
        }
    }

    /** Opened anew, it is not made anew: where a disk was mounted there may be nothing any more. */
    private static TimedDirectory part(TimedCalls calls, Path directory, Optional<IoEngine.Kind> io)
            throws IOException {
        return TimedDirectory.open(calls, () -> {
            if (!Files.isDirectory(directory)) {
                throw new NoSuchFileException(directory.toString());
            }
            return FileDeviceDirectory.open(directory, io);
        });
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
            requireIdentity(keys);
        } catch (IOException e) {
            mirror.fail(e);
        }
    }

    /**
     * Copies them as {@link #copyIdentity(Optional)}.
     *
     * @throws IOException if that fails
     */
    void requireIdentity(Optional<Path> keys) throws IOException {
        calls.call(() -> {
            copyIdentity(data.path(), directory, keys);
            return true;
        });
    }

    /** The same between any two directories. */
    static void copyIdentity(Path from, Path to, Optional<Path> keys) throws IOException {
        if (keys.isPresent()) {
            copy(keys.get(), to.resolve("keys"));
        }
        replace(from.resolve(FORMAT), to.resolve(FORMAT));
    }

    /** Whole or not at all: the other copy of the store may be lost at any moment. */
    private static void replace(Path from, Path to) throws IOException {
        if (Files.exists(to) && Files.mismatch(from, to) < 0) {
            return;
        }
        Path unfinished = to.resolveSibling(to.getFileName() + UNFINISHED_COPY);
        Files.copy(from, unfinished, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.COPY_ATTRIBUTES);
        try (FileChannel channel = FileChannel.open(unfinished, StandardOpenOption.WRITE)) {
            channel.force(true);
        }
        Files.move(unfinished, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        FileDeviceDirectory.syncDirectory(Objects.requireNonNull(to.getParent()));
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
        calls.close(lockFile);
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
                    .filter(name -> !List.of("LOCK", "segments", "journal", "keys", FORMAT + UNFINISHED_COPY)
                            .contains(name))
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
                replace(file, to.resolve(file.getFileName()));
            }
        }
    }
}
