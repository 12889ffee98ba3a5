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

    /** An entry that is to be read. */
    @SuppressWarnings("ArrayRecordComponent") // Never compared.
    private record Lookup(int place, byte[] key, long hash, long word, ReadRequest request) {}

    /** Reads under way now. */
    int underWay() {
        return underWay.get();
    }

    /** Looks one up; null if it is not here. */
    byte @Nullable [] get(byte[] key) {
        return getMany(List.of(key)).getFirst();
    }

    /** Looks several up, with one batch of device reads; null for those that are not here. */
    List<byte @Nullable []> getMany(List<byte[]> keys) {
        List<byte @Nullable []> values = new ArrayList<>(keys.size());
        List<Lookup> lookups = new ArrayList<>();
        long began = System.nanoTime();
        for (int i = 0; i < keys.size(); i++) {
            byte[] key = keys.get(i);
            long hash = EntryHeader.hash(key);
            values.add(null);
            Lookup lookup = plan(i, key, hash, locate(i, key, hash, values));
            if (lookup != null) {
                lookups.add(lookup);
            }
        }
        if (!lookups.isEmpty()) {
            read(lookups, values);
            long took = System.nanoTime() - began;
            for (int i = 0; i < lookups.size(); i++) {
                parts.statistics().gets().record(took);
            }
        }
        for (int i = 0; i < values.size(); i++) {
            byte[] value = values.get(i);
            if (value == null) {
                parts.statistics().missed();
            } else {
                parts.statistics().hit(value.length);
                parts.index().use(EntryHeader.hash(keys.get(i)), parts.policy().usesMax());
            }
        }
        return values;
    }

    /**
     * Takes a value from what waits to be written, or says where it lies on the device. An entry is in the index after it is in a batch, and
     * in the batch until it is written: what is in no batch once the index has named it, is on the device.
     *
     * @return the word to go by; {@link Slot#NONE} if there is nothing to read
     */
    private long locate(int place, byte[] key, long hash, List<byte @Nullable []> values) {
        for (int attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
            long word = parts.index().get(hash);
            ByteBuffer bytes = word == Slot.NONE ? null : parts.pending(Slot.segment(word), Slot.offset(word));
            if (bytes == null) {
                return word;
            }
            try {
                values.set(place, value(bytes, 0, key, hash, word));
                return Slot.NONE;
            } catch (CorruptionException e) {
                // The batch was written and its buffer taken for another one meanwhile: now it is on the device.
            }
        }
        return Slot.NONE;
    }

    /** The device read that an entry takes; null for a miss. */
    private @Nullable Lookup plan(int place, byte[] key, long hash, long word) {
        if (word == Slot.NONE || parts.bypass().active()) {
            return null;
        }
        ByteBuffer buffer = parts.memory().take(Slot.bytesToRead(word));
        int start = Slot.offset(word) & -BlockDevice.BLOCK;
        return buffer == null
                ? null
                : new Lookup(
                        place, key, hash, word, new ReadRequest(buffer, parts.position(Slot.segment(word), start)));
    }

    private void read(List<Lookup> lookups, List<byte @Nullable []> values) {
        underWay.addAndGet(lookups.size());
        try {
            parts.statistics().read(lookups.size());
            parts.device().readMany(lookups.stream().map(Lookup::request).toList());
            for (Lookup lookup : lookups) {
                values.set(lookup.place, finish(lookup, false));
            }
        } finally {
            underWay.addAndGet(-lookups.size());
            for (Lookup lookup : lookups) {
                parts.memory().give(lookup.request.dst());
            }
        }
    }

    private byte @Nullable [] finish(Lookup lookup, boolean again) {
        long word = lookup.word;
        try {
            int read = lookup.request.bytesRead();
            ByteBuffer bytes = lookup.request.dst().duplicate().position(0).limit(read);
            byte[] value = value(bytes, Slot.offset(word) % BlockDevice.BLOCK, lookup.key, lookup.hash, word);
            parts.bypass().worked();
            return value;
        } catch (CorruptionException e) {
            if (!again) {
                return readAgain(lookup);
            }
            // What is in an open segment may just be on its way from one place to the other.
            if (parts.table().state(Slot.segment(word)) != SegmentTable.State.OPEN && parts.forget(lookup.hash, word)) {
                parts.statistics().entryLeft(CacheStatistics.Cause.DAMAGED);
                parts.doubt();
                damaged.accept(Slot.segment(word));
            }
            return null;
        } catch (IOException e) {
            parts.statistics().deviceFailed();
            parts.bypass().failed("The cache file could not be read", e);
            return null;
        }
    }

    /** The entry may have been on its way to the device, or have moved, when it was read. If it is still where it was, it is damaged. */
    private byte @Nullable [] readAgain(Lookup before) {
        List<byte @Nullable []> values = new ArrayList<>();
        values.add(null);
        Lookup lookup = plan(before.place, before.key, before.hash, locate(0, before.key, before.hash, values));
        if (lookup == null) {
            return values.getFirst();
        }
        try {
            parts.statistics().read(1);
            parts.device().readMany(List.of(lookup.request));
            return finish(lookup, true);
        } finally {
            parts.memory().give(lookup.request.dst());
        }
    }

    /** The value of an entry; null if it is another key's, or its time is over. */
    private byte @Nullable [] value(ByteBuffer bytes, int at, byte[] key, long hash, long word)
            throws CorruptionException {
        EntryHeader header = at < bytes.limit() ? EntryHeader.read(bytes, at) : null;
        if (header == null || header.fill() != parts.table().fill(Slot.segment(word))) {
            throw new CorruptionException("There is no entry of the present filling.");
        }
        if (!header.hasKey(bytes, at, key)) {
            return null;
        }
        if (header.expiredAt(parts.nowMillis())) {
            if (parts.forget(hash, word)) {
                parts.statistics().entryLeft(CacheStatistics.Cause.EXPIRED);
            }
            return null;
        }
        byte[] stored = header.data(bytes, at);
        boolean plain = header.codec() == Codec.RAW.id() && stored.length == header.plainLength();
        return plain ? stored : Codecs.decode(header.codec(), ByteBuffer.wrap(stored), header.plainLength());
    }
}
