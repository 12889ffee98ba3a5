package io.varve.storage.cache;

import io.varve.storage.compression.Codec;
import io.varve.storage.compression.Codecs;
import io.varve.storage.io.BlockDevice;
import io.varve.storage.io.CorruptionException;
import io.varve.storage.io.ReadRequest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Looks entries up, in what waits to be written or on the device. Nothing keeps a segment from being emptied and filled anew meanwhile:
 * what was read is the entry asked for, of the present filling, verified in every byte, or it is a miss. Thread-safe.
 */
final class EntryReader {
    /** A place may be filled anew while it is read; more often means that something is wrong. */
    private static final int ATTEMPTS_MAX = 4;

    private final CacheParts parts;

    /** Told segments in which an entry did not verify. */
    private final IntConsumer damaged;

    private final AtomicInteger underWay = new AtomicInteger();

    EntryReader(CacheParts parts, IntConsumer damaged) {
        this.parts = parts;
        this.damaged = damaged;
    }

    /** What is asked for, and what became of it. For one thread. */
    static final class Ask {
        private final byte[] key;
        private final long hash;

        /** Where a piece goes; null for what is no piece. */
        private final byte @Nullable [] target;

        private final int targetAt;
        private final int length;

        private byte @Nullable [] value;
        private @Nullable PieceList list;
        private long listWord;
        private boolean unreadable;

        /** An entry by its user's key. */
        Ask(byte[] key) {
            this.key = key;
            this.hash = EntryHeader.hash(key);
            this.target = null;
            this.targetAt = 0;
            this.length = 0;
        }

        /** A piece, which goes to its place in the value. */
        Ask(PieceList whole, int piece, byte[] target) {
            this.key = whole.key(piece);
            this.hash = EntryHeader.hash(key);
            this.target = target;
            this.targetAt = whole.start(piece);
            this.length = whole.length(piece);
        }

        /** The same again, not answered yet. */
        Ask again() {
            return new Ask(key);
        }

        long hash() {
            return hash;
        }

        /** The value; for a piece, the array it went to; null if it is not here, or there is a list in its place. */
        byte @Nullable [] value() {
            return value;
        }

        /** What stands in the place of the value, if it is kept in pieces. */
        @Nullable
        PieceList list() {
            return list;
        }

        /** Where the list was. */
        long listWord() {
            return listWord;
        }

        /** Whether nothing is known about the entry, because it could not be read. */
        boolean isUnreadable() {
            return unreadable;
        }
    }

    /** An entry that is to be read. */
    private record Lookup(Ask ask, long word, ReadRequest request, ReadMemory memory) {}

    /** Reads under way now. */
    int underWay() {
        return underWay.get();
    }

    /** Answers all that is asked; returns how many entries were read from the device. */
    int readAll(List<Ask> asks, ReadMemory memory) {
        List<Lookup> lookups = new ArrayList<>(asks.size());
        for (Ask ask : asks) {
            Lookup lookup = plan(ask, locate(ask), memory);
            if (lookup != null) {
                lookups.add(lookup);
            }
        }
        if (!lookups.isEmpty()) {
            read(lookups);
        }
        return lookups.size();
    }

    /**
     * Takes a value from what waits to be written, or says where it lies on the device. An entry is in the index after it is in a batch, and
     * in the batch until it is written: what is in no batch once the index has named it, is on the device.
     *
     * @return the word to go by; {@link Slot#NONE} if there is nothing to read
     */
    private long locate(Ask ask) {
        for (int attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
            long word = parts.index().get(ask.hash);
            ByteBuffer bytes = word == Slot.NONE ? null : parts.pending(Slot.segment(word), Slot.offset(word));
            if (bytes == null) {
                return word;
            }
            try {
                take(bytes, 0, ask, word);
                return Slot.NONE;
            } catch (CorruptionException e) {
                // The batch was written and its buffer taken for another one meanwhile: now it is on the device.
            }
        }
        return Slot.NONE;
    }

    /** The device read that an entry takes; null for a miss. */
    private @Nullable Lookup plan(Ask ask, long word, ReadMemory memory) {
        if (word == Slot.NONE) {
            return null;
        }
        ByteBuffer buffer = parts.bypass().active() ? null : memory.take(Slot.bytesToRead(word));
        if (buffer == null) {
            ask.unreadable = true;
            return null;
        }
        int start = Slot.offset(word) & -BlockDevice.BLOCK;
        return new Lookup(ask, word, new ReadRequest(buffer, parts.position(Slot.segment(word), start)), memory);
    }

