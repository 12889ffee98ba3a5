package io.varve.storage.chunkstore;

import io.varve.storage.cache.MemoryCache;
import io.varve.storage.chunking.Chunker;
import io.varve.storage.chunking.ChunkingParameters;
import io.varve.storage.commit.Commit;
import io.varve.storage.commit.Committer;
import io.varve.storage.commit.TailCheck;
import io.varve.storage.delta.ChainRules;
import io.varve.storage.fingerprint.Fingerprint;
import io.varve.storage.metadata.Cursor;
import io.varve.storage.metadata.Family;
import io.varve.storage.metadata.MetadataView;
import io.varve.storage.segment.SegmentStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * Content in, content out: deduplicated, compressed, counted and verified. Thread-safe.
 *
 * <p>Writing: {@link #write} cuts a stream into chunks, stores those the store has not, and gives {@link StagedContent} that a
 * transaction {@linkplain StagedContent#publish publishes} together with a name. Referring: {@link #retain} and {@link #release}
 * stage changes of reference counts into a transaction. Reading: {@link #read} under a read lease.
 *
 * <p>Invariant: a chunk's count is the number of content roots, manifest pages, ingest leases and deltas that hold it; it changes
 * in transactions only. A chunk is freed by {@link ChunkCollector} alone.
 */
public final class ChunkStore {
    /** Chunks that a scrub chooses at once: some 20 MB of fingerprints and addresses. */
    private static final int SCRUB_WINDOW_CHUNKS = 200_000;

    private final Committer committer;
    private final SegmentStore segments;
    private final ChunkingParameters chunking;
    private final ChunkLeases leases = new ChunkLeases();
    private final ReadLeases readers = new ReadLeases();
    private final IngestStatistics ingest = new IngestStatistics();
    private final DamagedChunks damaged;
    private final ChunkRepair repair;
    private final ChunkPreparer preparer;
    private final ChunkPublisher publisher;
    private final MemoryCache cache;
    private final DecodedChunks disk;
    private final AccessTimes accesses;
    private final ChunkReader reader;

    /** For background work, which is nobody's reading. */
    private final ChunkReader unnoted;

    /** For who wants to know what the disk holds. */
    private final ChunkReader uncached;

    private final SlabPool slabs;
    private final Semaphore prefetchBudget;
    private final AheadReads ahead;
    private final AtomicLong nextLease = new AtomicLong();

    /**
     * How much memory content may take on its way, and how much of the disk's time.
     *
     * @param ingestBytes buffers for arriving content
     * @param prefetchBytes chunks read ahead of their consumers
     * @param cacheBytes decoded chunks kept for the next reader; 0 for none
     * @param verifyBytesPerSecond how fast the rest of a content is verified in the background when a read met damage in it
     */
    public record Limits(long ingestBytes, int prefetchBytes, long cacheBytes, long verifyBytesPerSecond) {}

    /** @param disk decoded chunks on disk, which the caller closes after this store's last reader */
    public ChunkStore(
            Committer committer, SegmentStore segments, ChunkingParameters chunking, Limits limits, DecodedChunks disk)
            throws IOException {
        this.disk = disk;
        this.committer = committer;
        this.segments = segments;
        segments.beginAfter(SegmentIds.highest(committer.view()));
        this.chunking = chunking;
        this.damaged = DamagedChunks.load(committer);
        this.publisher = new ChunkPublisher(segments, leases, damaged);
        this.cache = MemoryCache.of(limits.cacheBytes(), chunking.maxBytes());
        this.preparer = new ChunkPreparer(committer.view(), leases, damaged, ingest, cache);
        ChunkReader verifying = pastCaches(ignored -> {});
        this.repair = new ChunkRepair(
                committer, segments, preparer, publisher, cache, damaged, verifying, limits.verifyBytesPerSecond());
        this.accesses = new AccessTimes(committer, segments, cache);
        SharedReads reads = new SharedReads();
        Optional<SharedReads> shared = Optional.of(reads);
        this.reader = new ChunkReader(committer.view(), segments, cache, disk, shared, repair::suspect, accesses::note);
        this.unnoted = new ChunkReader(
                committer.view(), segments, cache, DecodedChunks.none(), shared, repair::suspect, ignored -> {});
        this.uncached = pastCaches(repair::suspect);
        this.slabs = new SlabPool(Math.max(1 << 20, 2 * chunking.maxBytes()), limits.ingestBytes());
        this.prefetchBudget = new Semaphore(limits.prefetchBytes());
        this.ahead = new AheadReads(reader.ahead(), committer.view(), cache, reads, prefetchBudget);
        this.nextLease.set(committer.publishedSequence());
    }

    private ChunkReader pastCaches(Consumer<Collection<Fingerprint>> suspects) {
        return ChunkReader.pastCaches(committer.view(), segments, suspects);
    }

    /**
     * Begins new content.
     *
     * @param room asked whenever the content has outgrown its buffer; refuses by an exception that the writer passes on
     */
    public ContentWriter write(ContentHints hints, Runnable room) {
        IngestLease lease = newLease();
        return new ContentWriter(new ChunkPipeline(preparer, lease), slabs, Chunker.of(chunking), hints, room);
    }

    /**
     * Joins contents into one by reference: no byte is moved. The parts must be held by somebody until the result is published.
     */
    public StagedContent join(List<Content> parts) throws IOException {
        IngestLease lease = newLease();
        ChunkPipeline pipeline = new ChunkPipeline(preparer, lease);
        try {
            lease.joins();
            for (Content part : parts) {
                pipeline.acceptStored(part.children());
            }
            return pipeline.finish();
        } catch (IOException | RuntimeException | Error e) {
            pipeline.abandon();
            throw e;
        }
    }

    /**
     * Makes content of a range of other content by reference; only the cut-off ends of the chunks at its edges are stored anew.
     *
     * @param source held by a {@link ReadLease} of the caller's until the result is published or closed
     * @param offset the first byte
     * @param length how many bytes; the range must lie within the source
     * @param hints what is known of the source
     */
    public StagedContent slice(Content source, long offset, long length, ContentHints hints) throws IOException {
        Objects.checkFromIndexSize(offset, length, source.length());
        IngestLease lease = newLease();
        ChunkPipeline pipeline = new ChunkPipeline(preparer, lease);
        try {
            lease.joins();
            new ContentSlice(this, reader, pipeline, hints, offset, offset + length).take(source.children(), 0);
            return pipeline.finish();
        } catch (IOException | RuntimeException | Error e) {
            pipeline.abandon();
            throw e;
        }
    }

    /**
     * Begins content that is other content with new bytes from an offset on.
     *
     * @param lease taken before the content was found; the splice closes it
     * @param offset the first byte that is replaced or added, 0 to the length of the content
     * @param room as for {@link #write}
     */
    public ContentSplice splice(ReadLease lease, Content content, long offset, ContentHints hints, Runnable room)
            throws IOException {
        Objects.checkIndex(offset, content.length() + 1);
        IngestLease ingest = newLease();
        ContentWriter writer =
                new ContentWriter(new ChunkPipeline(preparer, ingest), slabs, Chunker.of(chunking), hints, room);
        try {
            ingest.joins();
            return new ContentSplice(this, reader, lease, content, offset, writer);
        } catch (IOException | RuntimeException | Error e) {
            writer.close();
            throw e;
        }
    }

    /**
     * Takes hold of the present state for reading. Whoever then finds a content in the metadata may open it as long as the lease
     * is held.
     */
    public ReadLease lease() {
        return new ReadLease(readers, committer.publishedSequence());
    }

    /**
     * Opens a range of content.
     *
     * @param lease taken before the content was found; the reader closes it
     */
    public ContentReader read(ReadLease lease, Content content, long offset, long length) {
        if (offset == 0 && length == content.length()) {
            return open(reader, content, offset, length, ignored -> lease.close());
        }
        RangePrefetch.Run run = ahead.ranges().begin(content, offset);
        return open(reader, content, offset, length, whole -> {
            lease.close();
            ahead.ranges().ended(run, content, offset, offset + length, whole);
        });
    }

    /** Opens all of a content past every cache, as it lies on the disk; it counts as read by nobody. */
    public ContentReader readFromDisk(ReadLease lease, Content content) {
        return open(uncached, content, 0, content.length(), ignored -> lease.close());
    }

    private ContentReader open(
            ChunkReader from, Content content, long offset, long length, ContentReader.Ending onClose) {
        Runnable onDamage = () -> repair.refused().offer(content);
        return new ContentReader(from, content, offset, length, prefetchBudget, onDamage, onClose);
    }

    /** Stages one more reference on a content that somebody holds in the state the transaction sees. */
    public void retain(Commit commit, Content content) {
        ReferenceChanges changes = new ReferenceChanges();
        changes.add(content.children(), 1);
        changes.stage(commit);
    }

    /** Stages the loss of one reference on a content. */
    public void release(Commit commit, Content content) {
        ReferenceChanges changes = new ReferenceChanges();
        changes.add(content.children(), -1);
        changes.stage(commit);
    }

    /** Reads a manifest page. */
    public List<ManifestChild> page(Fingerprint page) throws IOException {
        return ManifestPage.decode(ByteBuffer.wrap(unnoted.read(page)), ManifestPage.CHILDREN_MAX);
    }

    /** The chunks of a content that somebody holds, in its order; pages are none of them. */
    public List<Fingerprint> chunks(Content content) throws IOException {
        List<Fingerprint> chunks = new ArrayList<>();
        LeafWalker leaves = new LeafWalker(unnoted, content, 0);
        while (leaves.advance()) {
            chunks.add(leaves.next().fingerprint());
        }
        return chunks;
    }

    /** The collector that frees what nobody refers to. */
    public ChunkCollector collector() {
        return new ChunkCollector(committer, segments, leases, readers, this);
    }

    /** How many chunks lost a reference since they were last looked at. */
    public long candidates() throws IOException {
        long candidates = 0;
        try (Cursor cursor = committer.view().scan(Family.CANDIDATES, new byte[0], null)) {
            while (cursor.next()) {
                candidates++;
            }
        }
        return candidates;
    }

    /** What a collection would free now. */
    public GarbageEstimate garbage() throws IOException {
        return GarbageEstimate.of(committer.view(), this);
    }

    /** What is known to be damaged. */
    public DamagedChunks damaged() {
        return damaged;
    }

    /** Verifies and mends chunks; the caller closes it before the store's other parts. */
    public ChunkRepair repair() {
        return repair;
    }

    /**
     * A walk over all chunks.
     *
     * @param from {@link ChunkScrub#START}, or an earlier walk's position
     */
    public ChunkScrub scrub(int from) {
        return new ChunkScrub(committer.view(), from, SCRUB_WINDOW_CHUNKS);
    }

    /** The compactor that gives back the space of freed chunks. */
    public Compactor compactor() {
        return new Compactor(committer, segments, damaged);
    }

    /** The mover of chunks between tiers. */
    public TierMover tierMover() {
        return new TierMover(committer, segments, accesses, unnoted);
    }

    /** When chunks were read. */
    AccessTimes accesses() {
        return accesses;
    }

    /**
     * The re-encoder that stores what stays in fewer bytes.
     *
     * @param depthMax how many deltas may lie between a chunk and one stored whole, 1 to 16
     */
    public Reencoder reencoder(int depthMax) {
        long pageBytesSure = (long) ManifestPage.CHILDREN_MAX * chunking.maxBytes();
        return new Reencoder(this, committer, segments, unnoted, new ChainRules(depthMax), pageBytesSure);
    }

    /** Gives up what ingests of an earlier run held, in bounded steps. Called once, before the first ingest. */
    public long undoAbandonedIngests() throws IOException {
        long undone = 0;
        while (true) {
            int step = committer.commit(ChunkStore::undoSomeLeases);
            if (step == 0) {
                return undone;
            }
            undone += step;
        }
    }

    private static int undoSomeLeases(Commit commit) throws IOException {
        List<byte[]> rows = new ArrayList<>();
        ReferenceChanges changes = new ReferenceChanges();
        try (Cursor cursor = commit.scan(Family.LEASES, new byte[0], null)) {
            while (rows.size() < 1000 && cursor.next()) {
                rows.add(cursor.key());
                changes.add(
                        ChunkKeys.fingerprint(cursor.key()),
                        -ByteBuffer.wrap(cursor.value()).getInt());
            }
        }
        rows.forEach(row -> commit.delete(Family.LEASES, row));
        changes.stage(commit);
        return rows.size();
    }

    private IngestLease newLease() {
        return new IngestLease(nextLease.incrementAndGet(), publisher, segments.lease(), committer);
    }

    /** What came in since the store was opened. */
    public IngestStatistics ingestStatistics() {
        return ingest;
    }

    /** Decoded chunks in memory. */
    public MemoryCache cache() {
        return cache;
    }

    /** What is read before somebody waits for it. */
    public AheadReads ahead() {
        return ahead;
    }

    /** Decoded chunks on disk. */
    DecodedChunks disk() {
        return disk;
    }

    /** Readers that are open now. */
    public int openReaders() {
        return readers.size();
    }

    /** Ingest buffers in use now. */
    public int ingestBuffersInUse() {
        return slabs.inUse();
    }

    /** Chunks that ingests under way hold in memory. */
    public int leasedChunks() {
        return leases.size();
    }

    /**
     * Answers what recovery asks about the chunks on the disk.
     *
     * @param segments the segments as the crash left them
     */
    public static TailCheck tailCheck(SegmentStore segments) {
        return new ChunkPresence.Check(segments);
    }

    MetadataView view() {
        return committer.view();
    }
}
