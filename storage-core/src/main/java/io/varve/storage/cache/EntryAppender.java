package io.varve.storage.cache;

import io.varve.storage.compression.Codecs;
import io.varve.storage.compression.Encoded;
import io.varve.storage.fingerprint.Checksums;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;

/** Puts values and deletions into the logs, and into the index in the same order for each key. Thread-safe. */
final class EntryAppender {
    private static final int STRIPES = 64;

    /** How long a value waits for buffers or room before it is given up. */
    private static final long WAIT_NANOS_MAX = TimeUnit.SECONDS.toNanos(5);

    /** Free segments that are left for what moves when others are emptied, also after a crash. */
    private static final int HELD_BACK = 2;

    /** An entry of more batches than this becomes several. */
    private static final int WHOLE_BATCHES = 2;

    /** A value of more than one part in so many of the cache would put too much else out of it. */
    private static final int VALUE_SHARE = 8;

    private final CacheParts parts;
    private final CacheWriter writer;

    /** Keys of one stripe change one after the other. */
    private final Object[] stripes = new Object[STRIPES];

    /** Held shared while something is appended, alone while everything is made void. */
    private final ReadWriteLock clearing = new ReentrantReadWriteLock();

    EntryAppender(CacheParts parts, CacheWriter writer) {
        this.parts = parts;
        this.writer = writer;
        for (int i = 0; i < STRIPES; i++) {
            stripes[i] = new Object();
        }
    }

    /**
     * What is put: an entry that has no number yet.
     *
     * @param main whether it goes to the main queue; empty for what the policy says
     * @param list what it holds if it is a list of pieces, or null
     * @param replaces whether it takes the place of what is there
     */
    @SuppressWarnings("ArrayRecordComponent") // Never compared.
    private record Put(
            EntryHeader header,
            byte[] key,
            long hash,
            ByteBuffer stored,
            Optional<Boolean> main,
            @Nullable PieceList list,
            boolean replaces) {}

    /**
     * Sets a value, waiting a while for buffers or room, or, where it replaces nothing, takes it in if that can be done at once.
     *
     * @return whether it was taken in, or was here and replaces nothing
     */
    boolean put(byte[] key, ByteBuffer value, RawCache.Keeping keeping, boolean replaces) {
        boolean whole = EntryHeader.entryBytes(key.length, value.remaining()) <= wholeBytesMax();
        boolean taken = whole ? putWhole(key, value, keeping, replaces) : putInPieces(key, value, keeping, replaces);
        if (taken) {
            parts.statistics().put(value.remaining());
        } else {
            parts.statistics().putDropped(whyDropped(value.remaining(), whole, replaces));
            if (replaces) {
                delete(key, CacheStatistics.Cause.REPLACED);
            }
        }
        return taken;
    }

    private CacheStatistics.Drop whyDropped(int length, boolean whole, boolean replaces) {
        if (parts.bypass().active() || parts.table().usable() == 0 || writer.hasLost()) {
            return CacheStatistics.Drop.FAILING;
        }
        boolean never = length > valueBytesMax()
                || (!replaces && pieces(length) >= parts.options().batchesMax());
        return never && !whole ? CacheStatistics.Drop.LONG : CacheStatistics.Drop.BUSY;
    }

    private boolean putWhole(byte[] key, ByteBuffer value, RawCache.Keeping keeping, boolean replaces) {
        Encoded encoded = encoded(value, 0, value.remaining(), keeping);
        EntryHeader header = header(encoded, key, value.remaining(), expires(keeping), tag(keeping), 0);
        return append(
                new Put(header, key, EntryHeader.hash(key), encoded.bytes(), Optional.empty(), null, replaces),
                replaces);
    }

