package io.varve.storage.segment;

import io.varve.storage.fingerprint.Fingerprint;
import io.varve.storage.io.CorruptionException;
import io.varve.storage.io.DeviceDirectory;
import io.varve.storage.sealing.FileStart;
import io.varve.storage.sealing.Sealing;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;

/**
 * All segments of a store.
 *
 * <p><b>Writing.</b> Records are appended through a {@link SegmentLease}. A group of commits then calls {@link #flush}, drops what is
 * not {@link #isIntact}, and calls {@link #sync}: only then may an answer go out. One segment is open at a time and begins with the
 * first append; a restart never goes on with an old one, so whatever a crash left at its end stays as it is.
 *
 * <p><b>A synced block is never written again.</b> The records between two flushes are a sync group: packed tightly, and filled up with
 * zeros to a whole block.
 *
 * <p><b>A failed write</b> (a full disk, say) hurts only records that were not flushed: the segment ends before them and the next append
 * begins a new one. <b>A failed sync</b> is final, because nobody can tell what is on the disk: {@code append}, {@code flush} and
 * {@code sync} then throw {@link java.io.SyncFailedException} until a restart. Reads go on in both cases.
 *
 * <p>Safe for any number of threads, virtual or not; an interrupt harms nothing but a wait for read memory.
 */
public final class SegmentStore implements Closeable {

    private final SegmentPlaces places;
    private final Optional<MirrorSegments> mirror;
    private final SegmentOptions options;
    private final SegmentCatalog catalog;
    private final SegmentCounters counters = new SegmentCounters();
    private final SegmentPins pins = new SegmentPins();
    private final ReadBuffers buffers;
    private final ReadHandles handles;
    private final SegmentKeys keys;
    private final SegmentScans scans;
    private final SegmentWriters writers;
    private final SegmentReader reader;

    private SegmentStore(
            SegmentPlaces places,
            UUID storeId,
            SegmentOptions options,
            SegmentCatalog catalog,
            Optional<DeviceDirectory> mirrored,
            Sealing sealing) {
        this.places = places;
        this.mirror = mirrored.map(MirrorSegments::new);
        this.options = options;
        this.catalog = catalog;
        RecordFormat format = new RecordFormat(storeId);
        this.buffers = new ReadBuffers(options.readBufferBytes(), options.patience());
        this.handles = new ReadHandles(places.directory(), catalog, options.openFiles(), counters);
        this.keys = new SegmentKeys(sealing, storeId, handles, mirror);
        this.scans = new SegmentScans(storeId, format, keys, buffers, options);
        this.writers = new SegmentWriters(
                places,
                catalog,
                options,
                (tier, ofTier, nextId) -> new SegmentWriter(
                        tier, nextId, places.directory(tier), ofTier, catalog, handles, counters, keys));
        this.reader = new SegmentReader(format, handles, buffers, counters, mirror, keys);
    }

    /**
     * Opens the segments of a directory, whose sole user this is.
     *
     * @throws IOException if the directory cannot be read, or holds segments of another store or of a newer format
     */
    public static SegmentStore open(DeviceDirectory directory, UUID storeId, SegmentOptions options)
            throws IOException {
        return open(SegmentPlaces.of(directory), storeId, options, Optional.empty(), Sealing.NONE);
    }

    /**
     * Opens the segments of all tiers, whose sole user this is.
     *
     * @param mirrored a directory with second copies, for records that do not verify in the first
     * @param sealing whether new segments are sealed, and what opens those that are; a write buffer then takes two blocks at least
     * @throws IOException as the other does
     */
    public static SegmentStore open(
            SegmentPlaces places,
            UUID storeId,
            SegmentOptions options,
            Optional<DeviceDirectory> mirrored,
            Sealing sealing)
            throws IOException {
        if (sealing.on() && options.writeBufferBytes() < FileStart.endMax()) {
            throw new IllegalArgumentException("A sealed segment's header does not fit into a write buffer.");
        }
        return new SegmentStore(places, storeId, options, SegmentCatalog.of(places, storeId), mirrored, sealing);
    }

    /** Gives new segments ids behind this one, and behind all that are there. Called before anything is appended. */
    public void beginAfter(int id) {
        writers.beginAfter(id);
    }

    /** A new lease to append with, to the hot tier. */
    public SegmentLease lease() {
        return lease(Tier.HOT);
    }

    /** A new lease to append with to a tier, one of {@link #tiers}. What is appended to a slower one is to be {@linkplain #persist persisted}. */
    public SegmentLease lease(Tier tier) {
        return new SegmentLease(this, pins, tier);
    }

    /**
     * Makes durable what was appended to a tier; a commit may name it only then. Groups of commits do that for the hot tier, where this
     * does nothing. A sync that fails here ends the writing of that tier until a restart, and of no other.
     *
     * @throws io.varve.storage.io.NoSpaceException if the tier's disk is full
     * @throws IOException if it fails otherwise; nothing that was appended since the last call counts then
     */
    public void persist(Tier tier) throws IOException {
        if (tier != Tier.HOT) {
            writers.of(tier).flush();
            writers.of(tier).sync();
        }
    }

