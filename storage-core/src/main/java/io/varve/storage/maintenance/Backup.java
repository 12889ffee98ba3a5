package io.varve.storage.maintenance;

import io.varve.storage.chunkstore.SegmentCensus;
import io.varve.storage.commit.MetadataCheckpoints;
import io.varve.storage.io.FileDeviceDirectory;
import io.varve.storage.journal.Checkpoints;
import io.varve.storage.journal.JournalFiles;
import io.varve.storage.metadata.MetadataSnapshot;
import io.varve.storage.metadata.MetadataStore;
import io.varve.storage.sealing.Sealing;
import io.varve.storage.segment.SegmentStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * Copies a store that is being served into a directory, as of one commit.
 *
 * <p>A snapshot of the metadata becomes a checkpoint in the target, with an empty journal behind it. The segments it can refer to are
 * sealed and kept from deletion while they are copied; those in which no chunk lies are left out. A segment that an earlier backup brought there, known by name, length and time,
 * stays as it is: sealed segments never change. Those of all tiers lie in one directory there. The index comes last, so that an interrupted backup leaves the earlier one whole; what it
 * copied already is noted and not copied again.
 */
public final class Backup {
    private final Path dataDirectory;
    private final Optional<Path> keys;
    private final Sealing sealing;
    private final Function<String, Path> segmentFiles;
    private final UUID storeId;
    private final SegmentStore segments;
    private final MetadataStore metadata;

    /**
     * What a backup did, or would do.
     *
     * @param dryRun whether nothing was written
     * @param target where to
     * @param sequence the newest commit in it
     * @param files files that were copied
     * @param bytes their bytes
     * @param filesKept files that were there already
     * @param bytesKept their bytes
     */
    public record Report(
            boolean dryRun, String target, long sequence, int files, long bytes, int filesKept, long bytesKept) {}

    /** A file to copy. */
    private record Task(String path, Path source, long bytes) {}

    /**
     * For one store.
     *
     * @param keys where its keys lie; empty if they are kept away from the data, of which a backup is a copy
     * @param sealing whether what is written for a backup is sealed, as what is copied may be
     * @param segmentFiles where a segment's file lies by its name, in whatever tier
     */
    public Backup(
            Path dataDirectory,
            Optional<Path> keys,
            Sealing sealing,
            Function<String, Path> segmentFiles,
            UUID storeId,
            SegmentStore segments,
            MetadataStore metadata) {
        this.dataDirectory = dataDirectory;
        this.keys = keys;
        this.sealing = sealing;
        this.segmentFiles = segmentFiles;
        this.storeId = storeId;
        this.segments = segments;
        this.metadata = metadata;
    }

    /**
     * Brings a backup up to date, or makes one.
     *
     * @param target a directory; missing, empty, or with a backup of this store
     * @throws IOException if it is something else, or could not be written; an earlier backup in it is then as it was
     */
    public Report run(Path target, boolean dryRun, JobControl control) throws IOException {
        control.begin("looking at what is there", 0);
        Map<String, BackupIndex.Item> known = known(target);
        try (SegmentStore.Hold hold = segments.hold();
                MetadataSnapshot state = metadata.snapshot()) {
            // Whatever the snapshot refers to was appended before this.
            segments.seal();
            List<Integer> ids = hold.reduceToPresent();
            long sequence = MetadataCheckpoints.sequenceOf(state);
            List<Task> tasks = new ArrayList<>();
            Map<String, BackupIndex.Item> kept = new TreeMap<>();
            for (int id : ids) {
                // One that is empty may have been about to be deleted when the hold began, and go at any time.
                if (SegmentCensus.isUsed(state, id)) {
                    Path source = segmentFiles.apply(SegmentStore.fileName(id));
                    plan("segments/" + SegmentStore.fileName(id), source, known, target, tasks, kept);
                }
            }
            long bytesKept =
                    kept.values().stream().mapToLong(BackupIndex.Item::bytes).sum();
            long bytes = tasks.stream().mapToLong(Task::bytes).sum();
            if (!dryRun) {
                write(target, state, sequence, tasks, kept, control);
            }
            return new Report(dryRun, target.toString(), sequence, tasks.size(), bytes, kept.size(), bytesKept);
        }
    }

