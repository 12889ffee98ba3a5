package io.varve.storage.cache;

import io.varve.storage.io.CorruptionException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Empties segments, one at a time, when free ones become few: what the policy keeps moves to the main queue's log, the rest leaves.
 *
 * <p>After a crash the newest record of a key holds. So that none of an earlier value comes back when a newer one has left, what may have
 * older records elsewhere leaves a tombstone of its own sequence number, and tombstones move on as long as there is a segment with older
 * records. Such a segment is given back only when what took its place is durable.
 */
final class Evictor {
    private static final Logger LOG = LoggerFactory.getLogger(Evictor.class);

    /** Emptying begins when fewer than one in so many are free. */
    private static final int FREE_SHARE = 64;

    private static final int FREE_MIN = 3;

    /**
     * Of a segment, at most so much moves, in percent. Where more would stay, the segment stays as it is, with a use taken from each
     * entry: that writes nothing, for the price of what nobody asks for among the rest. On the traces in {@code docs/benchmarks.md} 60 % miss
     * about 1 % less than 45 % and write about 10 % more.
     */
    private static final int MOVED_PERCENT_MAX = 50;

    private static final int ATTEMPTS_MAX = 64;

    private static final ByteBuffer EMPTY = ByteBuffer.allocate(0);

    private final CacheParts parts;
    private final CacheWriter writer;
    private final SegmentScan scan;

    /** A device may fail once for a reason that goes away; a segment that fails twice is given up. */
    private int failedBefore = -1;

    /** How many segments stayed as they were since the last one was emptied. */
    private int stayed;

    Evictor(CacheParts parts, CacheWriter writer) {
        this.parts = parts;
        this.writer = writer;
        this.scan = new SegmentScan(parts);
    }

    /** A row of the victim's directory whose entry moves. */
    private record Survivor(int row, long hash, long word, int uses) {}

    /**
     * What is to become of a victim.
     *
     * @param staying entries that the policy keeps, and pinned ones
     * @param stayingBytes theirs
     * @param leaving rows of entries that leave
     * @param shadows rows of what is not current any more, or leaves, and says that older records are void
     */
    private record Plan(List<Survivor> staying, long stayingBytes, List<Integer> leaving, List<Integer> shadows) {}

    /** Empties segments until enough are free. */
    void makeRoom() {
        int wanted = Math.max(FREE_MIN, parts.table().usable() / FREE_SHARE);
        parts.ghosts().fit(parts.index().size());
        for (int attempt = 0; attempt < ATTEMPTS_MAX && parts.table().freeCount() < wanted; attempt++) {
            List<SegmentTable.View> sealed = parts.table().sealed();
            if (sealed.isEmpty() || parts.bypass().active() || writer.hasLost()) {
                return;
            }
            int segments = parts.table().usable();
            if (parts.policy().belongsToMain(sealed, segments)) {
                parts.table().requeue(sealed.getFirst().segment());
                continue;
            }
            SegmentTable.View victim = parts.policy().victim(sealed, segments, parts.nowMillis() / 1000);
            try {
                if (!empty(victim)) {
                    parts.doubt();
                    return;
                }
            } catch (CorruptionException e) {
                withdraw(victim.segment(), e);
            } catch (IOException e) {
                parts.doubt();
                parts.statistics().deviceFailed();
                parts.bypass().failed("The cache file could not be read", e);
                if (victim.segment() != failedBefore) {
                    failedBefore = victim.segment();
                    return;
                }
                withdraw(victim.segment(), e);
            }
        }
    }

    /**
     * Frees a segment without writing to another one, for when none is free to write to: one that only says what no other contradicts.
     *
     * @return false if there is none
     */
    boolean dropOne() throws IOException {
        for (SegmentTable.View view : parts.table().sealed()) {
            Optional<Directory> found = scan.directory(view.segment());
            if (found.isPresent() && isDispensable(view.segment(), found.get())) {
                Directory directory = found.get();
                for (int row = 0; row < directory.count(); row++) {
                    long word = directory.word(row, view.segment());
                    if (!Slot.isTombstone(word)) {
                        leave(view, directory.hash(row), word, false, directory.bytes(row));
                    }
                }
                parts.device().sync();
                writer.erase(view.segment());
                parts.table().free(view.segment());
                return true;
            }
        }
        return false;
    }

    /**
     * Empties segments below a number until enough of them are free for what moves when those above are emptied.
     *
     * @return false if that did not work
     */
    boolean makeRoomBelow(int end) {
        for (int tried = 0; parts.table().freeBelow(end) < FREE_MIN; tried++) {
            List<SegmentTable.View> below = parts.table().sealed().stream()
                    .filter(view -> view.segment() < end)
                    .toList();
            if (below.isEmpty()
                    || tried > end
                    || !emptied(parts.policy().victim(below, end, parts.nowMillis() / 1000))) {
                return false;
            }
        }
        return true;
    }

