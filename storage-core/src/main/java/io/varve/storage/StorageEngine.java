package io.varve.storage;

import io.micrometer.core.instrument.MeterRegistry;
import io.varve.storage.access.AccessControl;
import io.varve.storage.chunkstore.ChunkAudit;
import io.varve.storage.chunkstore.ChunkStore;
import io.varve.storage.chunkstore.ChunkTotals;
import io.varve.storage.commit.Committer;
import io.varve.storage.commit.ReadOnlyException;
import io.varve.storage.commit.Recovery;
import io.varve.storage.fingerprint.VectorLanes;
import io.varve.storage.io.FileDeviceDirectory;
import io.varve.storage.journal.Checkpoints;
import io.varve.storage.journal.Journal;
import io.varve.storage.journal.JournalOptions;
import io.varve.storage.maintenance.StoreCheck;
import io.varve.storage.maintenance.Upkeep;
import io.varve.storage.metadata.MetadataStore;
import io.varve.storage.metadata.RocksMetadataOptions;
import io.varve.storage.metadata.RocksMetadataStore;
import io.varve.storage.namespace.Namespace;
import io.varve.storage.namespace.NamespaceTotals;
import io.varve.storage.namespace.StorageException;
import io.varve.storage.segment.SegmentOptions;
import io.varve.storage.segment.SegmentStore;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The whole storage engine over one data directory: opens it, recovering what a crash left, hands out its parts, and closes it. One
 * process holds a data directory at a time. Thread-safe.
 */
public final class StorageEngine implements Closeable {
    private static final Logger LOG = LoggerFactory.getLogger(StorageEngine.class);
    private static final int OPEN_FILES_MAX = 512;

    private final DataDirectory directory;
    private final FileDeviceDirectory segmentFiles;
    private final FileDeviceDirectory journalFiles;
    private final SegmentStore segments;
    private final Journal journal;
    private final Checkpoints checkpoints;
    private final MetadataStore metadata;
    private final Committer committer;
    private final ChunkStore chunks;
    private final Namespace namespace;
    private final AccessControl access;
    private final RootCredentials root;
    private final Upkeep upkeep;
    private final long freeSpaceReserveBytes;

    /**
     * Figures of a store.
     *
     * @param files current files
     * @param logicalBytes the sum of their lengths
     * @param historyVersions versions that are no longer current but still readable
     * @param historyBytes the sum of their lengths
     * @param chunks chunks, manifest pages among them
     * @param uniqueBytes their plain bytes: what is left after deduplication
     * @param storedBytes their encoded bytes: what is left after compression too
     * @param segmentBytes the segment files' size
     * @param journalBytes the journal's and checkpoints' size
     * @param metadataBytes the metadata store's size
     * @param freeBytes free space on the disk
     */
    public record Statistics(
            long files,
            long logicalBytes,
            long historyVersions,
            long historyBytes,
            long chunks,
            long uniqueBytes,
            long storedBytes,
            long segmentBytes,
            long journalBytes,
            long metadataBytes,
            long freeBytes) {}