    /** The tiers there are, the hot one first. */
    public List<Tier> tiers() {
        return places.tiers();
    }

    /**
     * The tier a segment lies in.
     *
     * @throws SegmentMissingException if there is none
     */
    public Tier tier(int segment) throws SegmentMissingException {
        return catalog.tier(segment);
    }

    /** The bytes that may still be written to a tier, as its file system estimates them. */
    public long usableBytes(Tier tier) throws IOException {
        return places.directory(tier).usableBytes();
    }

    /**
     * Writes everything that was appended before to the disk.
     *
     * <p>When a write has failed since the last call, the remaining ones are done all the same, and this throws once for it; then
     * {@link #isIntact} says which records are lost, and the others may go on to {@link #sync}.
     *
     * @throws io.varve.storage.io.NoSpaceException if a write failed because the disk is full; names the segment
     * @throws java.io.SyncFailedException if a sync has failed before
     * @throws IOException if a write failed for another reason; names the segment
     */
    public void flush() throws IOException {
        writers.hot().flush();
    }

    /** Whether anything was flushed that is not durable: else {@link #sync} has nothing to do. */
    public boolean needsSync() {
        return writers.hot().needsSync();
    }

    /**
     * Makes everything durable that was flushed before, and the names of new files. Never tried again after a failure.
     *
     * @throws IOException if that failed, now or before
     */
    public void sync() throws IOException {
        writers.hot().sync();
    }

    /** Whether the record, which was appended and flushed, is on the disk: false if its write failed. */
    public boolean isIntact(SegmentAddress address) {
        return writers.isIntact(address);
    }

    /**
     * Ends the open segments and makes them durable; the next append begins a new one.
     *
     * @throws IOException as {@link #sync}
     */
    public void seal() throws IOException {
        writers.seal();
    }

    /**
     * Reads a record and verifies it, also one that is not flushed yet.
     *
     * @param expected the chunk that must be there
     * @throws SegmentMissingException if its segment is gone: look the place up again
     * @throws CorruptionException if what is there does not verify; names segment and offset
     * @throws java.io.InterruptedIOException if the thread is interrupted while it waits for memory
     * @throws IOException if the disk fails, or no memory came free in time
     */
    public StoredChunk read(SegmentAddress address, Fingerprint expected) throws IOException {
        return switch (readMany(List.of(new ChunkLocation(expected, address))).getFirst()) {
            case StoredChunk chunk -> chunk;
            case UnreadableChunk unreadable -> throw unreadable.cause();
        };
    }

    /**
     * Reads several records as one batch. Those that cannot be read do not disturb the others.
     *
     * @return the outcomes in the order of the locations; every {@link StoredChunk} is to be closed
     * @throws IOException if no memory came free in time, or the wait was interrupted; then nothing is to be closed
     * @throws IllegalArgumentException if the batch needs more memory than all reads together may take; a batch whose records
     *     are together at most a quarter of {@link SegmentOptions#readBufferBytes} is a good one
     */
    public List<ChunkRead> readMany(List<ChunkLocation> locations) throws IOException {
        for (ChunkLocation location : locations) {
            SegmentAddress address = location.address();
            if (address.storedLength() > options.payloadBytesMax() + RecordFormat.OVERHEAD) {
                throw new CorruptionException("No record is as long as this address says: " + address + ".");
            }
            writers.awaitWritten(address.segment(), address.end());
        }
        return reader.read(locations);
    }

    /**
     * Begins to walk through a segment's records.
     *
     * @throws SegmentMissingException if there is no such segment
     */
    public SegmentScan scan(int segment) throws IOException {
        return scans.of(segment, handles.acquire(segment), writers);
    }

    /** Segments for which the mirror had to stand in since they were last mended, and that are closed. */
    public List<Integer> toBeMended() {
        return mirror.isEmpty()
                ? List.of()
                : mirror.get().damaged().stream()
                        .filter(segment -> !isOpen(segment))
                        .toList();
    }

    /** How many records were read from the mirror because they did not verify here. */
    public long rescuedRecords() {
        return mirror.map(MirrorSegments::rescued).orElse(0L);
    }

