package io.varve.storage;

import io.varve.storage.chunking.ChunkingParameters;
import io.varve.storage.chunkstore.TierMover;
import io.varve.storage.io.IoEngine;
import io.varve.storage.maintenance.Scrubber;
import io.varve.storage.maintenance.TierMoves;
import io.varve.storage.maintenance.Upkeep;
import io.varve.storage.namespace.LifecycleRule;
import io.varve.storage.namespace.RetentionPolicy;
import io.varve.storage.segment.Tier;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;

/**
 * How a store is opened.
 *
 * @param dataDirectory where everything lies; made if missing
 * @param chunking fixed when the store is made
 * @param root the configured root user; empty: one with a random password is made at the first start
 * @param history what is kept of the past in buckets without a rule of their own
 * @param freeSpaceReserveBytes writes are refused when the disk has less than this free, so that deleting still works
 * @param memory what it may take
 * @param background how background work is done
 * @param safety what guards against damage to disks
 * @param tiers where chunks lie that nobody reads
 * @param diskCache where decoded chunks are kept at hand
 * @param metadataDirectory an existing directory for the metadata, on another disk say; empty for the data directory
 * @param encryption whether files are encrypted, and where all keys lie
 * @param io the way of disk access to try first; empty: the best for each file system
 */
public record EngineSettings(
        Path dataDirectory,
        ChunkingParameters chunking,
        Optional<RootUser> root,
        RetentionPolicy history,
        long freeSpaceReserveBytes,
        Memory memory,
        Background background,
        Safety safety,
        Tiers tiers,
        DiskCache diskCache,
        Optional<Path> metadataDirectory,
        Encryption encryption,
        Optional<IoEngine.Kind> io) {

    /**
     * Encryption at rest.
     *
     * @param atRest whether files are encrypted as they are written
     * @param keysDirectory an existing directory, away from the data, where all keys lie; empty for {@code keys} in the data directory
     */
    public record Encryption(boolean atRest, Optional<Path> keysDirectory) {
        public static final Encryption NONE = new Encryption(false, Optional.empty());
    }

    /**
     * A file in which decoded chunks are kept at hand, below the ones in memory.
     *
     * @param size how large it may become; empty to go by the free space of its disk, 0 for none
     * @param directory where it lies; empty for {@code cache} in the data directory
     * @param policy what leaves when it is full, by its name
     * @param writeBytes memory for what waits to be written to it; what is offered while it is full is not taken in
     */
    public record DiskCache(OptionalLong size, Optional<Path> directory, String policy, int writeBytes) {
        private static final int WRITE_BYTES_USUAL = 8 << 20;

        public static final DiskCache NONE = new DiskCache(OptionalLong.of(0), Optional.empty(), "s3-fifo");

        /** With the usual memory for what waits. */
        public DiskCache(OptionalLong size, Optional<Path> directory, String policy) {
            this(size, directory, policy, WRITE_BYTES_USUAL);
        }

        /** With another size and policy. */
        public DiskCache with(OptionalLong newSize, String newPolicy) {
            return new DiskCache(newSize, directory, newPolicy, writeBytes);
        }
    }

    /**
     * Where chunks lie that nobody reads. Without a directory for a warm or a cold tier all is hot.
     *
     * @param warm the warm tier's directory
     * @param cold the cold tier's directory
     * @param hotBytesMax how many bytes of chunks may stay hot, least recently used ones going first
     * @param warmBytesMax how many may stay warm where there is a cold tier
     * @param idleAfter how long a chunk stays in the hot tier without being read, and again as long in the warm one; zero for ever
     * @param interval from one round of moves to the next
     * @param stepItems how many records a step moves, at most
     */
    public record Tiers(
            Optional<Path> warm,
            Optional<Path> cold,
            long hotBytesMax,
            long warmBytesMax,
            Duration idleAfter,
            Duration interval,
            int stepItems) {
        /** One tier; the limits are what the settings say by themselves. */
        public static final Tiers NONE = new Tiers(
                Optional.empty(),
                Optional.empty(),
                10L << 30,
                100L << 30,
                Duration.ofDays(7),
                Duration.ofHours(1),
                100);

        /** A tier's directory; the hot one is in the data directory. */
        Optional<Path> directory(Tier tier) {
            return switch (tier) {
                case HOT -> Optional.empty();
                case WARM -> warm;
                case COLD -> cold;
            };
        }

        /**
         * When chunks move.
         *
         * @param freeBytesMin a tier whose disk has less free takes nothing
         */
        TierMoves.Rules rules(long freeBytesMin) {
            Map<Tier, Long> bytesMax = Map.of(Tier.HOT, hotBytesMax, Tier.WARM, warmBytesMax);
            return new TierMoves.Rules(new TierMover.Rules(bytesMax, idleAfter), interval, stepItems, freeBytesMin);
        }

        public Tiers at(Path warmDirectory, Path coldDirectory) {
            return new Tiers(
                    Optional.of(warmDirectory),
                    Optional.of(coldDirectory),
                    hotBytesMax,
                    warmBytesMax,
                    idleAfter,
                    interval,
                    stepItems);
        }
    }

    /**
     * What guards against damage to disks.
     *
     * @param checkpointInterval how old the last checkpoint may become when something has changed
     * @param checkpointCopies an existing directory on another disk for copies of checkpoints
     * @param scrubInterval from the end of a scrub to the beginning of the next; zero for none
     * @param scrubBytesPerSecond how fast a scrub may read
     * @param mirror a directory on another disk for a second copy of everything but the metadata
     * @param mirrorTimeout how long an operation there may take
     */
    public record Safety(
            Duration checkpointInterval,
            Optional<Path> checkpointCopies,
            Duration scrubInterval,
            long scrubBytesPerSecond,
            Optional<Path> mirror,
            Duration mirrorTimeout) {
        public static final Safety DEFAULT = new Safety(
                Duration.ofDays(1),
                Optional.empty(),
                Duration.ofDays(14),
                64L << 20,
                Optional.empty(),
                Duration.ofSeconds(30));

        public Safety withCheckpointCopies(Path directory) {
            return new Safety(
                    checkpointInterval,
                    Optional.of(directory),
                    scrubInterval,
                    scrubBytesPerSecond,
                    mirror,
                    mirrorTimeout);
        }

        public Safety withMirror(Path directory) {
            return new Safety(
                    checkpointInterval,
                    checkpointCopies,
                    scrubInterval,
                    scrubBytesPerSecond,
                    Optional.of(directory),
                    mirrorTimeout);
        }
    }

    /**
     * How background work is done.
     *
     * @param interval the pause between two rounds
     * @param compactBelowPercent segments whose live share is below this are rewritten, 0 to 100; 0 for never
     * @param bytesPerSecond how fast chunks may be moved when nobody waits for it
     * @param reencodeAfter how long versions stay as they arrived, before their chunks are stored in fewer bytes
     * @param chainDepthMax how many deltas may lie between a chunk and one stored whole, 1 to 16
     * @param uploadsKept after how long without a new part a multipart upload ends; zero for never
     * @param lifecycleDay the length of a day in lifecycle rules
     */
    public record Background(
            Duration interval,
            int compactBelowPercent,
            long bytesPerSecond,
            Duration reencodeAfter,
            int chainDepthMax,
            Duration uploadsKept,
            Duration lifecycleDay) {
        public static final Background DEFAULT = new Background(
                Duration.ofSeconds(30),
                60,
                64L << 20,
                Duration.ofMinutes(10),
                5,
                Duration.ofDays(7),
                LifecycleRule.DAY);
    }

    /**
     * What the engine may take of the machine's memory, in bytes.
     *
     * @param ingestBytes buffers for arriving content
     * @param prefetchBytes chunks read ahead of their readers
     * @param cacheBytes decoded chunks kept for the next reader; 0 for none
     * @param metadataBytes the metadata store's cache, outside the heap
     */
    public record Memory(long ingestBytes, int prefetchBytes, long cacheBytes, long metadataBytes) {
        public static final Memory DEFAULT = new Memory(48L << 20, 32 << 20, 64L << 20, 64L << 20);
    }

    /** Name and password of the root user. */
    public record RootUser(String name, String password) {
        @Override
        public String toString() {
            return "RootUser[" + name + "]";
        }
    }

    Upkeep.Rules upkeepRules() {
        return new Upkeep.Rules(
                background.interval,
                background.compactBelowPercent,
                background.bytesPerSecond,
                safety.checkpointInterval,
                background.reencodeAfter,
                background.chainDepthMax,
                background.uploadsKept,
                background.lifecycleDay,
                tiers.rules(freeSpaceReserveBytes));
    }

    Scrubber.Rules scrubRules() {
        return new Scrubber.Rules(safety.scrubInterval, safety.scrubBytesPerSecond);
    }

    /** The defaults for a data directory. */
    public static EngineSettings of(Path dataDirectory) {
        return new EngineSettings(
                dataDirectory,
                ChunkingParameters.DEFAULT,
                Optional.empty(),
                RetentionPolicy.of(Duration.ofDays(30)),
                256L << 20,
                Memory.DEFAULT,
                Background.DEFAULT,
                Safety.DEFAULT,
                Tiers.NONE,
                DiskCache.NONE,
                Optional.empty(),
                Encryption.NONE,
                Optional.empty());
    }

    public EngineSettings withRoot(RootUser user) {
        return changed(draft -> draft.root = Optional.of(user));
    }

    public EngineSettings withHistory(RetentionPolicy kept) {
        return changed(draft -> draft.history = kept);
    }

    public EngineSettings withSafety(Safety guards) {
        return changed(draft -> draft.safety = guards);
    }

    public EngineSettings withTiers(Tiers places) {
        return changed(draft -> draft.tiers = places);
    }

    public EngineSettings withDiskCache(DiskCache cache) {
        return changed(draft -> draft.diskCache = cache);
    }

    public EngineSettings withMetadata(Path directory) {
        return changed(draft -> draft.metadataDirectory = Optional.of(directory));
    }

    public EngineSettings withEncryption(Encryption rest) {
        return changed(draft -> draft.encryption = rest);
    }

    public EngineSettings withIo(IoEngine.Kind first) {
        return changed(draft -> draft.io = Optional.of(first));
    }

    private EngineSettings changed(Consumer<Draft> change) {
        Draft draft = new Draft(this);
        change.accept(draft);
        return new EngineSettings(
                dataDirectory,
                chunking,
                draft.root,
                draft.history,
                freeSpaceReserveBytes,
                memory,
                background,
                draft.safety,
                draft.tiers,
                draft.diskCache,
                draft.metadataDirectory,
                draft.encryption,
                draft.io);
    }

    /** What can be changed one by one. */
    private static final class Draft {
        private Optional<RootUser> root;
        private RetentionPolicy history;
        private Safety safety;
        private Tiers tiers;
        private DiskCache diskCache;
        private Optional<Path> metadataDirectory;
        private Encryption encryption;
        private Optional<IoEngine.Kind> io;

        Draft(EngineSettings settings) {
            this.root = settings.root;
            this.history = settings.history;
            this.safety = settings.safety;
            this.tiers = settings.tiers;
            this.diskCache = settings.diskCache;
            this.metadataDirectory = settings.metadataDirectory;
            this.encryption = settings.encryption;
            this.io = settings.io;
        }
    }
}
