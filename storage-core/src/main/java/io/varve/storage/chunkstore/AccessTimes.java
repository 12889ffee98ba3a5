package io.varve.storage.chunkstore;

import io.varve.storage.cache.MemoryCache;
import io.varve.storage.commit.Commit;
import io.varve.storage.commit.Committer;
import io.varve.storage.fingerprint.Fingerprint;
import io.varve.storage.metadata.Family;
import io.varve.storage.metadata.MetadataView;
import io.varve.storage.segment.ChunkLocation;
import io.varve.storage.segment.ChunkRecord;
import io.varve.storage.segment.SegmentAddress;
import io.varve.storage.segment.SegmentMissingException;
import io.varve.storage.segment.SegmentStore;
import io.varve.storage.segment.Tier;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.jspecify.annotations.Nullable;

/**
 * When chunks were last read, as coarse as it may be: one time for each stretch of a segment, of which it has 256. A read costs a look-up
 * and at most one store to memory; the times reach the metadata in batches, by {@link #flush}. What a crash loses of them lets a chunk
 * that was read since the last flush look less recently read, never more.
 *
 * <p>What nobody has noted yet counts as read at the moment it is first asked for: so new segments begin with the round that sees them
 * first. Answers from the memory cache are noted when the times are flushed, for what is still in the cache then.
 *
 * <p>Chunks that are read in a slower tier are noted one by one as well, up to a limit, to be brought back. With one tier nothing
 * is noted at all. Thread-safe.
 */
final class AccessTimes {
    /** A stretch's time when nothing lives in it any more: later than any other. */
    static final int EMPTY = Integer.MAX_VALUE;

    /** Times are seconds since 2020, which fit for 68 years. */
    private static final long ORIGIN = Instant.parse("2020-01-01T00:00:00Z").getEpochSecond();

    private static final int STRETCHES = 256;
    private static final int WANTED_MAX = 1 << 16;

    /** Chunks that are looked up at once. */
    private static final int LOOKUP_ROWS = 1024;

    /** Rows in one commit: a quarter of a megabyte. */
    private static final int FLUSH_ROWS = 256;

    private final Committer committer;
    private final SegmentStore segments;
    private final MemoryCache cache;
    private final InstantSource clock;
    private final boolean needed;
    private final int stretchBytes;

    /** What was noted since the last flush, by segment and stretch; 0 for nothing. */
    private final Map<Integer, AtomicIntegerArray> noted = new ConcurrentHashMap<>();

    private final Set<ChunkLocation> wanted = ConcurrentHashMap.newKeySet();

    AccessTimes(Committer committer, SegmentStore segments, MemoryCache cache) {
        this.committer = committer;
        this.segments = segments;
        this.cache = cache;
        this.clock = committer.clock();
        this.needed = segments.tiers().size() > 1;
        this.stretchBytes = Math.max(1, segments.segmentBytes() / STRETCHES);
    }

    /** The length of a stretch in bytes; the first begins at the file's beginning. */
    int stretchBytes() {
        return stretchBytes;
    }

    /** The stretch in which a record begins. */
    int stretchOf(SegmentAddress address) {
        return Math.min(STRETCHES, address.offset() / stretchBytes);
    }

    /** Notes that somebody reads these. */
    void note(Collection<ChunkLocation> read) {
        if (needed) {
            int now = now();
            for (ChunkLocation location : read) {
                note(location.address().segment(), stretchOf(location.address()), now);
                if (isSlow(location.address()) && wanted.size() < WANTED_MAX) {
                    wanted.add(location);
                }
            }
        }
    }

    private boolean isSlow(SegmentAddress address) {
        try {
            return segments.tier(address.segment()) != Tier.HOT;
        } catch (SegmentMissingException e) {
            return false;
        }
    }

    /** Notes a time for a stretch; an earlier one than is known changes nothing. */
    void note(int segment, int stretch, int time) {
        AtomicIntegerArray times = noted.computeIfAbsent(segment, ignored -> new AtomicIntegerArray(STRETCHES + 1));
        if (times.get(stretch) < time) {
            times.accumulateAndGet(stretch, time, Math::max);
        }
    }

    /** A moment as it is noted here. */
    static int timeOf(Instant instant) {
        return (int) Math.clamp(instant.getEpochSecond() - ORIGIN, 1, EMPTY - 1L);
    }

    int now() {
        return timeOf(clock.instant());
    }

    /** Up to so many of the chunks that were read in slower tiers; they are not given again unless they are read again. */
    List<ChunkLocation> takeWanted(int limit) {
        List<ChunkLocation> taken = new ArrayList<>();
        Iterator<ChunkLocation> all = wanted.iterator();
        while (taken.size() < limit && all.hasNext()) {
            taken.add(all.next());
            all.remove();
        }
        return taken;
    }

    /** Gives back what was taken and could not be brought. */
    void putBack(Collection<ChunkLocation> locations) {
        wanted.addAll(locations);
    }

    /** How many wait to be brought back. */
    int wanted() {
        return wanted.size();
    }

