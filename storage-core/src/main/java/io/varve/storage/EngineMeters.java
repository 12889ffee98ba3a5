package io.varve.storage;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.varve.storage.cache.MemoryCache;
import io.varve.storage.chunkstore.AheadReads;
import io.varve.storage.chunkstore.ChunkStore;
import io.varve.storage.chunkstore.IngestStatistics;
import io.varve.storage.chunkstore.ReencodingStatistics;
import io.varve.storage.chunkstore.RefusedContents;
import io.varve.storage.commit.CommitStatistics;
import io.varve.storage.delta.VersionStrategy;
import io.varve.storage.maintenance.UpkeepStatistics;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/** Shows an engine's figures as meters; their names and meaning stand in {@code docs/operations.md}. */
final class EngineMeters {
    private EngineMeters() {}

    static void bind(StorageEngine engine, MeterRegistry meters) {
        gauge(meters, "varve.files", "Current files", engine, StoreStatistics::files);
        gauge(meters, "varve.logical.bytes", "Length of all current files", engine, s -> s.logicalBytes());
        gauge(meters, "varve.history.versions", "Earlier versions still readable", engine, s -> s.historyVersions());
        gauge(meters, "varve.history.bytes", "Length of all earlier versions", engine, s -> s.historyBytes());
        gauge(meters, "varve.chunks", "Chunks in the store", engine, s -> s.chunks());
        gauge(meters, "varve.unique.bytes", "Plain bytes of all chunks", engine, s -> s.uniqueBytes());
        gauge(meters, "varve.stored.bytes", "Encoded bytes of all chunks", engine, s -> s.storedBytes());
        gauge(meters, "varve.segment.bytes", "Size of the segment files", engine, s -> s.segmentBytes());
        gauge(meters, "varve.journal.bytes", "Size of journal and checkpoints", engine, s -> s.journalBytes());
        gauge(meters, "varve.metadata.bytes", "Size of the metadata store", engine, s -> s.metadataBytes());
        gauge(meters, "varve.disk.free.bytes", "Free space on the disk", engine, s -> s.freeBytes());
        Gauge.builder("varve.metadata.disk.free.bytes", engine, EngineMeters::metadataFree)
                .description("Free space on the disk with the metadata")
                .register(meters);
        gauge(meters, "varve.damaged.chunks", "Damaged chunks not mended yet", engine, s -> s.damagedChunks());
        gauge(meters, "varve.scrub.ended.seconds", "End of the last scrub, epoch seconds", engine, s -> s.scrubbedAt());
        gauge(
                meters,
                "varve.dedup.ratio",
                "Bytes of all versions over plain bytes of all chunks",
                engine,
                s -> ratio(s.logicalBytes() + s.historyBytes(), s.uniqueBytes()));
        gauge(
                meters,
                "varve.compression.ratio",
                "Plain over encoded bytes of all chunks",
                engine,
                s -> ratio(s.uniqueBytes(), s.storedBytes()));
        Gauge.builder("varve.read.only", engine, e -> e.refusal().isPresent() ? 1 : 0)
                .description("1 if the store takes no changes")
                .register(meters);
        Gauge.builder("varve.readers.open", engine, e -> e.chunks().openReaders())
                .description("Readers of content that are open")
                .register(meters);
        Gauge.builder("varve.ingest.buffers", engine, e -> e.chunks().ingestBuffersInUse())
                .description("Buffers for arriving content in use")
                .register(meters);
        bindIngest(engine.chunks().ingestStatistics(), meters);
        bindCache(engine.chunks(), meters);
        if (engine.diskCache().cache().isPresent()) {
            DiskCacheMeters.bind(engine.diskCache(), meters);
        }
        bindCommits(engine.committer().statistics(), meters);
        bindUpkeep(engine.upkeep().statistics(), meters);
        TierMeters.bind(engine, meters);
        bindReencoding(engine.upkeep().reencodingStatistics(), meters);
        bindMirror(engine, meters);
        bindDamage(engine, meters);
        bindEncryption(engine, meters);
    }

    private static void bindMirror(StorageEngine engine, MeterRegistry meters) {
        Gauge.builder("varve.mirror.state", engine, EngineMeters::mirrorState)
                .description("0 no mirror, 1 fresh, 2 being copied to, 3 stale")
                .register(meters);
        Gauge.builder("varve.mirror.hanging.operations", engine, e -> e.mirror().hanging())
                .description("Operations on the mirror that were given up and have not come back")
                .register(meters);
        counter(
                meters,
                "varve.mirror.rescued.records",
                "Records read from the mirror",
                engine.segments(),
                s -> s.rescuedRecords());
    }

