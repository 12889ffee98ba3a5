package io.varve.storage.chunkstore;

import io.varve.storage.cache.MemoryCache;
import io.varve.storage.cache.Pin;
import io.varve.storage.compression.Codecs;
import io.varve.storage.delta.DeltaCodec;
import io.varve.storage.delta.Frame;
import io.varve.storage.fingerprint.Checksums;
import io.varve.storage.fingerprint.Fingerprint;
import io.varve.storage.io.CorruptionException;
import io.varve.storage.metadata.MetadataView;
import io.varve.storage.segment.ChunkLocation;
import io.varve.storage.segment.ChunkRead;
import io.varve.storage.segment.ChunkRecord;
import io.varve.storage.segment.SegmentAddress;
import io.varve.storage.segment.SegmentMissingException;
import io.varve.storage.segment.SegmentStore;
import io.varve.storage.segment.StoredChunk;
import io.varve.storage.segment.Tier;
import io.varve.storage.segment.UnreadableChunk;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads chunks by fingerprint: from the cache, or else looked up, fetched, decoded and verified. Thread-safe.
 *
 * <p>What stands on other chunks is decoded level by level: all of a batch that is stored whole or in frames first, then the deltas on
 * those, and so on. A base leaves memory with the last delta that needs it; it and the neighbours in a frame are offered to the cache,
 * because whoever reads on needs them next.
 */
final class ChunkReader {
    /** A chunk may move once or twice while it is looked up; more often means that it is lost. */
    private static final int LOOKUPS_MAX = 4;

    /** Stored bytes that are read as one batch, a fraction of the memory for reads. */
    private static final int BATCH_BYTES = 1 << 20;

    private final MetadataView view;
    private final SegmentStore segments;
    private final MemoryCache cache;
    private final DecodedChunks disk;
    private final Optional<SharedReads> shared;
    private final Consumer<Collection<Fingerprint>> suspects;
    private final Consumer<Collection<ChunkLocation>> accesses;

    /**
     * @param disk what is asked next when the cache has a chunk not
     * @param shared what other readers of the same caches have on their way, which is not read again; empty for a reader past caches, which keeps
     *     nothing of what it decodes on the way either
     * @param suspects told chunks of which at least one could not be read
     * @param accesses told what is read from segments
     */
    ChunkReader(
            MetadataView view,
            SegmentStore segments,
            MemoryCache cache,
            DecodedChunks disk,
            Optional<SharedReads> shared,
            Consumer<Collection<Fingerprint>> suspects,
            Consumer<Collection<ChunkLocation>> accesses) {
        this.view = view;
        this.segments = segments;
        this.cache = cache;
        this.disk = disk;
        this.suspects = suspects;
        this.accesses = accesses;
        this.shared = shared;
    }

    /** One that reads everything from where it is stored. */
    static ChunkReader pastCaches(
            MetadataView view, SegmentStore segments, Consumer<Collection<Fingerprint>> suspects) {
        DecodedChunks none = DecodedChunks.none();
        return new ChunkReader(view, segments, MemoryCache.none(), none, Optional.empty(), suspects, ignored -> {});
    }

    /** One for what nobody has asked for yet: it goes to the same caches, what it cannot read is suspected by nobody, and it counts as read by nobody. */
    ChunkReader ahead() {
        return new ChunkReader(view, segments, cache, disk, shared, ignored -> {}, ignored -> {});
    }

    /**
     * Reads one chunk.
     *
     * @return its plain bytes, not to be changed
     * @throws CorruptionException if it is not there or does not verify
     */
    byte[] read(Fingerprint chunk) throws IOException {
        return read(List.of(chunk)).getFirst();
    }

    /**
     * Reads several chunks, with as few batches of device reads as their bases allow.
     *
     * @return their plain bytes in the order asked for, not to be changed
     * @throws CorruptionException if one is not there or does not verify
     */
    List<byte[]> read(List<Fingerprint> chunks) throws IOException {
        return pin(chunks, false).stream().map(Pin::take).toList();
    }

    /**
     * As {@link #read(List)}, with the bytes where they lie in the cache, as far as it took them.
     *
     * @return pins, which the caller closes soon
     */
    List<Pin> pin(List<Fingerprint> chunks) throws IOException {
        return pin(chunks, true);
    }

    /** Whether the cache has all these chunks now. */
    boolean atHand(List<Fingerprint> chunks) {
        return cache.containsAll(chunks);
    }

    private List<Pin> pin(List<Fingerprint> chunks, boolean inPlace) throws IOException {
        List<@Nullable Pin> pins = new ArrayList<>(chunks.size());
        Set<Fingerprint> missing = new LinkedHashSet<>();
        for (Fingerprint chunk : chunks) {
            Pin pin = cache.pin(chunk);
            pins.add(pin);
            if (pin == null) {
                missing.add(chunk);
            } else {
                disk.touch(chunk);
            }
        }
        try {
            Map<Fingerprint, byte[]> read = missing.isEmpty() ? Map.of() : readShared(missing);
            List<Pin> all = new ArrayList<>(chunks.size());
            for (int i = 0; i < chunks.size(); i++) {
                Pin pin = pins.get(i);
                all.add(pin == null ? pinned(chunks.get(i), read, inPlace) : pin);
            }
            return all;
        } catch (IOException | RuntimeException | Error e) {
            pins.stream().filter(Objects::nonNull).forEach(Pin::close);
            throw e;
        }
    }