    /**
     * Empties the segments from a number on, to which nothing is written any more.
     *
     * @return false if that did not work
     */
    boolean vacate(int from) {
        for (SegmentTable.View view : parts.table().sealed()) {
            if (view.segment() >= from) {
                makeRoom();
                if (isSealed(view.segment()) && !emptied(view)) {
                    return false;
                }
            }
        }
        return parts.table().sealed().stream().noneMatch(view -> view.segment() >= from);
    }

    private boolean emptied(SegmentTable.View view) {
        try {
            return empty(view);
        } catch (IOException e) {
            LOG.info("Segment {} of the disk cache could not be emptied: {}", view.segment(), e.getMessage());
            return false;
        }
    }

    private boolean isSealed(int segment) {
        return parts.table().state(segment) == SegmentTable.State.SEALED;
    }

    private boolean isDispensable(int segment, Directory directory) {
        for (int row = 0; row < directory.count(); row++) {
            if (directory.ordersOthers(row) && parts.table().olderThan(directory.sequence(row), segment)) {
                return false;
            }
        }
        return true;
    }

    private void withdraw(int segment, IOException reason) {
        LOG.info("Segment {} of the disk cache is out of use: {}", segment, reason.getMessage());
        withdraw(segment);
    }

    /** Takes a segment out of use, with all that the index has in it. */
    void withdraw(int segment) {
        parts.doubt();
        parts.table().quarantine(segment);
        List<long[]> gone = new ArrayList<>();
        parts.index().forEach((hash, word) -> {
            if (Slot.segment(word) == segment) {
                gone.add(new long[] {hash, word});
            }
        });
        for (long[] entry : gone) {
            if (parts.forget(entry[0], entry[1])) {
                parts.statistics().entryLeft(CacheStatistics.Cause.DAMAGED);
            }
        }
    }

    private boolean empty(SegmentTable.View victim) throws IOException {
        int segment = victim.segment();
        Optional<Directory> found = scan.directory(segment);
        if (found.isEmpty()) {
            throw new CorruptionException("its footer does not verify any more");
        }
        Directory directory = found.get();
        Plan plan = plan(victim, directory);
        long room = (long) parts.segmentBytes() * MOVED_PERCENT_MAX / 100;
        if (plan.stayingBytes > room && stayed < parts.table().usable()) {
            stay(victim, plan);
            return true;
        }
        stayed = 0;
        List<Integer> shadows = plan.shadows;
        for (int row : plan.leaving) {
            long hash = directory.hash(row);
            leave(victim, hash, directory.word(row, segment), isExpired(directory, row), directory.bytes(row));
        }
        boolean mustSettle = move(victim, directory, fitting(victim, directory, plan, room), shadows);
        for (int row : shadows) {
            if (parts.table().olderThan(directory.sequence(row), segment)) {
                if (append(tombstone(directory.sequence(row)), key(directory.hash(row)), directory.hash(row), EMPTY, 0)
                        == Slot.NONE) {
                    return false;
                }
                mustSettle = true;
            }
        }
        if (mustSettle) {
            writer.settle();
        } else if (!shadows.isEmpty()) {
            // The segments with the older records are free; that must be durable before nothing says any more that they
            // are older.
            parts.device().sync();
        }
        writer.erase(segment);
        parts.table().free(segment);
        return true;
    }

    private boolean isExpired(Directory directory, int row) {
        long expires = directory.expiresSeconds(row);
        return expires != 0 && expires <= parts.nowMillis() / 1000;
    }

    private Plan plan(SegmentTable.View victim, Directory directory) {
        List<Survivor> staying = new ArrayList<>();
        List<Integer> leaving = new ArrayList<>();
        List<Integer> shadows = new ArrayList<>();
        long stayingBytes = 0;
        long now = parts.nowMillis() / 1000;
        for (int row = 0; row < directory.count(); row++) {
            long hash = directory.hash(row);
            long word = parts.index().get(hash);
            boolean tombstone = (directory.flags(row) & EntryHeader.TOMBSTONE) != 0;
            boolean current = !tombstone && Slot.samePlace(word, directory.word(row, victim.segment()));
            int uses = current && !isExpired(directory, row) ? usesIfKept(victim, directory, row, word, now) : -1;
            if (uses >= 0) {
                staying.add(new Survivor(row, hash, word, uses));
                stayingBytes += directory.bytes(row);
                continue;
            }
            if (current) {
                leaving.add(row);
            }
            if (directory.ordersOthers(row)) {
                shadows.add(row);
            }
        }
        return new Plan(staying, stayingBytes, leaving, shadows);
    }

