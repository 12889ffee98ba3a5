package io.varve.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.varve.storage.chunkstore.ChunkAudit;
import io.varve.storage.chunkstore.ChunkCollector;
import io.varve.storage.chunkstore.Compaction;
import io.varve.storage.chunkstore.Compactor;
import io.varve.storage.chunkstore.ContentHints;
import io.varve.storage.chunkstore.ContentReader;
import io.varve.storage.chunkstore.ContentWriter;
import io.varve.storage.chunkstore.Rebaser;
import io.varve.storage.chunkstore.Reencoder;
import io.varve.storage.chunkstore.SegmentUse;
import io.varve.storage.chunkstore.StagedContent;
import io.varve.storage.chunkstore.TierMover;
import io.varve.storage.delta.ChainRules;
import io.varve.storage.io.DeviceDirectory;
import io.varve.storage.io.MemoryDeviceDirectory;
import io.varve.storage.maintenance.DamageList;
import io.varve.storage.maintenance.Scrubber;
import io.varve.storage.maintenance.StoreCheck;
import io.varve.storage.maintenance.TierMoves;
import io.varve.storage.metadata.MemoryMetadataStore;
import io.varve.storage.metadata.MetadataSnapshot;
import io.varve.storage.namespace.Entry;
import io.varve.storage.namespace.EntryPath;
import io.varve.storage.namespace.Expiry;
import io.varve.storage.namespace.PutRequest;
import io.varve.storage.namespace.PutResult;
import io.varve.storage.namespace.RetentionPolicy;
import io.varve.storage.namespace.TtlSweep;
import io.varve.storage.namespace.WriteOptions;
import io.varve.storage.sealing.Sealing;
import io.varve.storage.segment.SegmentPlaces;
import io.varve.storage.segment.SegmentStore;
import io.varve.storage.segment.Tier;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/** A store for tests, and what they do with it: put and read, and each job of background work in steps of its own. */
public final class StoreFixture extends StoreParts {
    private final ChunkCollector collector;
    private final Compactor compactor;
    private final Reencoder reencoder;
    private final Rebaser rebaser;
    private final Scrubber scrubber;
    private final TtlSweep sweep;

    /** A store in memory that keeps history for thirty days, with a bucket of the name {@code bucket}. */
    public static StoreFixture withBucket() throws IOException {
        StoreFixture store = new StoreFixture(
                new MemoryDeviceDirectory(),
                new MemoryDeviceDirectory(),
                RetentionPolicy.of(Duration.ofDays(30)),
                Instant.parse("2026-01-01T00:00:30Z"));
        store.namespace().createBucket("bucket", "tester");
        return store;
    }

    public StoreFixture(DeviceDirectory journalFiles, DeviceDirectory segmentFiles, boolean keepsHistory, Instant now)
            throws IOException {
        this(journalFiles, segmentFiles, Optional.empty(), keepsHistory, now);
    }

    /** @param sealing whether what is written is encrypted */
    public StoreFixture(
            DeviceDirectory journalFiles,
            DeviceDirectory segmentFiles,
            boolean keepsHistory,
            Instant now,
            Sealing sealing)
            throws IOException {
        this(
                journalFiles,
                SegmentPlaces.of(segmentFiles),
                Optional.empty(),
                keepsHistory ? RetentionPolicy.of(Duration.ofDays(30)) : RetentionPolicy.NONE,
                now,
                sealing);
    }

    /** @param segmentMirror where second copies of segments are */
    public StoreFixture(
            DeviceDirectory journalFiles,
            DeviceDirectory segmentFiles,
            Optional<DeviceDirectory> segmentMirror,
            boolean keepsHistory,
            Instant now)
            throws IOException {
        this(
                journalFiles,
                SegmentPlaces.of(segmentFiles),
                segmentMirror,
                keepsHistory ? RetentionPolicy.of(Duration.ofDays(30)) : RetentionPolicy.NONE,
                now);
    }

    public StoreFixture(
            DeviceDirectory journalFiles, DeviceDirectory segmentFiles, RetentionPolicy retention, Instant now)
            throws IOException {
        this(journalFiles, SegmentPlaces.of(segmentFiles), Optional.empty(), retention, now);
    }

    /** A store with several tiers that keeps history. */
    public StoreFixture(
            DeviceDirectory journalFiles, SegmentPlaces places, Optional<DeviceDirectory> segmentMirror, Instant now)
            throws IOException {
        this(journalFiles, places, segmentMirror, RetentionPolicy.of(Duration.ofDays(30)), now);
    }

    private StoreFixture(
            DeviceDirectory journalFiles,
            SegmentPlaces places,
            Optional<DeviceDirectory> segmentMirror,
            RetentionPolicy retention,
            Instant now)
            throws IOException {
        this(journalFiles, places, segmentMirror, retention, now, Sealing.NONE);
    }

    private StoreFixture(
            DeviceDirectory journalFiles,
            SegmentPlaces places,
            Optional<DeviceDirectory> segmentMirror,
            RetentionPolicy retention,
            Instant now,
            Sealing sealing)
            throws IOException {
        super(journalFiles, places, segmentMirror, retention, now, sealing);
        this.sweep = namespace.ttl().sweep();
        this.collector = chunks.collector();
        this.compactor = chunks.compactor();
        this.reencoder = chunks.reencoder(ChainRules.DEFAULT.depthMax());
        this.rebaser = reencoder.rebaser();
        this.scrubber = new Scrubber(
                committer,
                chunks,
                segments,
                this::now,
                this::recount,
                new Scrubber.Rules(Duration.ZERO, Long.MAX_VALUE >> 32));
    }

