package io.varve.storage.cache;

import io.varve.storage.cache.Region.Slot;
import io.varve.storage.fingerprint.Fingerprint;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decoded, verified chunks in memory outside the heap, bounded in bytes. A chunk is named by its content, so an entry is right or
 * absent and never has to be taken back. Thread-safe; look-ups take no lock.
 *
 * <p>Memory is a set of regions, each filled from front to end with chunks as they come, so that what is read one after the other lies
 * side by side and goes to a socket in one piece, without a copy. Readers {@linkplain #pin pin} what they send.
 *
 * <p>What is kept is for {@link S3Fifo} to say, as in the disk cache, with regions in the place of its segments: new chunks go to a small
 * queue, from which only those that were used again pass on to the main one; what left is remembered for a while, and goes to the main
 * queue at once if it comes back. A single pass over a large file therefore does not empty the cache.
 */
public final class MemoryCache {
    private static final Logger LOG = LoggerFactory.getLogger(MemoryCache.class);

    /** What an entry takes on the heap: its name, slot and place in the table. It counts like bytes. */
    private static final int ENTRY_OVERHEAD_BYTES = 160;

    /** With fewer regions the two queues make no sense. */
    private static final int REGIONS_MIN = 4;

    /** Below this many regions they get smaller instead of fewer. */
    private static final int REGIONS_WISHED = 16;

    /** Readers get runs of a region: long enough to be worth a call, short beside the whole. */
    private static final int REGION_BYTES_MAX = 1 << 20;

    /** Uses that take a chunk from the small queue to the main one. */
    private static final int USES_TO_STAY = 2;

    /** Regions that are emptied for one that is needed, before the newcomer is turned away instead. */
    private static final int EVICTIONS_MAX = 16;

    private final int regionBytes;
    private volatile int regionsMax;
    private final Map<Fingerprint, Slot> index = new ConcurrentHashMap<>();
    private final AtomicInteger heldRegions = new AtomicInteger();
    private final LongAdder hits = new LongAdder();
    private final LongAdder misses = new LongAdder();
    private final LongAdder refused = new LongAdder();

    /** Guarded by this, as is what follows. */
    private final Queue small = new Queue();

    private final Queue main = new Queue();
    private final Deque<Region> free = new ArrayDeque<>();
    private final S3Fifo policy = S3Fifo.inMemory(USES_TO_STAY);
    private final GhostNames ghosts;
    private final AtomicInteger regions = new AtomicInteger();

    /** Full regions in the order in which they were begun, and the one that is being filled. */
    private static final class Queue {
        final Deque<Region> full = new ArrayDeque<>();

        @Nullable
        Region open;
    }

    /**
     * Makes an empty cache.
     *
     * @param bytesMax the memory it may take; less than four regions are none
     * @param regionBytes the size of a region, and so of the largest chunk that is kept
     */
    public MemoryCache(long bytesMax, int regionBytes) {
        this.regionBytes = regionBytes;
        int fitting = Math.toIntExact(Math.min(bytesMax / regionBytes, Integer.MAX_VALUE));
        this.regionsMax = fitting < REGIONS_MIN ? 0 : fitting;
        this.ghosts = new GhostNames(bytesMax());
    }

    /**
     * Makes an empty cache with regions that fit it.
     *
     * @param bytesMax the memory it may take; 0 for none
     * @param chunkBytesMax the largest chunk that comes
     */
    public static MemoryCache of(long bytesMax, int chunkBytesMax) {
        long wished = Math.min(REGION_BYTES_MAX, bytesMax / REGIONS_WISHED);
        return new MemoryCache(bytesMax, Math.toIntExact(Math.max(wished, chunkBytesMax + ENTRY_OVERHEAD_BYTES)));
    }

    /** A cache that keeps nothing. */
    public static MemoryCache none() {
        return new MemoryCache(0, 1);
    }

    /**
     * Looks a chunk up.
     *
     * @return its bytes, to be closed soon: where they lie, nothing else can be kept meanwhile; null if they are not here
     */
    public @Nullable Pin pin(Fingerprint chunk) {
        Pin pin = find(chunk, true);
        (pin == null ? misses : hits).increment();
        return pin;
    }

    /** As {@link #pin}, for what was just offered: not counted again. */
    public @Nullable Pin pinOffered(Fingerprint chunk) {
        return find(chunk, false);
    }

    /** Looks a chunk up and copies it; null if it is not here. */
    public byte @Nullable [] get(Fingerprint chunk) {
        Pin pin = pin(chunk);
        return pin == null ? null : pin.take();
    }

    /** Looks a chunk up for another purpose than to serve it: neither counted nor kept longer for it. */
    public byte @Nullable [] peek(Fingerprint chunk) {
        Pin pin = find(chunk, false);
        return pin == null ? null : pin.take();
    }

    /** Whether all these chunks are here now. */
    public boolean containsAll(List<Fingerprint> chunks) {
        return index.keySet().containsAll(chunks);
    }

    /** The chunks here that were looked up to be served since this was last called. What has left meanwhile is not among them. */
    public List<Fingerprint> takeRead() {
        return index.values().stream()
                .filter(Slot::takeRead)
                .map(slot -> slot.chunk)
                .toList();
    }

    /**
     * The chunks here that were looked up more than once, those that were most often first, as far as that is counted.
     *
     * @param limit how many at most
     */
    public List<Fingerprint> hottest(int limit) {
        return index.values().stream()
                .filter(slot -> slot.uses() >= USES_TO_STAY)
                .sorted(Comparator.comparingInt(Slot::uses).reversed())
                .limit(limit)
                .map(slot -> slot.chunk)
                .toList();
    }

    private @Nullable Pin find(Fingerprint chunk, boolean use) {
        Slot slot = index.get(chunk);
        if (slot == null || !slot.region.tryHold()) {
            return null;
        }
        Pin pin = Pin.of(slot.region, slot.offset, slot.length);
        // The region may have been emptied and filled anew between the two steps; held, it cannot any more.
        if (index.get(chunk) != slot) {
            pin.close();
            return null;
        }
        if (use) {
            slot.use();
        }
        // Slow readers may not keep the cache from taking in anything new.
        return heldRegions.get() > regionsMax / 2 ? Pin.of(pin.take()) : pin;
    }

    /**
     * Offers a chunk that was verified; it may be dropped.
     *
     * @param plain its bytes between position and limit
     */
    public void offer(Fingerprint chunk, ByteBuffer plain) {
        offer(List.of(chunk), List.of(plain));
    }

    /** Offers chunks that were verified and are likely to be read in this order; any may be dropped. */
    public void offer(List<Fingerprint> chunks, List<ByteBuffer> plain) {
        if (regionsMax == 0) {
            return;
        }
        Slot[] reserved = reserve(chunks, plain);
        for (int i = 0; i < reserved.length; i++) {
            Slot slot = reserved[i];
            if (slot != null) {
                ByteBuffer bytes = plain.get(i);
                slot.region.memory().put(slot.offset, bytes, bytes.position(), slot.length);
                index.putIfAbsent(slot.chunk, slot);
                slot.region.release(1);
            }
        }
    }

    /** Finds places, each held until it is filled, side by side as far as possible. */
    private synchronized @Nullable Slot[] reserve(List<Fingerprint> chunks, List<ByteBuffer> plain) {
        Slot[] reserved = new Slot[chunks.size()];
        for (int i = 0; i < reserved.length; i++) {
            Fingerprint chunk = chunks.get(i);
            int length = plain.get(i).remaining();
            if (length + ENTRY_OVERHEAD_BYTES <= regionBytes && !index.containsKey(chunk)) {
                Slot slot = reserve(comesBack(chunk, length) ? main : small, chunk, length, 0, true);
                if (slot == null) {
                    refused.increment();
                } else if (slot.region.tryHold()) {
                    reserved[i] = slot;
                }
            }
        }
        return reserved;
    }

    private boolean comesBack(Fingerprint chunk, int length) {
        double share = (length + ENTRY_OVERHEAD_BYTES) / (double) bytesMax();
        return policy.admitsToMain(ghosts.remove(chunk), share);
    }

    private @Nullable Slot reserve(Queue queue, Fingerprint chunk, int length, int uses, boolean mayEvict) {
        int weight = length + ENTRY_OVERHEAD_BYTES;
        Region open = queue.open;
        if (open == null || !open.hasRoom(length, weight)) {
            Region next = empty(mayEvict);
            if (next == null) {
                return null;
            }
            // Emptying others may have begun another one in this queue meanwhile.
            if (queue.open != null && queue.open != open && queue.open.hasRoom(length, weight)) {
                free.push(next);
            } else {
                if (queue.open != null) {
                    queue.full.addLast(queue.open);
                }
                queue.open = next;
            }
        }
        return Objects.requireNonNull(queue.open).reserve(chunk, length, weight, uses);
    }

    /** An empty region; null if everything is in use. One is held back for what survives when another is emptied. */
    private @Nullable Region empty(boolean mayEvict) {
        int heldBack = mayEvict ? 1 : 0;
        for (int evictions = 0; free.size() + regionsMax - regions.get() <= heldBack; evictions++) {
            if (!mayEvict || evictions == EVICTIONS_MAX || !evict()) {
                return null;
            }
        }
        return free.isEmpty() ? make() : free.pop();
    }

    /** The process may have less memory outside its heap than was planned with. */
    private @Nullable Region make() {
        try {
            Region made = new Region(regionBytes, heldRegions);
            regions.incrementAndGet();
            return made;
        } catch (OutOfMemoryError e) {
            LOG.warn(
                    "The memory cache stays at {} MiB, because there is no more direct memory: {}",
                    bytes() >> 20,
                    e.getMessage());
            regionsMax = regions.get();
            return null;
        }
    }

    /** Empties the oldest region in which nobody reads. */
    private boolean evict() {
        int inSmall = small.full.size();
        return policy.emptiesSmall(inSmall, inSmall + main.full.size(), regionsMax)
                ? evict(small) || evict(main)
                : evict(main) || evict(small);
    }

    private boolean evict(Queue queue) {
        for (int tried = queue.full.size(); tried > 0; tried--) {
            Region oldest = queue.full.removeFirst();
            if (oldest.tryClose()) {
                List<Slot> leaving = new ArrayList<>(oldest.slots());
                for (Slot slot : leaving) {
                    leave(slot, queue == main);
                }
                oldest.reopen();
                free.addLast(oldest);
                return true;
            }
            queue.full.addLast(oldest);
        }
        return false;
    }

    private void leave(Slot slot, boolean wasMain) {
        if (index.get(slot.chunk) != slot) {
            return;
        }
        int uses = policy.usesIfKept(slot.uses(), wasMain, Long.MAX_VALUE);
        Slot copy = uses < 0 ? null : reserve(main, slot.chunk, slot.length, uses, false);
        if (copy != null) {
            copy.region.memory().put(copy.offset, slot.region.memory(), slot.offset, slot.length);
            index.put(slot.chunk, copy);
            return;
        }
        index.remove(slot.chunk);
        ghosts.add(slot.chunk, wasMain, slot.length + ENTRY_OVERHEAD_BYTES, index.size());
    }

    /** Look-ups that found their chunk. */
    public long hits() {
        return hits.sum();
    }

    /** Look-ups that did not. */
    public long misses() {
        return misses.sum();
    }

    /** Offers that found no place, because readers held too much. */
    public long refused() {
        return refused.sum();
    }

    /** The memory it may take, in bytes. */
    public long bytesMax() {
        return (long) regionsMax * regionBytes;
    }

    /** The memory taken now, in bytes. */
    public long bytes() {
        return (long) regions.get() * regionBytes;
    }
}