    /**
     * The times of a segment's stretches; those that nobody noted are now, and noted so.
     *
     * @param fileBytes how long the segment is
     */
    int[] of(int segment, long fileBytes) throws IOException {
        int now = now();
        int[] stored = decode(committer.view().get(Family.ACCESS, ChunkKeys.segment(segment)));
        AtomicIntegerArray since = noted.get(segment);
        int[] times = new int[(int) Math.min(STRETCHES + 1L, (fileBytes + stretchBytes - 1) / stretchBytes)];
        for (int i = 0; i < times.length; i++) {
            times[i] = Math.max(i < stored.length ? stored[i] : 0, since == null ? 0 : since.get(i));
            if (times[i] == 0) {
                note(segment, i, now);
                times[i] = now;
            }
        }
        return times;
    }

    /** Stages that a segment goes, and forgets it. */
    void forget(Commit commit, int segment) {
        if (needed) {
            commit.delete(Family.ACCESS, ChunkKeys.segment(segment));
            noted.remove(segment);
        }
    }

    /** Notes what was read from memory, with what it stands on: it shall not be on a slow disk when it leaves memory. */
    private void noteReadFromMemory() throws IOException {
        List<Fingerprint> read = cache.takeRead();
        for (int from = 0; from < read.size(); from += LOOKUP_ROWS) {
            Collection<Fingerprint> next = read.subList(from, Math.min(read.size(), from + LOOKUP_ROWS));
            for (int depth = 0; depth <= StandingDeltas.CHAIN_MAX && !next.isEmpty(); depth++) {
                next = noteRows(List.copyOf(next));
            }
        }
    }

    /** Notes these chunks, those of them that are still in the store, and gives the ones on which they stand. */
    private Set<Fingerprint> noteRows(List<Fingerprint> chunks) throws IOException {
        var rows = committer
                .view()
                .multiGet(Family.CHUNKS, chunks.stream().map(ChunkKeys::chunk).toList());
        List<ChunkLocation> places = new ArrayList<>();
        Set<Fingerprint> bases = new LinkedHashSet<>();
        for (int i = 0; i < chunks.size(); i++) {
            byte[] encoded = rows.get(i);
            if (encoded != null) {
                ChunkRow row = ChunkRow.decode(encoded);
                Fingerprint named = row instanceof ChunkRow.Framed ? ChunkRecord.NO_CHUNK : chunks.get(i);
                row.address().ifPresent(place -> places.add(new ChunkLocation(named, place)));
                row.base().ifPresent(bases::add);
            }
        }
        note(places);
        return bases;
    }

    /** Brings what was noted into the metadata, in bounded commits. */
    void flush() throws IOException {
        if (needed) {
            noteReadFromMemory();
        }
        Map<Integer, AtomicIntegerArray> batch = new ConcurrentHashMap<>();
        for (Integer segment : Set.copyOf(noted.keySet())) {
            AtomicIntegerArray times = noted.remove(segment);
            if (times != null && isThere(segment)) {
                batch.put(segment, times);
            }
            if (batch.size() == FLUSH_ROWS) {
                write(batch);
                batch.clear();
            }
        }
        if (!batch.isEmpty()) {
            write(batch);
        }
    }

    private boolean isThere(int segment) {
        try {
            return segments.sizeBytes(segment) >= 0;
        } catch (SegmentMissingException e) {
            return false;
        }
    }

    private void write(Map<Integer, AtomicIntegerArray> batch) throws IOException {
        Map<Integer, AtomicIntegerArray> rows = Map.copyOf(batch);
        committer.commit(commit -> {
            for (Map.Entry<Integer, AtomicIntegerArray> row : rows.entrySet()) {
                byte[] key = ChunkKeys.segment(row.getKey());
                commit.put(Family.ACCESS, key, merge(commit, key, row.getValue()));
            }
            return true;
        });
    }

    private byte[] merge(MetadataView view, byte[] key, AtomicIntegerArray times) throws IOException {
        int[] stored = decode(view.get(Family.ACCESS, key));
        int length = stored.length;
        for (int i = 0; i < times.length(); i++) {
            length = times.get(i) == 0 ? length : Math.max(length, i + 1);
        }
        ByteBuffer row = ByteBuffer.allocate(Integer.BYTES * (1 + length)).putInt(stretchBytes);
        for (int i = 0; i < length; i++) {
            row.putInt(Math.max(i < stored.length ? stored[i] : 0, times.get(i)));
        }
        return row.array();
    }

    /** Of stretches of another length, as other settings leave them, nothing is known. */
    private int[] decode(byte @Nullable [] row) {
        if (row == null || row.length < Integer.BYTES || ByteBuffer.wrap(row).getInt() != stretchBytes) {
            return new int[0];
        }
        int[] times = new int[Math.min(STRETCHES + 1, row.length / Integer.BYTES - 1)];
        ByteBuffer.wrap(row, Integer.BYTES, row.length - Integer.BYTES)
                .asIntBuffer()
                .get(times);
        return times;
    }
}