    /**
     * Makes a good copy of a closed segment out of its two, and puts it in the first one's place. Reads go on; the name changes hands when
     * none is under way.
     *
     * @return how many records came from the mirror
     * @throws IOException if it could not be written; the segment is then as before
     */
    public int mend(int segment) throws IOException {
        if (mirror.isEmpty() || isOpen(segment)) {
            return 0;
        }
        // A copy is made where the segment lies; one that is lost comes back to the hot tier.
        DeviceDirectory directory =
                catalog.contains(segment) ? places.directory(catalog.tier(segment)) : places.directory();
        SegmentMending mending = new SegmentMending(directory, mirror.get().directory(), segment);
        Optional<SegmentMending.Mended> mended = mending.write(device -> scans.of(segment, device));
        if (mended.isPresent()) {
            handles.replace(segment, mended.get().name());
            directory.sync();
            String name = SegmentNames.name(segment);
            catalog.add(segment, places.tierOf(name), directory.size(name));
            counters.mendings.increment();
        }
        mirror.get().damaged().remove(segment);
        return mended.map(SegmentMending.Mended::records).orElse(0);
    }

    /** How often a segment was mended since the store was opened. */
    public long mendings() {
        return counters.mendings.sum();
    }

    /** Does the same for a segment's file by its name; nothing for other names. */
    public int mend(String fileName) throws IOException {
        OptionalInt segment = SegmentNames.parse(fileName);
        return segment.isPresent() ? mend(segment.getAsInt()) : 0;
    }

    /** Keeps segments from being deleted, for who copies them. Safe for any number of threads. */
    public final class Hold implements AutoCloseable {
        private final AtomicInteger highest = pins.hold(Integer.MAX_VALUE);

        private Hold() {}

        /** Goes on with the segments that are there now, and returns their ids: later ones are nobody's business here. */
        public List<Integer> reduceToPresent() {
            List<Integer> present = ids();
            highest.set(present.isEmpty() ? -1 : present.getLast());
            return present;
        }

        @Override
        public void close() {
            pins.letGo(highest);
        }
    }

    /** Keeps all segments from being deleted until it is closed, also those to come. */
    public Hold hold() {
        return new Hold();
    }

    /** The name of a segment's file. */
    public static String fileName(int segment) {
        return SegmentNames.name(segment);
    }

    /**
     * Deletes a segment. For others it is gone at once; its file goes when the last read of it has ended. The deletion is not
     * synced: after a crash the segment may be there again.
     *
     * @throws IllegalStateException if it {@link #isOpen} or a lease pins it
     * @throws SegmentMissingException if there is none
     * @throws IOException if the file could not be deleted; then it is still there
     */
    public void delete(int segment) throws IOException {
        // A hold that began since the caller asked does not need it: nothing in it was live by then.
        if (isOpen(segment) || pins.isLeased(segment)) {
            throw new IllegalStateException("The segment " + SegmentNames.name(segment) + " is in use.");
        }
        catalog.bytes(segment);
        handles.delete(segment);
        writers.forget(segment);
        keys.forget(segment);
    }

    /** Whether records are still being written or synced there. */
    public boolean isOpen(int segment) {
        return writers.isOpen(segment);
    }

    /**
     * Whether a lease holds records there that perhaps no commit names yet, or a {@link Hold} keeps it. For one that is neither pinned
     * nor open, no lease will ever again.
     */
    public boolean isPinned(int segment) {
        return pins.isPinned(segment);
    }

    /** The ids of all segments, in ascending order. */
    public List<Integer> ids() {
        return catalog.ids();
    }

    /** Whether there is no segment, in the mirror neither. */
    public boolean isEmpty() throws IOException {
        return ids().isEmpty() && (mirror.isEmpty() || mirror.get().isEmpty());
    }

    /**
     * Whether a segment is sealed if new ones are, and in clear if they are: one of which that is not so is to be rewritten.
     *
     * @throws IOException if its header cannot be read
     */
    public boolean isAsNew(int segment) throws IOException {
        return keys.isAsNew(segment);
    }

    /** The sizes of all segments that are sealed; reads the header of each once. */
    public long sealedBytes() throws IOException {
        return keys.sealedBytes(catalog);
    }

    /**
     * The size of a segment's file, as far as it is written.
     *
     * @throws SegmentMissingException if there is none
     */
    public long sizeBytes(int segment) throws SegmentMissingException {
        return catalog.bytes(segment);
    }

    /** The size a segment may grow to, in bytes. */
    public int segmentBytes() {
        return options.segmentBytes();
    }

    /** The largest payload that can be appended, in bytes. */
    public int payloadBytesMax() {
        return options.payloadBytesMax();
    }

    public SegmentStatistics statistics() {
        return counters.snapshot(catalog, handles.openFiles(), buffers.leasedBytes(), writers.waitingBytes());
    }

    /** Writes and syncs what was appended, then closes all files. Leases and reads must have ended. */
    @Override
    public void close() throws IOException {
        try (handles) {
            writers.close();
        }
    }

    SegmentAddress append(Tier tier, ChunkRecord chunk, ByteBuffer payload, IntConsumer pin) throws IOException {
        return writers.of(tier).append(chunk, payload, pin);
    }

    void unpin(int segment) {
        pins.unpin(segment);
        if (!pins.isPinned(segment) && !catalog.contains(segment)) {
            writers.forget(segment);
        }
    }
}