    private StorageEngine(DataDirectory directory, EngineSettings settings, InstantSource clock, Opening opening)
            throws IOException {
        this.directory = directory;
        this.freeSpaceReserveBytes = settings.freeSpaceReserveBytes();
        this.segmentFiles = FileDeviceDirectory.open(directory.subdirectory("segments"));
        LOG.info("Disk access in {}: {}", directory.path(), segmentFiles.engine());
        this.segments = opening.add(SegmentStore.open(segmentFiles, directory.storeId(), SegmentOptions.defaults()));
        this.journalFiles = FileDeviceDirectory.open(directory.subdirectory("journal"));
        this.journal = opening.add(Journal.open(journalFiles, directory.storeId(), JournalOptions.defaults()));
        this.checkpoints = Checkpoints.open(journalFiles, directory.storeId());
        Recovery.Result recovered = Recovery.recover(
                journal,
                checkpoints,
                new RocksSource(
                        directory.path().resolve("meta"), settings.memory().metadataBytes()),
                ChunkStore.tailCheck(segments));
        this.metadata = opening.add(recovered.metadata());
        this.committer = opening.add(Committer.start(journal, segments, metadata, clock, recovered.lastSequence()));
        this.chunks = new ChunkStore(
                committer,
                segments,
                directory.chunking(),
                new ChunkStore.Limits(
                        settings.memory().ingestBytes(),
                        settings.memory().prefetchBytes(),
                        settings.memory().cacheBytes()));
        chunks.undoAbandonedIngests();
        this.namespace =
                new Namespace(committer, chunks, clock, !settings.history().isZero(), this::requireSpace);
        Path keys = directory.subdirectory("keys");
        this.root = RootCredentials.open(keys, settings.root());
        this.access = AccessControl.open(committer, keys, root.name(), root.password());
        this.upkeep = opening.add(new Upkeep(
                namespace,
                chunks,
                journal,
                checkpoints,
                segments,
                metadata,
                clock,
                new Upkeep.Rules(
                        settings.history().toSeconds(),
                        settings.background().interval(),
                        settings.background().compactBelowPercent(),
                        settings.background().bytesPerSecond())));
        upkeep.start();
        Thread.ofPlatform().daemon().name("varve-calibration").start(StorageEngine::calibrate);
    }

    private static void calibrate() {
        VectorLanes.calibrate(System::nanoTime);
        LOG.info("Vector lanes: SHA-256 {}, XXH3 {}", VectorLanes.haveSha256(), VectorLanes.haveXxh3());
    }

    /**
     * Opens a store, making a new one in an empty or missing directory.
     *
     * @throws DataDirectoryHeldException if another process holds it
     * @throws io.varve.storage.io.CorruptionException if answered commits cannot be read back
     */
    public static StorageEngine open(EngineSettings settings, InstantSource clock, MeterRegistry meters)
            throws IOException {
        try (Opening opening = new Opening()) {
            DataDirectory directory = opening.add(DataDirectory.open(settings.dataDirectory(), settings.chunking()));
            StorageEngine engine = new StorageEngine(directory, settings, clock, opening);
            EngineMeters.bind(engine, meters);
            opening.done();
            return engine;
        }
    }

    /**
     * Checks a store that no server holds: brings its metadata up to date as an opening would, recounts every reference and reads
     * every chunk.
     *
     * @param scratch a directory for what is counted; made and removed
     * @throws DataDirectoryHeldException if a server holds it
     * @throws IOException if there is no store, or the check could not run
     */
    public static StoreCheck.Report check(Path dataDirectory, Path scratch) throws IOException {
        try (Opening opening = new Opening()) {
            DataDirectory directory =
                    opening.add(DataDirectory.open(dataDirectory, DataDirectory.chunkingOf(dataDirectory)));
            SegmentStore segments = opening.add(SegmentStore.open(
                    FileDeviceDirectory.open(directory.subdirectory("segments")),
                    directory.storeId(),
                    SegmentOptions.defaults()));
            FileDeviceDirectory journalFiles = FileDeviceDirectory.open(directory.subdirectory("journal"));
            Journal journal = opening.add(Journal.open(journalFiles, directory.storeId(), JournalOptions.defaults()));
            RocksMetadataOptions options = RocksMetadataOptions.DEFAULTS;
            MetadataStore metadata = opening.add(Recovery.recover(
                            journal,
                            Checkpoints.open(journalFiles, directory.storeId()),
                            new RocksSource(directory.path().resolve("meta"), options.cacheBytes()),
                            ChunkStore.tailCheck(segments))
                    .metadata());
            DataDirectory.erase(scratch);
            try (MetadataStore counts = RocksMetadataStore.open(scratch, options)) {
                return new StoreCheck(metadata, counts, new ChunkAudit(metadata, segments)).run();
            } finally {
                DataDirectory.erase(scratch);
            }
        }
    }