    private StoreCheck.Recount recount() throws IOException {
        try (SegmentStore.Hold hold = segments.hold();
                MetadataSnapshot state = metadata.snapshot();
                MemoryMetadataStore scratch = new MemoryMetadataStore()) {
            hold.reduceToPresent();
            return new StoreCheck(state, scratch, new ChunkAudit(state, segments)).recount();
        }
    }

    public Scrubber scrubber() {
        return scrubber;
    }

    /** What is damaged, by name. */
    public DamageList damageList() throws IOException {
        return DamageList.of(metadata, segments, chunks.damaged().all());
    }

    /** Stages content. */
    public StagedContent stage(byte[] bytes) throws IOException {
        try (ContentWriter writer = namespace.write(ContentHints.NONE)) {
            writer.write(bytes);
            return writer.finish();
        }
    }

    /** Stores a file by S3's rules. */
    public PutResult put(EntryPath path, byte[] bytes) throws IOException {
        return put(path, bytes, WriteOptions.keys("tester"));
    }

    public PutResult put(EntryPath path, byte[] bytes, WriteOptions options) throws IOException {
        try (StagedContent content = stage(bytes)) {
            return namespace.put(path, content, PutRequest.ofType("application/octet-stream"), options);
        }
    }

    public byte[] read(Entry entry) throws IOException {
        try (ContentReader reader = namespace.read(entry, 0, entry.size())) {
            return reader.readAllBytes();
        }
    }

    public byte[] read(EntryPath path) throws IOException {
        return read(namespace.find(path).orElseThrow());
    }

    /** Drops all history and frees whatever can be. */
    public void settle() throws IOException {
        settleChunksOnly();
        segments.seal();
        collector.deleteEmptySegments();
    }

    /** Drops all history and frees chunks, but leaves segments alone. */
    public void settleChunksOnly() throws IOException {
        namespace.tidy();
        expire(true);
        long freed;
        do {
            freed = 0;
            ChunkCollector.Step step;
            do {
                step = collector.step(50);
                freed += step.chunks();
            } while (!step.finished());
        } while (freed > 0);
    }

    /** Deletes files whose time to live has ended, in one round; gives how many. */
    public long sweep() throws IOException {
        sweep.begin(false);
        long files = 0;
        TtlSweep.Step step;
        do {
            step = sweep.step();
            files += step.files();
        } while (!step.finished());
        return files;
    }

    /** Ends what history no longer keeps, in small steps; gives how many versions that were. */
    public long expire(boolean everything) throws IOException {
        Expiry expiry = namespace.retention().expiry(everything);
        long versions = 0;
        Expiry.Step step;
        do {
            step = expiry.step(7);
            versions += step.versions();
        } while (!step.finished());
        return versions;
    }

    /** Frees some of what nobody refers to, as a round of background work does. */
    public void collectSome() throws IOException {
        collector.step(50);
    }

    /** Moves what lives in segments that are less than so full elsewhere, and deletes what is empty then. */
    public long compact(int livePercentMax) throws IOException {
        segments.seal();
        long moved = 0;
        for (SegmentUse victim : compactor.plan(livePercentMax)) {
            Optional<Compaction> begun = compactor.begin(victim);
            if (begun.isPresent()) {
                moved += empty(victim, begun.get());
                collector.deleteEmptySegments();
            }
        }
        return moved;
    }

    private long empty(SegmentUse victim, Compaction begun) throws IOException {
        long moved = 0;
        try (begun) {
            Compaction.Step step;
            do {
                step = begun.step();
                moved += step.bytes();
            } while (!step.finished());
            compactor.end(victim);
        }
        return moved;
    }

    /**
     * Stores what waits in fewer bytes, in so many steps at most.
     *
     * @return whether nothing waits any more
     */
    public boolean reencode(int steps) throws IOException {
        for (int i = 0; i < steps; i++) {
            if (reencoder.step(Long.MAX_VALUE).finished()) {
                return true;
            }
        }
        return false;
    }

    /** The job that moves chunks between tiers. */
    public TierMoves tiers(Map<Tier, Long> bytesMax, Duration idleAfter, int stepItems) {
        TierMover.Rules due = new TierMover.Rules(bytesMax, idleAfter);
        return new TierMoves(
                chunks.tierMover(), segments, this::now, new TierMoves.Rules(due, Duration.ofHours(1), stepItems, 0));
    }

    /** Moves what is due, and deletes what that empties. */
    public TierMoves.Report move(TierMoves tiers) throws IOException {
        TierMoves.Report report = tiers.run((begun, bytes) -> true);
        collector.deleteEmptySegments();
        return report;
    }

    /** Frees chunks that only deltas hold, as far as one walk does; gives what it saves. */
    public long rebase() throws IOException {
        long saved = 0;
        Rebaser.Step step;
        rebaser.restart();
        do {
            step = rebaser.step();
            saved += step.bytesSaved();
        } while (!step.finished());
        return saved;
    }

    public Reencoder reencoder() {
        return reencoder;
    }

    /** Writes a checkpoint, and removes what it makes superfluous. */
    public void checkpoint() throws IOException {
        metadataCheckpoints().write();
    }

    /** Recounts every reference and reads every chunk. */
    public void requireClean() throws IOException {
        try (MemoryMetadataStore scratch = new MemoryMetadataStore()) {
            StoreCheck.Report report = new StoreCheck(metadata, scratch, new ChunkAudit(metadata, segments)).run();
            assertThat(report.findings()).isEmpty();
        }
    }
}
