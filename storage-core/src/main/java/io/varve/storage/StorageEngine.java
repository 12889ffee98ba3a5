package io.varve.storage;

import io.micrometer.core.instrument.MeterRegistry;
import io.varve.storage.access.AccessControl;
import io.varve.storage.chunkstore.ChunkStore;
import io.varve.storage.chunkstore.ChunkTotals;
import io.varve.storage.commit.Committer;
import io.varve.storage.commit.MetadataCheckpoints;
import io.varve.storage.commit.ReadOnlyException;
import io.varve.storage.commit.Recovery;
import io.varve.storage.io.DeviceDirectory;
import io.varve.storage.io.FileDeviceDirectory;
import io.varve.storage.journal.Checkpoints;
import io.varve.storage.journal.Journal;
import io.varve.storage.journal.JournalFiles;
import io.varve.storage.maintenance.Backup;
import io.varve.storage.maintenance.CollectionJob;
import io.varve.storage.maintenance.CompactionJob;
import io.varve.storage.maintenance.DamageList;
import io.varve.storage.maintenance.Jobs;
import io.varve.storage.maintenance.MirrorKeeper;
import io.varve.storage.maintenance.Scrubber;
import io.varve.storage.maintenance.TierMoves;
import io.varve.storage.maintenance.Upkeep;
import io.varve.storage.metadata.MetadataStore;
import io.varve.storage.namespace.Namespace;
import io.varve.storage.namespace.NamespaceTotals;
import io.varve.storage.namespace.StorageException;
import io.varve.storage.sealing.Sealing;
import io.varve.storage.segment.SegmentOptions;
import io.varve.storage.segment.SegmentStore;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Optional;

/**
 * The whole storage engine over one data directory: opens it, recovering what a crash left, hands out its parts, and closes it. One
 * process holds a data directory at a time. Thread-safe.
 */
public final class StorageEngine implements Closeable {
    private final DataDirectory directory;
    private final AtRest atRest;
    private final TierDirectories tiers;
    private final FileDeviceDirectory journalFiles;
    private final MirrorStanding mirrorStanding;
    private final Optional<MirrorCopy> mirror;
    private final Optional<MirrorKeeper> mirrorKeeper;
    private final SegmentStore segments;
    private final Journal journal;
    private final MetadataPlace metadataPlace;
    private final MetadataStore metadata;
    private final Committer committer;
    private final DiskCacheFile diskCache;
    private final MemoryWarmUp warmUp;
    private final ChunkStore chunks;
    private final Namespace namespace;
    private final AccessControl access;
    private final RootCredentials root;
    private final Upkeep upkeep;
    private final EngineJobs jobs;
    private final Scrubber scrubber;
    private volatile long freeSpaceReserveBytes;

