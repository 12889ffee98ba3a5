package io.varve.storage;

import io.varve.storage.chunkstore.ChunkAudit;
import io.varve.storage.chunkstore.ChunkStore;
import io.varve.storage.commit.Committer;
import io.varve.storage.commit.Recovery;
import io.varve.storage.commit.TailCheck;
import io.varve.storage.io.DeviceDirectory;
import io.varve.storage.io.FileDeviceDirectory;
import io.varve.storage.journal.Checkpoints;
import io.varve.storage.journal.Journal;
import io.varve.storage.journal.JournalOptions;
import io.varve.storage.maintenance.StoreCheck;
import io.varve.storage.metadata.MetadataStore;
import io.varve.storage.metadata.RocksMetadataOptions;
import io.varve.storage.metadata.RocksMetadataStore;
import io.varve.storage.sealing.Sealing;
import io.varve.storage.segment.SegmentOptions;
import io.varve.storage.segment.SegmentStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/** What is done to a store that no server holds: the check, putting counts right, and making the metadata anew. */
public final class OfflineStore {
    private static final String UNFINISHED = ".new";
    private static final String REPLACED = ".old";

    private OfflineStore() {}

    /**
     * What a rebuild did, or would do.
     *
     * @param plan from where to where
     * @param metadataBytes size of the metadata afterwards; 0 in a dry run
     */
    public record Rebuilt(Recovery.Plan plan, long metadataBytes) {}

    /**
     * Checks a store: brings its metadata up to date as an opening would, recounts every reference and reads every chunk.
     *
     * @param tiers where the store's tiers lie
     * @param scratch a directory for what is counted; made and removed
     * @throws DataDirectoryHeldException if a server holds it
     * @throws IOException if there is no store, or the check could not run
     */
    public static StoreCheck.Report check(Path dataDirectory, EngineSettings.Tiers tiers, Path scratch)
            throws IOException {
        return check(EngineSettings.of(dataDirectory).withTiers(tiers), scratch);
    }

    /**
     * Does the same for a store whose keys may lie elsewhere.
     *
     * @param settings where what belongs to it lies
     */
    public static StoreCheck.Report check(EngineSettings settings, Path scratch) throws IOException {
        return check(settings, scratch, Optional.empty()).found();
    }

    /**
     * What a check found, and what became of it.
     *
     * @param found what was wrong
     * @param corrected how many wrong counts and entries of indexes were put right
     * @param left which of them a second recount still finds
     */
    public record Repaired(StoreCheck.Report found, long corrected, List<String> left) {
        public Repaired {
            left = List.copyOf(left);
        }

        /** Whether nothing is wrong any more. */
        public boolean isClean() {
            return found.findingsTotal() == corrected && left.isEmpty();
        }
    }

    /**
     * Checks a store as {@link #check(EngineSettings, Path)} does, and puts wrong counts right, by a commit of its own.
     *
     * @param clock what the commit is numbered by
     */
    public static Repaired repair(EngineSettings settings, Path scratch, InstantSource clock) throws IOException {
        return check(settings, scratch, Optional.of(clock));
    }

    private static Repaired check(EngineSettings settings, Path scratch, Optional<InstantSource> repairing)
            throws IOException {
        try (Opening opening = new Opening()) {
            Parts parts = Parts.open(settings, opening);
            Recovery.Result recovered = Recovery.recover(
                    parts.journal,
                    parts.checkpoints,
                    parts.source(parts.metadata(settings, opening)),
                    ChunkStore.tailCheck(parts.segments));
            MetadataStore metadata = opening.add(recovered.metadata());
            ChunkAudit audit = new ChunkAudit(metadata, parts.segments);
            StoreCheck.Report found = run(scratch, counts -> new StoreCheck(metadata, counts, audit).run());
            if (repairing.isEmpty() || found.correctable() == 0) {
                return new Repaired(found, 0, List.of());
            }
            // A mirror gets nothing of this, and must not be trusted before it has been compared.
            MirrorCopy.mark(parts.journalFiles);
            long corrected;
            try (Committer committer = Committer.start(
                    parts.journal, parts.segments, metadata, repairing.get(), recovered.lastSequence())) {
                corrected = audit.corrections().apply(committer);
            }
            ChunkAudit again = new ChunkAudit(metadata, parts.segments);
            StoreCheck.Recount recount = run(scratch, counts -> new StoreCheck(metadata, counts, again).recount());
            return new Repaired(found, corrected, recount.corrections().size() == 0 ? List.of() : recount.findings());
        }
    }