    private static void bindEncryption(StorageEngine engine, MeterRegistry meters) {
        Gauge.builder("varve.encryption.at.rest", engine, e -> e.encryptsAtRest() ? 1 : 0)
                .description("1 if what is written is encrypted")
                .register(meters);
        Gauge.builder("varve.encryption.clear.bytes", engine, e -> encrypted(e).clearBytes())
                .description("Size of segments, journal and checkpoints in clear")
                .register(meters);
        Gauge.builder("varve.encryption.sealed.bytes", engine, e -> encrypted(e).sealedBytes())
                .description("Size of segments, journal and checkpoints that are encrypted")
                .register(meters);
    }

    private static AtRest.Stored encrypted(StorageEngine engine) {
        try {
            return engine.encrypted();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void bindDamage(StorageEngine engine, MeterRegistry meters) {
        counter(meters, "varve.scrub.chunks", "Chunks a scrub verified", engine.scrubber(), s -> s.verifiedChunks());
        counter(meters, "varve.scrub.bytes", "Their plain bytes", engine.scrubber(), s -> s.verifiedBytes());
        counter(
                meters,
                "varve.damaged.chunks.healed",
                "Damaged chunks that are whole again, or gone",
                engine.chunks().damaged(),
                d -> d.healed());
        RefusedContents refused = engine.chunks().repair().refused();
        counter(
                meters,
                "varve.damaged.contents.verified",
                "Contents verified to their end because a read met damage",
                refused,
                r -> r.verified());
        counter(
                meters,
                "varve.damaged.contents.dropped",
                "Contents that were not, because too many waited",
                refused,
                r -> r.dropped());
    }

    private static int mirrorState(StorageEngine engine) {
        return engine.mirror()
                .state()
                .map(state -> switch (state) {
                    case FRESH -> 1;
                    case SYNCING -> 2;
                    case STALE -> 3;
                })
                .orElse(0);
    }

    private static void bindIngest(IngestStatistics ingest, MeterRegistry meters) {
        counter(
                meters,
                "varve.ingest.chunks.known",
                "Chunks that arrived and were there",
                ingest,
                i -> i.chunksKnown());
        counter(meters, "varve.ingest.bytes.known", "Bytes that arrived and were there", ingest, i -> i.bytesKnown());
        counter(
                meters,
                "varve.ingest.chunks.stored",
                "Chunks that arrived and were new",
                ingest,
                i -> i.chunksStored());
        counter(meters, "varve.ingest.bytes.stored", "Bytes that arrived and were new", ingest, i -> i.bytesStored());
        counter(meters, "varve.ingest.bytes.encoded", "What the new ones take on disk", ingest, i -> i.bytesEncoded());
    }

    private static void bindCommits(CommitStatistics commits, MeterRegistry meters) {
        counter(meters, "varve.commits", "Commits made durable", commits, c -> c.commits());
        counter(meters, "varve.commit.groups", "Groups they were synced in", commits, c -> c.groups());
        counter(meters, "varve.commit.failures", "Commits that could not be written", commits, c -> c.failures());
    }

    private static void bindCache(ChunkStore chunks, MeterRegistry meters) {
        MemoryCache cache = chunks.cache();
        counter(meters, "varve.cache.memory.hits", "Chunks found in memory", cache, c -> c.hits());
        counter(meters, "varve.cache.memory.misses", "Chunks not found in memory", cache, c -> c.misses());
        counter(meters, "varve.cache.memory.refused", "Chunks without a place in memory", cache, c -> c.refused());
        AheadReads ahead = chunks.ahead();
        counter(meters, "varve.cache.memory.joined", "Chunks another read brought", ahead, a -> a.joined());
        counter(meters, "varve.cache.memory.warmed.bytes", "Read after the start", ahead, a -> a.warmedBytes());
        counter(
                meters,
                "varve.cache.ranges.prefetched.bytes",
                "Read ahead of ranges",
                ahead,
                a -> a.rangesPrefetchedBytes());
        Gauge.builder("varve.cache.memory.bytes", cache, c -> c.bytes())
                .description("Memory taken by decoded chunks")
                .register(meters);
    }

    private static void bindUpkeep(UpkeepStatistics upkeep, MeterRegistry meters) {
        counter(meters, "varve.upkeep.versions.expired", "Versions history dropped", upkeep, u -> u.versionsExpired());
        counter(meters, "varve.ttl.files.deleted", "Files whose time to live ended", upkeep, u -> u.filesDeleted());
        counter(meters, "varve.ttl.bytes.deleted", "Their lengths", upkeep, u -> u.fileBytesDeleted());
        counter(meters, "varve.upkeep.chunks.freed", "Chunks nobody referred to", upkeep, u -> u.chunksFreed());
        counter(meters, "varve.upkeep.bytes.freed", "What those took on disk", upkeep, u -> u.bytesFreed());
        counter(meters, "varve.upkeep.bytes.moved", "Live bytes moved to empty segments", upkeep, u -> u.bytesMoved());
        counter(meters, "varve.upkeep.segments.deleted", "Segments deleted", upkeep, u -> u.segmentsDeleted());
    }

    private static void bindReencoding(ReencodingStatistics done, MeterRegistry meters) {
        String chunks = "varve.reencode.chunks";
        String help = "Chunks stored in another form";
        tagged(meters, chunks, help, Tags.of("encoding", "delta"), done, d -> d.deltas());
        tagged(meters, chunks, help, Tags.of("encoding", "frame"), done, d -> d.framed());
        tagged(meters, chunks, help, Tags.of("encoding", "alone"), done, d -> d.tightened());
        counter(meters, "varve.reencode.frames", "Frames of several chunks written", done, d -> d.frames());
        counter(meters, "varve.reencode.bases.freed", "Chunks that only deltas held, freed", done, d -> d.basesFreed());
        counter(meters, "varve.reencode.bytes.read", "Plain bytes read for it", done, d -> d.bytesRead());
        counter(meters, "varve.reencode.bytes.before", "What those chunks took before", done, d -> d.bytesBefore());
        counter(meters, "varve.reencode.bytes.after", "What they take since", done, d -> d.bytesAfter());
        counter(meters, "varve.delta.tries", "Pairs of chunks whose difference was made", done, d -> d.tries());
        for (VersionStrategy strategy : VersionStrategy.values()) {
            Tags tags = Tags.of("strategy", strategy.name().toLowerCase(Locale.ROOT));
            tagged(
                    meters,
                    "varve.delta.stretches",
                    "Stretches of versions by how their new chunks were stored",
                    tags,
                    done,
                    d -> d.stretches(strategy));
        }
        for (int depth = 1; depth <= ReencodingStatistics.DEPTH_MAX; depth++) {
            int each = depth;
            Tags tags = Tags.of("depth", Integer.toString(depth));
            tagged(
                    meters,
                    "varve.delta.depths",
                    "Deltas by their depth in the chain when they were made",
                    tags,
                    done,
                    d -> d.deltasOfDepth(each));
        }
    }

    private static <T> void tagged(
            MeterRegistry meters, String name, String description, Tags tags, T source, ToDoubleFunction<T> figure) {
        FunctionCounter.builder(name, source, figure)
                .description(description)
                .tags(tags)
                .register(meters);
    }

    private static void gauge(
            MeterRegistry meters,
            String name,
            String description,
            StorageEngine engine,
            ToDoubleFunction<StoreStatistics> figure) {
        Gauge.builder(name, engine, e -> read(e, figure))
                .description(description)
                .register(meters);
    }

    private static double metadataFree(StorageEngine engine) {
        try {
            return engine.metadataFreeBytes();
        } catch (IOException e) {
            return Double.NaN;
        }
    }

    private static <T> void counter(
            MeterRegistry meters, String name, String description, T source, ToDoubleFunction<T> figure) {
        FunctionCounter.builder(name, source, figure).description(description).register(meters);
    }

    private static double read(StorageEngine engine, ToDoubleFunction<StoreStatistics> figure) {
        try {
            return figure.applyAsDouble(engine.statistics());
        } catch (IOException e) {
            // A scrape while the store closes: no figure is better than a wrong one.
            return Double.NaN;
        }
    }

    private static double ratio(long numerator, long denominator) {
        return denominator == 0 ? 1 : (double) numerator / denominator;
    }
}
