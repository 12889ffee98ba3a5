package io.varve.storage.cache;

import io.varve.storage.compression.Codecs;
import io.varve.storage.compression.Encoded;
import io.varve.storage.fingerprint.Checksums;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/** Puts values and deletions into the logs, and into the index in the same order for each key. Thread-safe. */
final class EntryAppender {
    private static final int STRIPES = 64;

    /** How often a value waits for buffers or room before it is given up: a few seconds. */
    private static final int WAITS_MAX = 250;

    /** Free segments that are left for what moves when others are emptied, also after a crash. */
    private static final int HELD_BACK = 2;

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
     * Sets a value, waiting a while for buffers or room, or, where it replaces nothing, takes it in if that can be done at once.
     *
     * @return whether it was taken in, or was here and replaces nothing
     */
    boolean put(byte[] key, ByteBuffer value, RawCache.Keeping keeping, boolean replaces) {
        int waits = replaces ? writer.waits(WAITS_MAX) : 0;
        Encoded encoded = Codecs.encode(
                value.array(), value.arrayOffset() + value.position(), value.remaining(), keeping.codec());
        ByteBuffer stored = encoded.bytes();
        long expires = keeping.timeToLive()
                .map(time -> parts.nowMillis() + time.toMillis())
                .orElse(0L);
        int tag = keeping.tag().isEmpty() ? 0 : tagHash(keeping.tag());
        EntryHeader header = new EntryHeader(
                0,
                0,
                Checksums.xxh3(stored),
                expires,
                stored.remaining(),
                value.remaining(),
                tag,
                key.length,
                encoded.codec().id(),
                0);
        boolean fits = header.entryBytes() <= entryBytesMax();
        boolean taken = fits && append(header, key, stored, waits, replaces);
        if (taken) {
            parts.statistics().put(value.remaining());
        } else {
            parts.statistics().putDropped();
            if (replaces) {
                delete(key, CacheStatistics.Cause.REPLACED);
            }
        }
        return taken;
    }

    /** What fits into a segment, with its header and a footer of one row. */
    private int entryBytesMax() {
        return parts.segmentBytes() - SegmentHeader.BYTES - Directory.footerBytes(1);
    }

    static int tagHash(String tag) {
        byte[] bytes = tag.getBytes(StandardCharsets.UTF_8);
        return (int) EntryHeader.hash(bytes) | 1;
    }

    private boolean append(EntryHeader header, byte[] key, ByteBuffer stored, int waits, boolean replaces) {
        long hash = EntryHeader.hash(key);
        for (int wait = 0; ; wait++) {
            if (parts.bypass().active() || !mendLoss()) {
                return false;
            }
            if (tryAppend(header, key, hash, stored, replaces)) {
                writer.pumpIfNeeded();
                return true;
            }
            if (wait >= waits) {
                writer.pump();
                return false;
            }
            writer.awaitProgress();
        }
    }

    private boolean tryAppend(EntryHeader header, byte[] key, long hash, ByteBuffer stored, boolean replaces) {
        clearing.readLock().lock();
        try {
            synchronized (stripe(hash)) {
                long before = parts.index().get(hash);
                if (before != Slot.NONE && !replaces) {
                    return true;
                }
                boolean main = before == Slot.NONE
                        ? parts.policy().admitsToMain(parts.ghosts().remove(hash), share(header))
                        : Slot.uses(before) > 0 || parts.policy().admitsToMain(GhostTable.Memory.NONE, 0);
                EntryHeader numbered = header.in(
                        0,
                        parts.sequence().incrementAndGet(),
                        header.flags() | (before == Slot.NONE && !parts.doubtful() ? 0 : EntryHeader.REPLACES));
                long word = (main ? writer.main() : writer.small()).append(numbered, key, hash, stored, 0, HELD_BACK);
                if (word == Slot.NONE) {
                    return false;
                }
                // What was there may have moved, or left, since it was looked up.
                long replaced = parts.index().put(hash, Slot.withPinned(word, Slot.pinned(before)));
                parts.table().addLive(Slot.segment(word), 1);
                if (replaced != Slot.NONE) {
                    parts.table().addLive(Slot.segment(replaced), -1);
                    parts.statistics().entryLeft(CacheStatistics.Cause.REPLACED);
                }
                return true;
            }
        } finally {
            clearing.readLock().unlock();
        }
    }

    private double share(EntryHeader header) {
        return header.entryBytes() / ((double) parts.table().usable() * parts.segmentBytes());
    }

    /** Removes a key, waiting a while if the device is slow. */
    void delete(byte[] key, CacheStatistics.Cause cause) {
        delete(EntryHeader.hash(key), cause);
    }

    /** The same, for a key known by its hash alone. */
    void delete(long hash, CacheStatistics.Cause cause) {
        EntryHeader header =
                new EntryHeader(0, 0, 0, 0, 0, 0, 0, Long.BYTES, 0, EntryHeader.TOMBSTONE | EntryHeader.BY_HASH);
        for (int wait = 0; ; wait++) {
            mendLoss();
            if (tryDelete(header, hash, cause)) {
                writer.pumpIfNeeded();
                return;
            }
            if (wait >= writer.waits(WAITS_MAX) || parts.bypass().active()) {
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