    private Map<Fingerprint, byte[]> readShared(Set<Fingerprint> missing) throws IOException {
        return shared.isPresent() ? shared.get().read(missing, this::readAndOffer) : readAndOffer(missing);
    }

    private Pin pinned(Fingerprint chunk, Map<Fingerprint, byte[]> read, boolean inPlace) {
        Pin cached = inPlace ? cache.pinOffered(chunk) : null;
        return cached == null ? Pin.of(Objects.requireNonNull(read.get(chunk))) : cached;
    }

    private Map<Fingerprint, byte[]> readAndOffer(Set<Fingerprint> missing) throws IOException {
        Map<Fingerprint, byte[]> read = new HashMap<>();
        // Whoever read them just now offered them before it said that it was done.
        for (Fingerprint chunk : missing) {
            byte[] plain = cache.peek(chunk);
            if (plain != null) {
                read.put(chunk, plain);
            }
        }
        Set<Fingerprint> stored = new LinkedHashSet<>(missing);
        stored.removeAll(read.keySet());
        Map<Fingerprint, byte[]> found = disk.find(stored);
        stored.removeAll(found.keySet());
        read.putAll(found);
        if (!stored.isEmpty()) {
            read.putAll(readStored(stored));
        }
        List<Fingerprint> order = List.copyOf(missing);
        cache.offer(
                order,
                order.stream()
                        .map(chunk -> ByteBuffer.wrap(Objects.requireNonNull(read.get(chunk))))
                        .toList());
        return read;
    }

    private Map<Fingerprint, byte[]> readStored(Set<Fingerprint> chunks) throws IOException {
        for (int lookup = 1; ; lookup++) {
            try {
                return new Decoding(ReadPlan.of(view, chunks, cache, disk), chunks).run();
            } catch (SegmentMissingException e) {
                if (lookup == LOOKUPS_MAX) {
                    suspects.accept(chunks);
                    throw new CorruptionException("A segment that holds chunks is missing: " + e.getMessage(), e);
                }
            } catch (ReadPlan.BaseMissingException e) {
                if (lookup == LOOKUPS_MAX) {
                    suspects.accept(chunks);
                    throw new CorruptionException(String.valueOf(e.getMessage()), e);
                }
            } catch (InterruptedIOException e) {
                throw e;
            } catch (IOException e) {
                suspects.accept(chunks);
                throw e;
            }
        }
    }

    /** One batch on its way. */
    private final class Decoding {
        private final ReadPlan plan;
        private final Set<Fingerprint> wanted;
        private final Map<Fingerprint, Integer> uses;
        private final Map<Fingerprint, byte[]> plain;

        Decoding(ReadPlan plan, Set<Fingerprint> wanted) {
            this.plan = plan;
            this.wanted = wanted;
            this.uses = plan.uses();
            this.plain = new HashMap<>(plan.atHand());
        }

        Map<Fingerprint, byte[]> run() throws IOException {
            for (List<Fingerprint> level : plan.levels()) {
                decode(level);
            }
            plain.keySet().retainAll(wanted);
            plain.forEach((chunk, bytes) -> {
                if (costs(row(chunk))) {
                    disk.offer(chunk, bytes);
                }
            });
            return plain;
        }

        private void decode(List<Fingerprint> level) throws IOException {
            Map<ChunkLocation, List<Fingerprint>> places = new LinkedHashMap<>();
            for (Fingerprint chunk : level) {
                switch (row(chunk)) {
                    case ChunkRow.Inline inline ->
                        done(
                                chunk,
                                Codecs.decode(inline.codec(), inline.stored(), inline.plainLength()),
                                inline.plainXxh3());
                    case ChunkRow.InlineDelta delta -> done(chunk, unDelta(delta, delta.stored()), delta.plainXxh3());
                    case ChunkRow.Located located ->
                        places.put(new ChunkLocation(chunk, located.place()), List.of(chunk));
                    case ChunkRow.LocatedDelta delta ->
                        places.put(new ChunkLocation(chunk, delta.place()), List.of(chunk));
                    case ChunkRow.Framed framed ->
                        places.computeIfAbsent(
                                        new ChunkLocation(ChunkRecord.NO_CHUNK, framed.frame()),
                                        ignored -> new ArrayList<>())
                                .add(chunk);
                }
            }
            List<ChunkLocation> batch = new ArrayList<>();
            long bytes = 0;
            for (ChunkLocation place : places.keySet()) {
                SegmentAddress address = place.address();
                bytes += address.end() - address.offset();
                if (bytes > BATCH_BYTES && !batch.isEmpty()) {
                    fetch(batch, places);
                    batch.clear();
                    bytes = address.end() - address.offset();
                }
                batch.add(place);
            }
            if (!batch.isEmpty()) {
                fetch(batch, places);
            }
        }