    private StorageEngine(DataDirectory directory, EngineSettings settings, InstantSource clock, Opening opening)
            throws IOException {
        this.directory = directory;
        this.atRest = AtRest.open(directory, settings.encryption());
        Sealing sealing = atRest.sealing();
        this.freeSpaceReserveBytes = settings.freeSpaceReserveBytes();
        this.tiers = opening.add(TierDirectories.open(directory, settings.tiers(), settings.io()));
        this.journalFiles = FileDeviceDirectory.open(directory.subdirectory("journal"), settings.io());
        this.mirrorStanding = MirrorCopy.open(settings.safety(), settings.io(), directory, tiers.files(), journalFiles);
        this.mirror = mirrorStanding.copy();
        mirror.ifPresent(opening::add);
        this.segments = opening.add(SegmentStore.open(
                tiers.places(view -> mirror.<DeviceDirectory>map(
                                copy -> copy.segments().over(view))
                        .orElse(view)),
                directory.storeId(),
                SegmentOptions.defaults(),
                mirror.map(copy -> copy.segments().secondary()),
                sealing));
        DeviceDirectory journalDevices =
                mirror.<DeviceDirectory>map(MirrorCopy::journal).orElse(journalFiles);
        Checkpoints checkpoints = Checkpoints.open(
                journalDevices, CheckpointCopies.place(settings.safety()), directory.storeId(), sealing);
        this.metadataPlace = opening.add(MetadataPlace.open(directory, settings.metadataDirectory()));
        RocksSource source =
                new RocksSource(metadataPlace.path(), settings.memory().metadataBytes(), sealing, directory.storeId());
        RecoveredJournal recovery = RecoveredJournal.open(
                directory.storeId(),
                journalDevices,
                sealing,
                mirror,
                opening,
                opened -> Recovery.recover(opened, checkpoints, source, ChunkStore.tailCheck(segments)));
        this.journal = recovery.journal();
        Recovery.Result recovered = recovery.result();
        this.metadata = opening.add(recovered.metadata());
        this.committer = opening.add(Committer.start(journal, segments, metadata, clock, recovered.lastSequence()));
        this.diskCache = opening.add(DiskCacheFile.open(directory, settings, sealing, clock));
        this.chunks = new ChunkStore(
                committer,
                segments,
                directory.chunking(),
                new ChunkStore.Limits(
                        settings.memory().ingestBytes(),
                        settings.memory().prefetchBytes(),
                        settings.memory().cacheBytes(),
                        settings.safety().scrubBytesPerSecond()),
                diskCache.chunks());
        opening.add(chunks.repair());
        chunks.undoAbandonedIngests();
        this.namespace = new Namespace(committer, chunks, clock, settings.history(), this::requireSpace);
        Path keys = atRest.keys();
        this.root = RootCredentials.open(keys, settings.root());
        this.access = AccessControl.open(committer, keys, root.name(), root.password());
        access.useBuckets(new KeptWithBuckets(namespace, clock));
        MetadataCheckpoints generations = new MetadataCheckpoints(committer, journal, checkpoints, metadata);
        this.upkeep = opening.add(
                new Upkeep(namespace, chunks, generations, segments, metadata, clock, settings.upkeepRules()));
        this.scrubber = opening.add(new Scrubber(
                committer,
                chunks,
                segments,
                clock,
                new Recounting(directory, segments, metadata)::run,
                settings.scrubRules()));
        this.mirrorKeeper = mirror.map(
                copy -> new MirrorKeeper(copy.mirror(), copy.journal(), copy.segments(), journal, segments, committer)
                        .alsoCopying(() -> copy.requireIdentity(atRest.keysToCopy())));
        mirrorKeeper.ifPresent(opening::add);
        mirror.ifPresent(copy -> copy.copyIdentity(atRest.keysToCopy()));
        this.jobs = opening.add(new EngineJobs(
                new Jobs(clock),
                upkeep,
                new CollectionJob(chunks, upkeep),
                new CompactionJob(chunks, segments, upkeep),
                new Backup(
                        directory.path(),
                        atRest.keysToCopy(),
                        sealing,
                        tiers::pathOf,
                        directory.storeId(),
                        segments,
                        metadata),
                scrubber,
                mirrorKeeper,
                new LiveKeyRotation(
                        new LiveKeyRotation.Places(directory, atRest, tiers, journalFiles, settings.safety()),
                        new LiveKeyRotation.Parts(segments, journal, generations, metadata, committer),
                        mirror,
                        mirrorKeeper)));
        this.warmUp = opening.add(MemoryWarmUp.start(directory, chunks.ahead(), sealing));
        upkeep.start();
        scrubber.start();
        mirrorKeeper.ifPresent(MirrorKeeper::start);
        Calibration.start();
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
            DiskAccess.tell(engine.tiers, engine.journalFiles, meters);
            opening.done();
            return engine;
        }
    }

    /**
     * Takes over what can change while it is open: history of buckets without a rule of their own, the free-space reserve, when and how
     * fast background work, scrubs and tier moves run. The rest waits for the next opening.
     *
     * @throws StorageException if the store takes no changes; the history's rule is then as it was
     */
    public void adjust(EngineSettings changed) {
        namespace.retention().setServerDefault(changed.history());
        freeSpaceReserveBytes = changed.freeSpaceReserveBytes();
        upkeep.adjust(changed.upkeepRules());
        scrubber.adjust(changed.scrubRules());
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

    /** Maintenance on demand. */
    public EngineJobs jobs() {
        return jobs;
    }

    /** What is damaged and could not be mended. Looks through all names if anything is. */
    public DamageList damage() throws IOException {
        return DamageList.of(metadata, segments, chunks.damaged().all());
    }

    /** How many chunks are damaged and could not be mended. */
    public long damagedChunks() {
        return chunks.damaged().count();
    }

    /** Does all background work that is due and waits for the end; see {@link Upkeep#settle}. */
    public Upkeep.Report settle(boolean expireNow) throws IOException {
        return upkeep.settle(expireNow);
    }

    /** The tiers, and what moves between them. */
    public TierMoves tiers() {
        return upkeep.tiers();
    }

    /** Why the store takes no changes; empty if it does. */
    public Optional<String> refusal() {
        ReadOnlyException refusal = committer.refusal();
        return refusal == null ? Optional.empty() : Optional.ofNullable(refusal.getMessage());
    }

    /** Whether the disk has room for what clients write. */
    public boolean hasSpace() throws IOException {
        return freeBytes() >= freeSpaceReserveBytes
                && (!metadataPlace.isElsewhere() || metadataFreeBytes() >= freeSpaceReserveBytes);
    }

    /** Free space on the disk with the metadata. */
    public long metadataFreeBytes() throws IOException {
        return metadataPlace.freeBytes();
    }

    /** Free space on the disk; cheap enough for every request. */
    public long freeBytes() throws IOException {
        return tiers.hot().usableBytes();
    }

    /** Figures of the moment; cheap enough for a metrics scrape. */
    public StoreStatistics statistics() throws IOException {
        NamespaceTotals names = NamespaceTotals.read(committer.view());
        ChunkTotals stored = ChunkTotals.read(committer.view());
        return new StoreStatistics(
                names.files(),
                names.bytes(),
                names.historyVersions(),
                names.historyBytes(),
                stored.chunks(),
                stored.plainBytes(),
                stored.storedBytes(),
                segments.statistics().storedBytes(),
                JournalFiles.bytes(journalFiles),
                metadata.statistics().diskBytes(),
                freeBytes(),
                chunks.damaged().count(),
                scrubber.lastEnded().getEpochSecond());
    }

    /** What lies in clear in segments and journal, and what is encrypted. */
    public AtRest.Stored encrypted() throws IOException {
        return atRest.stored(segments, journalFiles);
    }

    /** Whether what is written is encrypted. */
    public boolean encryptsAtRest() {
        return atRest.sealing().on();
    }

    /** The master keys: those that files may be encrypted under, and those that are there. */
    public KeyRotation.Keys masterKeys() {
        return new KeyRotation.Keys(
                directory.masterKeys(), atRest.sealing().keys().generations());
    }

    /**
     * Ends background work, answers what is queued, and lets go of the data directory.
     *
     * @throws IOException if that fails; where a commit is still under way, the directory stays this process's
     */
    @Override
    public void close() throws IOException {
        try {
            endWork();
        } finally {
            if (committer.hasEnded()) {
                letGo();
            }
        }
    }

    private void letGo() throws IOException {
        try (MirrorCopy copy = mirror.orElse(null);
                directory;
                metadataPlace;
                tiers;
                diskCache) {
            try (segments;
                    journal) {
                metadata.close();
            }
            if (copy != null && committer.endedCleanly()) {
                copy.endCleanly();
            }
        }
    }

    private void endWork() throws IOException {
        try (committer) {
            mirrorKeeper.ifPresent(MirrorKeeper::close);
            warmUp.close();
            jobs.close();
            scrubber.close();
            upkeep.close();
            chunks.repair().close();
        }
    }

    /** How it stands with its second copy. */
    public MirrorStanding mirror() {
        return mirrorStanding;
    }

    /** Decoded chunks on disk. */
    public DiskCacheFile diskCache() {
        return diskCache;
    }

    /** Its part of files. */
    public CachedFiles cachedFiles() {
        return new CachedFiles(namespace, chunks);
    }

    SegmentStore segments() {
        return segments;
    }

    ChunkStore chunks() {
        return chunks;
    }

    Committer committer() {
        return committer;
    }

    Scrubber scrubber() {
        return scrubber;
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
}
