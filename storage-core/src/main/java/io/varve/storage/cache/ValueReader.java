package io.varve.storage.cache;

import io.varve.storage.cache.EntryReader.Ask;
import io.varve.storage.io.AlignedBuffers;
import io.varve.storage.io.BlockDevice;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Looks values up, also those that are kept in pieces: all pieces of the list that the index names, or it is a miss, and what is left of the value
 * leaves. Thread-safe.
 */
final class ValueReader {
    /** A value may be replaced while its pieces are read; more often means that something is wrong. */
    private static final int ATTEMPTS_MAX = 4;

    /** Pieces of a value that are read as one batch. */
    private static final int PIECES_AT_ONCE = 4;

    private final CacheParts parts;
    private final EntryReader entries;

    /** One for each piece that the memory for pieces takes. */
    private final Semaphore pieceTurns;

    private final int piecesAtOnce;

    /**
     * A reader.
     *
     * @param damaged told segments in which an entry did not verify
     */
    ValueReader(CacheParts parts, IntConsumer damaged) {
        this.parts = parts;
        this.entries = new EntryReader(parts, damaged);
        long turns = parts.options().readBytesMax()
                / 2
                / ReadMemory.capacity(parts.options().batchBytes());
        this.piecesAtOnce = Math.clamp(turns, 1, PIECES_AT_ONCE);
        this.pieceTurns = new Semaphore((int) Math.max(1, turns), true);
    }

    /** Reads under way now. */
    int underWay() {
        return entries.underWay();
    }

    /** Looks one up; null if it is not here. */
    byte @Nullable [] get(byte[] key) {
        return getMany(List.of(key)).getFirst();
    }

    /** Looks several up, with one batch of device reads, and more for values in pieces; null for those that are not here. */
    List<byte @Nullable []> getMany(List<byte[]> keys) {
        long began = System.nanoTime();
        List<Ask> asks = new ArrayList<>(keys.size());
        for (byte[] key : keys) {
            asks.add(new Ask(key));
        }
        int read = entries.readAll(asks, parts.memory());
        List<byte @Nullable []> values = new ArrayList<>(asks.size());
        for (Ask ask : asks) {
            byte[] value = ask.value();
            if (ask.list() != null) {
                Whole whole = putTogether(ask, null);
                value = whole == null ? null : whole.bytes;
            }
            values.add(value);
            count(ask, value == null ? -1 : value.length);
        }
        record(read, began);
        return values;
    }

    /** Looks one up into an array; returns its length, or -1 if it is not here or longer than the array. */
    int get(byte[] key, byte[] target) {
        long began = System.nanoTime();
        Ask ask = new Ask(key);
        int read = entries.readAll(List.of(ask), parts.memory());
        byte[] value = ask.value();
        Whole whole =
                ask.list() == null ? value == null ? null : new Whole(value, value.length) : putTogether(ask, target);
        int length = whole == null || whole.length > target.length ? -1 : whole.length;
        if (whole != null && length >= 0 && !whole.isIn(target)) {
            System.arraycopy(whole.bytes, 0, target, 0, length);
        }
        count(ask, length);
        record(read, began);
        return length;
    }

    private void count(Ask ask, int length) {
        if (length < 0) {
            parts.statistics().missed();
        } else {
            parts.statistics().hit(length);
            parts.use(ask.hash());
        }
    }

    private void record(int read, long began) {
        if (read > 0) {
            long took = System.nanoTime() - began;
            for (int i = 0; i < read; i++) {
                parts.statistics().gets().record(took);
            }
        }
    }

    /** A value, at the beginning of an array. */
    @SuppressWarnings("ArrayRecordComponent") // Never compared.
    private record Whole(byte[] bytes, int length) {
        @SuppressWarnings("ReferenceEquality") // The very array, not one like it.
        boolean isIn(byte[] array) {
            return bytes == array;
        }
    }

    /**
     * Reads the value of an ask that found a list. A value may be replaced while its pieces are read: then it is looked up again.
     *
     * @param target where it goes; null for an array of its own
     */
    private @Nullable Whole putTogether(Ask first, byte @Nullable [] target) {
        Ask ask = first;
        for (int attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
            PieceList list = ask.list();
            if (list == null) {
                byte[] value = ask.value();
                return value == null ? null : new Whole(value, value.length);
            }
            parts.pieces().learn(ask.hash(), ask.listWord(), list);
            if (target != null && list.length() > target.length) {
                return null;
            }
            PieceWork work = new PieceWork(list, target == null ? new byte[list.length()] : target);
            work.run();
            if (work.isWhole()) {
                return new Whole(work.value, list.length());
            }
            if (work.unreadable) {
                return null;
            }
            if (parts.forget(ask.hash(), ask.listWord())) {
                parts.statistics().entryLeft(CacheStatistics.Cause.ROOM);
                return null;
            }
            ask = ask.again();
            entries.readAll(List.of(ask), parts.memory());
        }
        return null;
    }

    /** Sees to it that the pieces of what the index has of a hash are known, if it is a list. */
    void learnPieces(long hash) {
        long word = parts.index().get(hash);
        if (!Slot.isList(word)
                || parts.pieces().get(hash).isPresent()
                || parts.bypass().active()) {
            return;
        }
        int segment = Slot.segment(word);
        int offset = Slot.offset(word);
        try {
            ByteBuffer bytes = parts.pending(segment, offset);
            int at = 0;
            if (bytes == null) {
                int start = offset & -BlockDevice.BLOCK;
                bytes = AlignedBuffers.allocate(Slot.bytesToRead(word));
                parts.device().read(bytes, parts.position(segment, start));
                bytes.flip();
                at = offset - start;
            }
            EntryHeader header = at < bytes.limit() ? EntryHeader.read(bytes, at) : null;
            if (header != null && header.isList() && header.hash(bytes, at) == hash) {
                parts.pieces().learn(hash, word, PieceList.read(header.data(bytes, at)));
            }
        } catch (IOException e) {
            // Then they leave in their time: nobody finds them any more.
        }
    }

    /** Reads the pieces of a value, a few at a time, by two threads: while one verifies what it has, the device works for the other. */
    private final class PieceWork {
        private final PieceList list;
        private final byte[] value;
        private final AtomicInteger next = new AtomicInteger();
        private volatile boolean missing;
        private volatile boolean unreadable;

        PieceWork(PieceList list, byte[] value) {
            this.list = list;
            this.value = value;
        }

        boolean isWhole() {
            return !missing && !unreadable;
        }

        void run() {
            if (list.count() <= piecesAtOnce) {
                readPieces();
                return;
            }
            CompletableFuture<Void> other = CompletableFuture.runAsync(this::readPieces, Thread::startVirtualThread);
            try {
                readPieces();
            } finally {
                other.join();
            }
        }

        private void readPieces() {
            for (int from = next(); isWhole() && from < list.count(); from = next()) {
                List<Ask> pieces = new ArrayList<>(piecesAtOnce);
                for (int piece = from; piece < Math.min(from + piecesAtOnce, list.count()); piece++) {
                    pieces.add(new Ask(list, piece, value));
                }
                pieceTurns.acquireUninterruptibly(pieces.size());
                try {
                    entries.readAll(pieces, parts.pieceMemory());
                } finally {
                    pieceTurns.release(pieces.size());
                }
                for (Ask piece : pieces) {
                    if (piece.isUnreadable()) {
                        unreadable = true;
                    } else if (piece.value() == null) {
                        missing = true;
                    }
                }
            }
        }

        private int next() {
            return next.getAndAdd(piecesAtOnce);
        }
    }
}
