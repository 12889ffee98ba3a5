package io.varve.storage;

import io.varve.storage.chunkstore.ChunkAudit;
import io.varve.storage.chunkstore.ChunkStore;
import io.varve.storage.commit.Recovery;
import io.varve.storage.commit.TailCheck;
import io.varve.storage.io.FileDeviceDirectory;
import io.varve.storage.journal.Checkpoints;
import io.varve.storage.journal.Journal;
import io.varve.storage.journal.JournalOptions;
import io.varve.storage.maintenance.StoreCheck;
import io.varve.storage.metadata.MetadataStore;
import io.varve.storage.metadata.RocksMetadataOptions;
import io.varve.storage.metadata.RocksMetadataStore;
import io.varve.storage.segment.SegmentOptions;
import io.varve.storage.segment.SegmentStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;

/** What is done to a store that no server holds: the check, and making the metadata anew. */
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
        try (Opening opening = new Opening()) {
            Parts parts = Parts.open(dataDirectory, tiers, opening);
            RocksMetadataOptions options = RocksMetadataOptions.DEFAULTS;
            MetadataStore metadata = opening.add(Recovery.recover(
                            parts.journal,
                            parts.checkpoints,
                            new RocksSource(parts.metadata, options.cacheBytes()),
                            ChunkStore.tailCheck(parts.segments))
                    .metadata());
            DataDirectory.erase(scratch);
            try (MetadataStore counts = RocksMetadataStore.open(scratch, options)) {
                return new StoreCheck(metadata, counts, new ChunkAudit(metadata, parts.segments)).run();
            } finally {
                DataDirectory.erase(scratch);
            }
        }
    }

    /**
     * Makes the metadata anew from checkpoint and journal. It is built beside the present one, which is replaced only when the new one
     * is whole and durable.
     *
     * @param tiers where the store's tiers lie
     * @param dryRun whether only to read what would be read
     * @throws DataDirectoryHeldException if a server holds it
     * @throws io.varve.storage.io.CorruptionException if answered commits cannot be read back; then nothing was changed
     */
    public static Rebuilt rebuild(
            Path dataDirectory, EngineSettings.Tiers tiers, boolean dryRun, Recovery.Progress progress)
            throws IOException {
        try (Opening opening = new Opening()) {
            Parts parts = Parts.open(dataDirectory, tiers, opening);
            TailCheck check = ChunkStore.tailCheck(parts.segments);
            if (dryRun) {
                return new Rebuilt(
                        Recovery.rebuild(parts.journal, parts.checkpoints, Optional.empty(), check, progress), 0);
            }
            Path unfinished = parts.metadata.resolveSibling(DataDirectory.METADATA + UNFINISHED);
            DataDirectory.erase(unfinished);
            RocksSource source = new RocksSource(unfinished, RocksMetadataOptions.DEFAULTS.cacheBytes());
            Rebuilt rebuilt;
            try (MetadataStore metadata = source.open()) {
                Recovery.Plan plan =
                        Recovery.rebuild(parts.journal, parts.checkpoints, Optional.of(metadata), check, progress);
                metadata.flush();
                rebuilt = new Rebuilt(plan, metadata.statistics().diskBytes());
            }
            replace(parts.metadata, unfinished);
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
    private record Parts(SegmentStore segments, Journal journal, Checkpoints checkpoints, Path metadata) {
        static Parts open(Path dataDirectory, EngineSettings.Tiers tiers, Opening opening) throws IOException {
            DataDirectory directory =
                    opening.add(DataDirectory.open(dataDirectory, DataDirectory.chunkingOf(dataDirectory)));
            TierDirectories places = opening.add(TierDirectories.open(directory, tiers));
            SegmentStore segments = opening.add(SegmentStore.open(
                    places.places(view -> view), directory.storeId(), SegmentOptions.defaults(), Optional.empty()));
            FileDeviceDirectory journalFiles = FileDeviceDirectory.open(directory.subdirectory("journal"));
            Journal journal = opening.add(Journal.open(journalFiles, directory.storeId(), JournalOptions.defaults()));
            return new Parts(
                    segments,
                    journal,
                    Checkpoints.open(journalFiles, Optional.empty(), directory.storeId()),
                    directory.path().resolve(DataDirectory.METADATA));
        }
    }
}