    /** Something that counts in a store which is thrown away afterwards. */
    @FunctionalInterface
    private interface Counting<R> {
        R run(MetadataStore counts) throws IOException;
    }

    private static <R> R run(Path scratch, Counting<R> counting) throws IOException {
        DataDirectory.erase(scratch);
        try (MetadataStore counts = RocksMetadataStore.open(scratch, RocksMetadataOptions.DEFAULTS)) {
            return counting.run(counts);
        } finally {
            DataDirectory.erase(scratch);
        }
    }

    /**
     * Makes the metadata anew from checkpoint and journal. It is built beside the present one, which is replaced only when the new one
     * is whole and durable.
     *
     * @param settings where what belongs to it lies
     * @param dryRun whether only to read what would be read
     * @throws DataDirectoryHeldException if a server holds it
     * @throws io.varve.storage.io.CorruptionException if answered commits cannot be read back; then nothing was changed
     */
    public static Rebuilt rebuild(EngineSettings settings, boolean dryRun, Recovery.Progress progress)
            throws IOException {
        try (Opening opening = new Opening()) {
            Parts parts = Parts.open(settings, opening);
            TailCheck check = ChunkStore.tailCheck(parts.segments);
            if (dryRun) {
                return new Rebuilt(
                        Recovery.rebuild(parts.journal, parts.checkpoints, Optional.empty(), check, progress), 0);
            }
            Path present = parts.metadata(settings, opening);
            Path unfinished = present.resolveSibling(DataDirectory.METADATA + UNFINISHED);
            DataDirectory.erase(unfinished);
            RocksSource source = parts.source(unfinished);
            Rebuilt rebuilt;
            try (MetadataStore metadata = source.open()) {
                Recovery.Plan plan =
                        Recovery.rebuild(parts.journal, parts.checkpoints, Optional.of(metadata), check, progress);
                metadata.flush();
                rebuilt = new Rebuilt(plan, metadata.statistics().diskBytes());
            }
            replace(present, unfinished);
            return rebuilt;
        }
    }

    /** Between the two renamings a crash leaves no metadata, and the next start makes it anew. */
    private static void replace(Path metadata, Path unfinished) throws IOException {
        Path replaced = metadata.resolveSibling(DataDirectory.METADATA + REPLACED);
        DataDirectory.erase(replaced);
        if (Files.exists(metadata)) {
            Files.move(metadata, replaced, StandardCopyOption.ATOMIC_MOVE);
        }
        Files.move(unfinished, metadata, StandardCopyOption.ATOMIC_MOVE);
        DataDirectory.erase(replaced);
    }

    /** A store's files, held. */
    private record Parts(
            SegmentStore segments,
            DeviceDirectory journalFiles,
            Journal journal,
            Checkpoints checkpoints,
            DataDirectory directory,
            Sealing sealing) {
        /** Where the metadata lies, held. */
        Path metadata(EngineSettings settings, Opening opening) throws IOException {
            return opening.add(MetadataPlace.open(directory, settings.metadataDirectory()))
                    .path();
        }

        RocksSource source(Path path) {
            return new RocksSource(path, RocksMetadataOptions.DEFAULTS.cacheBytes(), sealing, directory.storeId());
        }

        static Parts open(EngineSettings settings, Opening opening) throws IOException {
            Path data = settings.dataDirectory();
            DataDirectory directory = opening.add(DataDirectory.open(data, DataDirectory.chunkingOf(data)));
            TierDirectories places = opening.add(TierDirectories.open(directory, settings.tiers(), Optional.empty()));
            FileDeviceDirectory journalFiles = FileDeviceDirectory.open(directory.subdirectory("journal"));
            Sealing sealing =
                    AtRest.asItIs(directory, journalFiles, settings.encryption().keysDirectory());
            SegmentStore segments = opening.add(SegmentStore.open(
                    places.places(view -> view),
                    directory.storeId(),
                    SegmentOptions.defaults(),
                    Optional.empty(),
                    sealing));
            Journal journal =
                    opening.add(Journal.open(journalFiles, directory.storeId(), JournalOptions.defaults(), sealing));
            return new Parts(
                    segments,
                    journalFiles,
                    journal,
                    Checkpoints.open(journalFiles, Optional.empty(), directory.storeId(), sealing),
                    directory,
                    sealing);
        }
    }
}