    private void read(List<Lookup> lookups) {
        underWay.addAndGet(lookups.size());
        try {
            parts.statistics().read(lookups.size());
            parts.device().readMany(lookups.stream().map(Lookup::request).toList());
            for (Lookup lookup : lookups) {
                finish(lookup, false);
            }
        } finally {
            underWay.addAndGet(-lookups.size());
            for (Lookup lookup : lookups) {
                lookup.memory.give(lookup.request.dst());
            }
        }
    }

    private void finish(Lookup lookup, boolean again) {
        Ask ask = lookup.ask;
        long word = lookup.word;
        try {
            int read = lookup.request.bytesRead();
            ByteBuffer bytes = lookup.request.dst().duplicate().position(0).limit(read);
            take(bytes, Slot.offset(word) % BlockDevice.BLOCK, ask, word);
            parts.bypass().worked();
        } catch (CorruptionException e) {
            if (!again) {
                readAgain(lookup);
                return;
            }
            // What is in an open segment may just be on its way from one place to the other.
            if (parts.table().state(Slot.segment(word)) != SegmentTable.State.OPEN && parts.forget(ask.hash, word)) {
                parts.statistics().entryLeft(CacheStatistics.Cause.DAMAGED);
                parts.doubt();
                damaged.accept(Slot.segment(word));
            }
        } catch (IOException e) {
            ask.unreadable = true;
            parts.statistics().deviceFailed();
            parts.bypass().failed("The cache file could not be read", e);
        }
    }

    /** The entry may have been on its way to the device, or have moved, when it was read. If it is still where it was, it is damaged. */
    private void readAgain(Lookup before) {
        Lookup lookup = plan(before.ask, locate(before.ask), before.memory);
        if (lookup == null) {
            return;
        }
        try {
            parts.statistics().read(1);
            parts.device().readMany(List.of(lookup.request));
            finish(lookup, true);
        } finally {
            lookup.memory.give(lookup.request.dst());
        }
    }

    /** Takes the value of an entry, or the list in its place; nothing if it is another key's, or its time is over. */
    private void take(ByteBuffer bytes, int at, Ask ask, long word) throws CorruptionException {
        EntryHeader header = at < bytes.limit() ? EntryHeader.read(bytes, at) : null;
        if (header == null || header.fill() != parts.table().fill(Slot.segment(word))) {
            throw new CorruptionException("There is no entry of the present filling.");
        }
        if (!header.hasKey(bytes, at, ask.key) || header.isPiece() != (ask.target != null)) {
            return;
        }
        if (header.expiredAt(parts.nowMillis())) {
            if (parts.forget(ask.hash, word)) {
                parts.statistics().entryLeft(CacheStatistics.Cause.EXPIRED);
            }
        } else if (header.isList()) {
            ask.list = PieceList.read(header.data(bytes, at));
            ask.listWord = word;
        } else if (ask.target == null) {
            byte[] stored = header.data(bytes, at);
            boolean plain = header.codec() == Codec.RAW.id() && stored.length == header.plainLength();
            ask.value = plain ? stored : decoded(header, stored);
        } else {
            takePiece(header, bytes, at, ask, ask.target);
        }
    }

    private static void takePiece(EntryHeader header, ByteBuffer bytes, int at, Ask ask, byte[] target)
            throws CorruptionException {
        if (header.plainLength() != ask.length) {
            throw new CorruptionException("A piece has " + header.plainLength() + " bytes, not " + ask.length + ".");
        }
        if (header.codec() == Codec.RAW.id() && header.storedLength() == ask.length) {
            header.copyData(bytes, at, target, ask.targetAt);
        } else {
            System.arraycopy(decoded(header, header.data(bytes, at)), 0, target, ask.targetAt, ask.length);
        }
        ask.value = target;
    }

    private static byte[] decoded(EntryHeader header, byte[] stored) throws CorruptionException {
        return Codecs.decode(header.codec(), ByteBuffer.wrap(stored), header.plainLength());
    }
}