    private int usesIfKept(SegmentTable.View victim, Directory directory, int row, long word, long now) {
        if (Slot.pinned(word)) {
            return Slot.uses(word);
        }
        long expires = directory.expiresSeconds(row);
        long left = expires == 0 ? Long.MAX_VALUE : expires - now;
        return parts.policy().usesIfKept(Slot.uses(word), victim.main(), left);
    }

    /** Leaves a segment as it is, at the end of the main queue. */
    private void stay(SegmentTable.View victim, Plan plan) {
        stayed++;
        for (Survivor survivor : plan.staying) {
            parts.index().update(survivor.hash, survivor.word, now -> Slot.withUses(now, survivor.uses));
        }
        parts.table().requeue(victim.segment());
    }

    /** Of those that stay, the ones that may move; the others leave. */
    private List<Survivor> fitting(SegmentTable.View victim, Directory directory, Plan plan, long room) {
        List<Survivor> fitting = new ArrayList<>();
        long left = room;
        for (Survivor survivor : plan.staying) {
            int bytes = directory.bytes(survivor.row);
            if (Slot.pinned(survivor.word) || bytes <= left) {
                left -= bytes;
                fitting.add(survivor);
            } else {
                leave(victim, survivor.hash, survivor.word, false, bytes);
                if (directory.ordersOthers(survivor.row)) {
                    plan.shadows.add(survivor.row);
                }
            }
        }
        return fitting;
    }

    private void leave(SegmentTable.View victim, long hash, long word, boolean expired, int bytes) {
        if (parts.forget(hash, word)) {
            parts.statistics().entryLeft(expired ? CacheStatistics.Cause.EXPIRED : CacheStatistics.Cause.ROOM);
            parts.ghosts().add(hash, victim.main(), bytes);
        }
    }

    /** Moves what stays; returns whether the copies must be durable before the victim goes. */
    private boolean move(
            SegmentTable.View victim, Directory directory, List<Survivor> survivors, List<Integer> shadows) {
        boolean mustSettle = false;
        List<long[]> places = new ArrayList<>();
        for (Survivor survivor : survivors) {
            places.add(new long[] {directory.offset(survivor.row), directory.bytes(survivor.row)});
        }
        try (SegmentScan.Entries entries = scan.entries(victim.segment(), places)) {
            for (int i = 0; i < survivors.size(); i++) {
                Survivor survivor = survivors.get(i);
                ByteBuffer entry = entries.next();
                long copy = entry == null ? Slot.NONE : copy(entry, survivor);
                boolean flagged = directory.ordersOthers(survivor.row);
                if (copy == Slot.NONE) {
                    leave(victim, survivor.hash, survivor.word, false, directory.bytes(survivor.row));
                    if (flagged) {
                        shadows.add(survivor.row);
                    }
                } else {
                    mustSettle |= flagged;
                    boolean moved = parts.index()
                            .update(survivor.hash, survivor.word, now -> Slot.withPinned(copy, Slot.pinned(now)));
                    if (moved) {
                        parts.table().addLive(Slot.segment(copy), 1);
                        parts.table().addLive(victim.segment(), -1);
                    }
                }
            }
        }
        return mustSettle;
    }

    private long copy(ByteBuffer entry, Survivor survivor) {
        try {
            EntryHeader header = EntryHeader.read(entry, 0);
            ByteBuffer data = ByteBuffer.wrap(header.data(entry, 0));
            byte[] key = header.key(entry, 0);
            return header.hash(entry, 0) == survivor.hash
                    ? append(header, key, survivor.hash, data, survivor.uses)
                    : Slot.NONE;
        } catch (CorruptionException e) {
            parts.statistics().entryLeft(CacheStatistics.Cause.DAMAGED);
            return Slot.NONE;
        }
    }

    /** Appends to the main queue. What waits to be written is written here, should it hold all buffers: nobody else can do it. */
    private long append(EntryHeader header, byte[] key, long hash, ByteBuffer data, int uses) {
        while (true) {
            long word = writer.main().append(header, key, hash, data, uses, 0);
            if (word != Slot.NONE || !writer.performOne()) {
                return word;
            }
        }
    }

    private static EntryHeader tombstone(long sequence) {
        return new EntryHeader(0, sequence, 0, 0, 0, 0, 0, Long.BYTES, 0, EntryHeader.TOMBSTONE | EntryHeader.BY_HASH);
    }

    private static byte[] key(long hash) {
        return ByteBuffer.allocate(Long.BYTES).putLong(hash).array();
    }
}
