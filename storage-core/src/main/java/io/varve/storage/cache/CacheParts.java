package io.varve.storage.cache;

import io.varve.storage.io.BlockDevice;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** What the parts of one open cache share. Thread-safe. */
final class CacheParts {
    private final BlockDevice device;
    private final RawCacheOptions options;
    private final InstantSource clock;
    private final SegmentTable table;
    private final SlotIndex index = new SlotIndex();
    private final KnownPieces pieces = new KnownPieces(index);
    private final Pins pins = new Pins(this);
    private final GhostTable ghosts;
    private final BatchBuffers buffers;
    private final ReadMemory memory;
    private final ReadMemory pieceMemory;
    private final CacheStatistics statistics = new CacheStatistics();
    private final Bypass bypass;
    private final EvictionPolicy policy;
    private final AtomicLong sequence = new AtomicLong();

    /** Batches that are being filled or wait to be written; a handful. */
    private final List<WriteBatch> pending = new CopyOnWriteArrayList<>();

    private volatile Superblock superblock;
    private volatile boolean doubtful;

    CacheParts(
            BlockDevice device,
            RawCacheOptions options,
            InstantSource clock,
            Superblock superblock,
            SegmentTable table) {
        this.device = device;
        this.options = options;
        this.clock = clock;
        this.superblock = superblock;
        this.table = table;
        long entriesLikely = (long) superblock.segmentCount() * superblock.segmentBytes() / (64 << 10);
        this.ghosts = new GhostTable(entriesLikely, (long) superblock.segmentCount() * superblock.segmentBytes());
        this.buffers = new BatchBuffers(options.batchBytes(), options.batchesMax());
        this.memory = new ReadMemory(options.readBytesMax(), false);
        this.pieceMemory = new ReadMemory(options.readBytesMax() / 2, true);
        this.bypass = new Bypass(clock);
        this.policy = options.evictionPolicy();
    }

    BlockDevice device() {
        return device;
    }

    RawCacheOptions options() {
        return options;
    }

    EvictionPolicy policy() {
        return policy;
    }

    long nowMillis() {
        return clock.millis();
    }

    SegmentTable table() {
        return table;
    }

    SlotIndex index() {
        return index;
    }

    KnownPieces pieces() {
        return pieces;
    }

    Pins pins() {
        return pins;
    }

    GhostTable ghosts() {
        return ghosts;
    }

    BatchBuffers buffers() {
        return buffers;
    }

    ReadMemory memory() {
        return memory;
    }

    /** For values in pieces, whose readers wait for each other instead of taking it for a miss. */
    ReadMemory pieceMemory() {
        return pieceMemory;
    }

    CacheStatistics statistics() {
        return statistics;
    }

    Bypass bypass() {
        return bypass;
    }

    AtomicLong sequence() {
        return sequence;
    }

    List<WriteBatch> pending() {
        return pending;
    }

    Superblock superblock() {
        return superblock;
    }

    void superblock(Superblock newer) {
        superblock = newer;
    }

    /** Writes a superblock to both places, so that an earlier one cannot come back when one is damaged. */
    void writeTwice(Superblock newer) throws IOException {
        newer.write(device);
        Superblock again = newer.next(newer.snapshot());
        again.write(device);
        superblock = again;
    }

    /** Whether records may lie in the file that the index does not know, because they could not be read or written as they should. */
    boolean doubtful() {
        return doubtful;
    }

    void doubt() {
        doubtful = true;
    }

    int segmentBytes() {
        return superblock.segmentBytes();
    }

    /** Where something lies in the file. */
    long position(int segment, int offset) {
        return superblock.positionOf(segment) + offset;
    }

    /** A batch that was written, or will never be. */
    void drop(WriteBatch batch) {
        pending.remove(batch);
        buffers.give(batch.buffer());
    }

    /** What lies in memory of a place in a segment, from there on; null if it is on the device. */
    @Nullable
    ByteBuffer pending(int segment, int offset) {
        for (WriteBatch batch : pending) {
            if (batch.has(segment, offset)) {
                int at = offset - batch.start();
                return batch.buffer().slice(at, batch.length() - at);
            }
        }
        return null;
    }

    /**
     * Removes an entry from the index, if it is still the one at that place ({@link Slot#NONE}: wherever it is), and with a list its pieces, if they are
     * known.
     */
    boolean forget(long hash, long word) {
        long removed = index.remove(hash, word);
        if (removed == Slot.NONE) {
            return false;
        }
        table.addLive(Slot.segment(removed), -1);
        if (Slot.isList(removed)) {
            pieces.set(hash, null).ifPresent(this::forgetPieces);
        }
        return true;
    }

    /** Counts a use of an entry, and of its pieces, if they are known. */
    void use(long hash) {
        if (Slot.isList(index.use(hash, policy.usesMax()))) {
            pieces.get(hash).ifPresent(list -> {
                for (int piece = 0; piece < list.count(); piece++) {
                    index.use(EntryHeader.hash(list.key(piece)), policy.usesMax());
                }
            });
        }
    }

    /** Removes the pieces of a value from the index. */
    void forgetPieces(PieceList list) {
        for (int piece = 0; piece < list.count(); piece++) {
            forget(EntryHeader.hash(list.key(piece)), Slot.NONE);
        }
    }
}