        /** Whether reading a chunk again from where it is stored costs more than one read of its own bytes from the first disk. */
        private boolean costs(ChunkRow row) {
            return row.base().isPresent()
                    || row instanceof ChunkRow.Framed
                    || row.address().map(address -> isSlow(address.segment())).orElse(false);
        }

        private boolean isSlow(int segment) {
            try {
                return segments.tier(segment) != Tier.HOT;
            } catch (SegmentMissingException e) {
                return false;
            }
        }

        private ChunkRow row(Fingerprint chunk) {
            return Objects.requireNonNull(plan.rows().get(chunk));
        }

        private void fetch(List<ChunkLocation> batch, Map<ChunkLocation, List<Fingerprint>> places) throws IOException {
            accesses.accept(batch);
            List<ChunkRead> reads = segments.readMany(batch);
            try {
                for (int i = 0; i < batch.size(); i++) {
                    List<Fingerprint> chunks = Objects.requireNonNull(places.get(batch.get(i)));
                    switch (reads.get(i)) {
                        case UnreadableChunk unreadable -> throw unreadable.cause();
                        case StoredChunk stored -> {
                            try (stored) {
                                decode(chunks, stored);
                            }
                        }
                    }
                }
            } finally {
                // Whatever a failure left unread holds memory.
                reads.forEach(ChunkReader::close);
            }
        }

        private void decode(List<Fingerprint> chunks, StoredChunk stored) throws IOException {
            ChunkRecord record = stored.chunk();
            Fingerprint chunk = chunks.getFirst();
            switch (row(chunk)) {
                case ChunkRow.Framed ignored -> decodeFrame(chunks, stored.payload());
                case ChunkRow.LocatedDelta delta ->
                    done(
                            chunk,
                            unDelta(delta, DeltaPayload.delta(stored.payload(), delta.standsOn())),
                            record.plainXxh3());
                case ChunkRow whole ->
                    done(
                            chunk,
                            Codecs.decode(whole.codec(), stored.payload(), whole.plainLength()),
                            record.plainXxh3());
            }
        }

        private byte[] unDelta(ChunkRow delta, ByteBuffer stored) throws CorruptionException {
            Fingerprint base = delta.base().orElseThrow();
            byte[] decoded = DeltaCodec.decode(stored, Objects.requireNonNull(plain.get(base)), delta.plainLength());
            uses.merge(base, -1, Integer::sum);
            if (uses.getOrDefault(base, 0) == 0 && !wanted.contains(base)) {
                byte[] last = plain.remove(base);
                if (shared.isPresent() && last != null) {
                    cache.offer(base, ByteBuffer.wrap(last));
                }
            }
            return decoded;
        }

        private void decodeFrame(List<Fingerprint> chunks, ByteBuffer payload) throws CorruptionException {
            Frame frame = Frame.read(payload);
            byte[] all = frame.decode();
            Map<Integer, Fingerprint> asked = new HashMap<>();
            for (Fingerprint chunk : chunks) {
                asked.put(((ChunkRow.Framed) row(chunk)).index(), chunk);
            }
            List<Frame.Member> members = frame.members();
            for (int i = 0; i < members.size(); i++) {
                Frame.Member member = members.get(i);
                Fingerprint chunk = asked.remove(i);
                if (chunk != null) {
                    if (!Fingerprint.read(member.fingerprint()).equals(chunk)) {
                        throw new CorruptionException(
                                "Member " + i + " of a frame is not chunk " + chunk.toHex() + ".");
                    }
                    done(chunk, bytes(all, member), member.plainXxh3());
                } else if (shared.isPresent()
                        && Checksums.xxh3(all, member.offset(), member.length()) == member.plainXxh3()) {
                    cache.offer(
                            Fingerprint.read(member.fingerprint()),
                            ByteBuffer.wrap(all, member.offset(), member.length()));
                }
            }
            if (!asked.isEmpty()) {
                throw new CorruptionException("A frame lacks members " + asked.keySet() + ".");
            }
        }

        private void done(Fingerprint chunk, byte[] decoded, long plainXxh3) throws CorruptionException {
            if (Checksums.xxh3(decoded, 0, decoded.length) != plainXxh3) {
                throw new CorruptionException("Chunk " + chunk.toHex() + " does not verify after decoding.");
            }
            plain.put(chunk, decoded);
        }
    }

    private static byte[] bytes(byte[] all, Frame.Member member) {
        return Arrays.copyOfRange(all, member.offset(), member.offset() + member.length());
    }

    private static void close(ChunkRead read) {
        if (read instanceof StoredChunk stored) {
            stored.close();
        }
    }
}