    /** What lies in the target and need not be copied again. */
    private Map<String, BackupIndex.Item> known(Path target) throws IOException {
        Map<String, BackupIndex.Item> known = new TreeMap<>();
        if (!Files.isDirectory(target)) {
            return known;
        }
        Optional<BackupIndex> index = BackupIndex.read(target);
        if (index.isPresent() && !index.get().store().equals(storeId)) {
            throw new IOException("The backup in " + target + " is of another store ("
                    + index.get().store() + "): name another directory.");
        }
        boolean begun = Files.exists(target.resolve(BackupIndex.PARTIAL));
        if (index.isEmpty() && !begun) {
            try (Stream<Path> entries = Files.list(target)) {
                if (entries.findAny().isPresent()) {
                    throw new IOException("The directory " + target + " is not empty and holds no backup.");
                }
            }
        }
        index.ifPresent(earlier -> known.putAll(earlier.files()));
        known.putAll(BackupIndex.readPartial(target));
        return known;
    }

    private void plan(
            String path,
            Path source,
            Map<String, BackupIndex.Item> known,
            Path target,
            List<Task> tasks,
            Map<String, BackupIndex.Item> kept)
            throws IOException {
        long bytes = Files.size(source);
        BackupIndex.Item there = known.get(path);
        Path copy = target.resolve(path);
        if (there != null
                && there.bytes() == bytes
                && there.modified() == FileCopy.modified(source)
                && Files.exists(copy)
                && Files.size(copy) == bytes) {
            kept.put(path, there);
        } else {
            tasks.add(new Task(path, source, bytes));
        }
    }

    private void write(
            Path target,
            MetadataSnapshot state,
            long sequence,
            List<Task> tasks,
            Map<String, BackupIndex.Item> kept,
            JobControl control)
            throws IOException {
        FileCopy copy = new FileCopy(control);
        for (String directory : List.of("", "segments", "journal", "keys")) {
            FileDeviceDirectory.makeDirectories(target.resolve(directory));
        }
        control.begin(
                "copying segments (bytes)",
                tasks.stream().mapToLong(Task::bytes).sum());
        Map<String, BackupIndex.Item> files = new TreeMap<>(kept);
        for (Task task : tasks) {
            BackupIndex.Item item = copy.copy(task.source(), target.resolve(task.path()));
            files.put(task.path(), item);
            Files.writeString(
                    target.resolve(BackupIndex.PARTIAL),
                    BackupIndex.line(task.path(), item),
                    StandardOpenOption.CREATE,
                    StandardOpenOption.APPEND);
        }
        control.begin("writing metadata", 0);
        for (String name : writeJournal(target.resolve("journal"), state, sequence)) {
            files.put("journal/" + name, itemOf(copy, target.resolve("journal").resolve(name)));
        }
        files.put("FORMAT", copy.copy(dataDirectory.resolve("FORMAT"), target.resolve("FORMAT")));
        for (Path key : keys.isPresent() ? filesOf(keys.get()) : List.<Path>of()) {
            String path = "keys/" + key.getFileName();
            files.put(path, copy.copy(key, target.resolve(path)));
        }
        for (String directory : List.of("segments", "journal", "keys")) {
            FileDeviceDirectory.syncDirectory(target.resolve(directory));
        }
        new BackupIndex(storeId, sequence, files).write(target);
        Files.deleteIfExists(target.resolve(BackupIndex.PARTIAL));
        removeOthers(target, files);
    }

    /** The metadata as a checkpoint, and the journal that goes on behind it; returns the names. An earlier backup's stay beside them. */
    private List<String> writeJournal(Path directory, MetadataSnapshot state, long sequence) throws IOException {
        FileDeviceDirectory devices = FileDeviceDirectory.open(directory);
        Checkpoints checkpoints = Checkpoints.open(devices, Optional.empty(), storeId, sealing);
        MetadataCheckpoints.writeTo(checkpoints, state, sequence);
        if (!checkpoints.isIntact(sequence)) {
            throw new IOException(
                    "The checkpoint in the backup does not verify: look at the disk of " + directory + ".");
        }
        return List.of(Checkpoints.fileName(sequence), JournalFiles.begin(devices, storeId, sequence, sealing));
    }

    private static BackupIndex.Item itemOf(FileCopy copy, Path file) throws IOException {
        return new BackupIndex.Item(Files.size(file), 0, copy.checksum(file));
    }

    /** What this backup does not consist of any more. */
    private static void removeOthers(Path target, Map<String, BackupIndex.Item> files) throws IOException {
        for (String directory : List.of("segments", "journal", "keys")) {
            for (Path file : filesOf(target.resolve(directory))) {
                if (!files.containsKey(directory + "/" + file.getFileName())) {
                    Files.delete(file);
                }
            }
        }
    }

    private static List<Path> filesOf(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(Files::isRegularFile).sorted().toList();
        }
    }
}