    /**
     * The pieces first, all to the queue that takes their list, so that they leave at about the same time. With a crash in between there are
     * pieces that nothing names, which leave in their time, or a list of which not all pieces are there, which is a miss.
     */
    private boolean putInPieces(byte[] key, ByteBuffer value, RawCache.Keeping keeping, boolean replaces) {
        int length = value.remaining();
        if (length > valueBytesMax() || (!replaces && !canTakeAtOnce(length))) {
            return false;
        }
        long hash = EntryHeader.hash(key);
        Optional<Boolean> main = Optional.of(admits(hash, parts.index().get(hash), length));
        PieceList list = new PieceList(parts.sequence().incrementAndGet(), 0, length, pieceBytes());
        long expires = expires(keeping);
        long storedBytes = 0;
        for (int piece = 0; piece < list.count(); piece++) {
            byte[] pieceKey = list.key(piece);
            Encoded encoded = encoded(value, list.start(piece), list.length(piece), keeping);
            EntryHeader header = header(encoded, pieceKey, list.length(piece), expires, 0, EntryHeader.PIECE);
            Put put = new Put(header, pieceKey, EntryHeader.hash(pieceKey), encoded.bytes(), main, null, true);
            if (!append(put, replaces)) {
                parts.forgetPieces(list);
                return false;
            }
            storedBytes += header.storedLength();
        }
        PieceList whole = list.withStoredBytes(storedBytes);
        Put put = new Put(
                listHeader(whole, key, expires, tag(keeping)), key, hash, whole.encoded(), main, whole, replaces);
        boolean taken = append(put, replaces);
        if (parts.pieces().get(hash).filter(whole::equals).isEmpty()) {
            parts.forgetPieces(whole);
        } else if (Slot.pinned(parts.index().get(hash))) {
            parts.pins().renew(hash, whole);
        }
        return taken;
    }

    /** Whether it makes no sense to wait once more. */
    private boolean isWaitOver(int waits, long began) {
        return waits >= writer.waits(Integer.MAX_VALUE) || System.nanoTime() - began > WAIT_NANOS_MAX;
    }

    private long expires(RawCache.Keeping keeping) {
        return keeping.timeToLive()
                .map(time -> parts.nowMillis() + time.toMillis())
                .orElse(0L);
    }

    private static int tag(RawCache.Keeping keeping) {
        return keeping.tag().isEmpty() ? 0 : tagHash(keeping.tag());
    }

    private Encoded encoded(ByteBuffer value, int from, int length, RawCache.Keeping keeping) {
        int at = value.arrayOffset() + value.position() + from;
        Encoded encoded = Codecs.encode(value.array(), at, length, keeping.codec());
        parts.statistics().encoded(length, encoded.bytes().remaining());
        return encoded;
    }

    private static EntryHeader header(Encoded encoded, byte[] key, int plainLength, long expires, int tag, int flags) {
        ByteBuffer stored = encoded.bytes();
        int codec = encoded.codec().id();
        long xxh3 = Checksums.xxh3(stored);
        return new EntryHeader(0, 0, xxh3, expires, stored.remaining(), plainLength, tag, key.length, codec, flags);
    }

    private static EntryHeader listHeader(PieceList list, byte[] key, long expires, int tag) {
        long xxh3 = Checksums.xxh3(list.encoded());
        return new EntryHeader(
                0,
                0,
                xxh3,
                expires,
                PieceList.BYTES,
                list.length(),
                tag,
                key.length,
                PieceList.CODEC,
                EntryHeader.PIECES);
    }

    /** What fits into a segment, with its header and a footer of one row. */
    private int entryBytesMax() {
        return parts.segmentBytes() - SegmentHeader.BYTES - Directory.footerBytes(1);
    }

    /** Longer entries would take large buffers, of which there are few, to write and to read. */
    private int wholeBytesMax() {
        return Math.min(entryBytesMax(), WHOLE_BATCHES * parts.options().batchBytes());
    }

    /** So much that a piece, with its header, takes one batch, also the first one of a segment. */
    private int pieceBytes() {
        int entry = Math.min(entryBytesMax(), parts.options().batchBytes() - SegmentHeader.BYTES);
        return entry - EntryHeader.BYTES - PieceList.KEY_BYTES;
    }

    private long valueBytesMax() {
        return Math.min(RawCache.VALUE_BYTES_MAX, cacheBytes() / VALUE_SHARE);
    }

    private boolean canTakeAtOnce(int length) {
        return pieces(length) < parts.buffers().free();
    }

    private int pieces(int length) {
        return Math.ceilDiv(length, pieceBytes());
    }

    private long cacheBytes() {
        return (long) parts.table().usable() * parts.segmentBytes();
    }

    static int tagHash(String tag) {
        byte[] bytes = tag.getBytes(StandardCharsets.UTF_8);
        return (int) EntryHeader.hash(bytes) | 1;
    }

    private boolean append(Put put, boolean waits) {
        long began = System.nanoTime();
        for (int wait = 0; ; wait++) {
            if (parts.bypass().active() || !mendLoss()) {
                return false;
            }
            if (tryAppend(put)) {
                writer.pumpIfNeeded();
                return true;
            }
            if (!waits || isWaitOver(wait, began)) {
                writer.pump();
                return false;
            }
            writer.awaitProgress();
        }
    }