    public Namespace namespace() {
        return namespace;
    }

    public AccessControl access() {
        return access;
    }

    /** The root user's name and password, if this opening made them. */
    public Optional<EngineSettings.RootUser> generatedRoot() {
        return root.generated();
    }

    /** Does all background work that is due and waits for the end; see {@link Upkeep#settle}. */
    public Upkeep.Report settle(boolean expireNow) throws IOException {
        return upkeep.settle(expireNow);
    }

    /** Why the store takes no changes; empty if it does. */
    public Optional<String> refusal() {
        ReadOnlyException refusal = committer.refusal();
        return refusal == null ? Optional.empty() : Optional.ofNullable(refusal.getMessage());
    }

    /** Whether the disk has room for what clients write. */
    public boolean hasSpace() throws IOException {
        return freeBytes() >= freeSpaceReserveBytes;
    }

    /** Free space on the disk; cheap enough for every request. */
    public long freeBytes() throws IOException {
        return segmentFiles.usableBytes();
    }

    /** Figures of the moment; cheap enough for a metrics scrape. */
    public Statistics statistics() throws IOException {
        NamespaceTotals names = NamespaceTotals.read(committer.view());
        ChunkTotals stored = ChunkTotals.read(committer.view());
        return new Statistics(
                names.files(),
                names.bytes(),
                names.historyVersions(),
                names.historyBytes(),
                stored.chunks(),
                stored.plainBytes(),
                stored.storedBytes(),
                segments.statistics().storedBytes(),
                storedBytes(journalFiles),
                metadata.statistics().diskBytes(),
                freeBytes());
    }

    private static long storedBytes(FileDeviceDirectory files) throws IOException {
        long bytes = 0;
        for (String name : files.list()) {
            try {
                bytes += files.size(name);
            } catch (NoSuchFileException e) {
                // Trimmed since it was listed.
            }
        }
        return bytes;
    }

    /** Ends background work, answers what is queued, and lets go of the data directory. */
    @Override
    public void close() throws IOException {
        try (directory;
                segments;
                journal;
                metadata;
                committer) {
            upkeep.close();
        }
    }

    ChunkStore chunks() {
        return chunks;
    }

    Committer committer() {
        return committer;
    }

    Upkeep upkeep() {
        return upkeep;
    }

    private void requireSpace() {
        try {
            if (!hasSpace()) {
                throw new StorageException.NoSpace("The disk has less than " + (freeSpaceReserveBytes >> 20)
                        + " MiB free: delete something or add space.");
            }
        } catch (IOException e) {
            throw new StorageException.Failure("The free space of the disk cannot be read.", e);
        }
    }

    /** RocksDB in a directory of its own. */
    private record RocksSource(Path path, long cacheBytes) implements Recovery.MetadataSource {
        @Override
        public MetadataStore open() throws IOException {
            return RocksMetadataStore.open(
                    path,
                    new RocksMetadataOptions(
                            cacheBytes, RocksMetadataOptions.DEFAULTS.writeBufferBytes(), OPEN_FILES_MAX));
        }

        @Override
        public void erase() throws IOException {
            if (Files.exists(path)) {
                DataDirectory.erase(path);
            }
        }
    }

    /** Closes what was opened, newest first, unless the opening is done. */
    private static final class Opening implements Closeable {
        private final Deque<Closeable> opened = new ArrayDeque<>();

        <C extends Closeable> C add(C part) {
            opened.push(part);
            return part;
        }

        void done() {
            opened.clear();
        }

        @Override
        public void close() throws IOException {
            @Nullable IOException failure = null;
            for (Closeable part : opened) {
                try {
                    part.close();
                } catch (IOException e) {
                    if (failure == null) {
                        failure = e;
                    } else {
                        failure.addSuppressed(e);
                    }
                }
            }
            if (failure != null) {
                throw failure;
            }
        }
    }
}