    private boolean tryAppend(Put put) {
        long hash = put.hash;
        EntryHeader header = put.header;
        clearing.readLock().lock();
        try {
            synchronized (stripe(hash)) {
                long before = parts.index().get(hash);
                if (before != Slot.NONE && !put.replaces) {
                    return true;
                }
                boolean main = put.main.isPresent() ? put.main.get() : admits(hash, before, header.entryBytes());
                boolean first = header.isPiece() || (before == Slot.NONE && !parts.doubtful());
                EntryHeader numbered = header.in(
                        0, parts.sequence().incrementAndGet(), header.flags() | (first ? 0 : EntryHeader.REPLACES));
                SegmentLog log = main ? writer.main() : writer.small();
                long word = log.append(numbered, put.key, hash, put.stored, 0, HELD_BACK);
                if (word == Slot.NONE) {
                    return false;
                }
                name(put, Slot.withPinned(word, Slot.pinned(before)));
                return true;
            }
        } finally {
            clearing.readLock().unlock();
        }
    }

    /** Has the index name what was appended, in the place of what it names now. */
    private void name(Put put, long word) {
        // What was there may have moved, or left, since it was looked up.
        long replaced = parts.index().put(put.hash, word);
        parts.table().addLive(Slot.segment(word), 1);
        if (replaced != Slot.NONE) {
            parts.table().addLive(Slot.segment(replaced), -1);
            parts.statistics().entryLeft(CacheStatistics.Cause.REPLACED);
        }
        if (put.list != null || Slot.isList(replaced)) {
            parts.pieces().set(put.hash, put.list).ifPresent(parts::forgetPieces);
        }
    }

    /** Whether the main queue takes a key in, of which the index has this. */
    private boolean admits(long hash, long before, long bytes) {
        return before == Slot.NONE
                ? parts.policy().admitsToMain(parts.ghosts().remove(hash), bytes / (double) cacheBytes())
                : Slot.uses(before) > 0 || parts.policy().admitsToMain(GhostTable.Memory.NONE, 0);
    }

    /** Removes a key, waiting a while if the device is slow. */
    void delete(byte[] key, CacheStatistics.Cause cause) {
        delete(EntryHeader.hash(key), cause);
    }

    /** The same, for a key known by its hash alone. */
    void delete(long hash, CacheStatistics.Cause cause) {
        EntryHeader header =
                new EntryHeader(0, 0, 0, 0, 0, 0, 0, Long.BYTES, 0, EntryHeader.TOMBSTONE | EntryHeader.BY_HASH);
        long began = System.nanoTime();
        for (int wait = 0; ; wait++) {
            mendLoss();
            if (tryDelete(header, hash, cause)) {
                writer.pumpIfNeeded();
                return;
            }
            if (isWaitOver(wait, began) || parts.bypass().active()) {
                writer.lostTombstone();
                return;
            }
            writer.awaitProgress();
        }
    }

    /** The entry leaves the index whatever happens; true if a record of that was appended. */
    private boolean tryDelete(EntryHeader header, long hash, CacheStatistics.Cause cause) {
        clearing.readLock().lock();
        try {
            synchronized (stripe(hash)) {
                long word = parts.index().get(hash);
                if (word != Slot.NONE && parts.forget(hash, Slot.NONE)) {
                    parts.statistics().entryLeft(cause);
                }
                EntryHeader numbered = header.in(0, parts.sequence().incrementAndGet(), header.flags());
                byte[] key = ByteBuffer.allocate(Long.BYTES).putLong(hash).array();
                return writer.main().append(numbered, key, hash, ByteBuffer.allocate(0), 0, HELD_BACK) != Slot.NONE;
            }
        } finally {
            clearing.readLock().unlock();
        }
    }

    /** Clears the cache if older records would come back otherwise; false if that could not be done. */
    boolean mendLoss() {
        if (!writer.hasLost()) {
            return true;
        }
        if (parts.bypass().active()) {
            return false;
        }
        try {
            clear();
            return true;
        } catch (IOException e) {
            parts.bypass().failed("The cache could not be cleared", e);
            return false;
        }
    }

    /** Makes everything void. */
    void clear() throws IOException {
        clearing.writeLock().lock();
        try {
            writer.clear();
        } finally {
            clearing.writeLock().unlock();
        }
    }

    private Object stripe(long hash) {
        return stripes[(int) Math.unsignedMultiplyHigh(hash, STRIPES)];
    }
}
