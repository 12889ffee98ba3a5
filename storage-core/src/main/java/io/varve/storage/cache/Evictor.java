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
    private static final int FREE_SHARE = 32;

    private static final int FREE_MIN = 3;

    /** Of a segment, at most so much moves, in percent: otherwise emptying it would make no room. */
    private static final int MOVED_PERCENT_MAX = 60;

    private static final int ATTEMPTS_MAX = 64;

    private static final ByteBuffer EMPTY = ByteBuffer.allocate(0);

    private final CacheParts parts;
    private final CacheWriter writer;
    private final SegmentScan scan;

    /** A device may fail once for a reason that goes away; a segment that fails twice is given up. */
    private int failedBefore = -1;

    Evictor(CacheParts parts, CacheWriter writer) {
        this.parts = parts;
        this.writer = writer;
        this.scan = new SegmentScan(parts);
    }

    /** A row of the victim's directory whose entry moves. */
    private record Survivor(int row, long hash, long word, int uses) {}

    /** Empties segments until enough are free. */
    void makeRoom() {
        int wanted = Math.max(FREE_MIN, parts.table().usable() / FREE_SHARE);
        for (int attempt = 0; attempt < ATTEMPTS_MAX && parts.table().freeCount() < wanted; attempt++) {
            List<SegmentTable.View> sealed = parts.table().sealed();
            if (sealed.isEmpty() || parts.bypass().active() || writer.hasLost()) {
                return;
            }
            SegmentTable.View victim =
                    parts.policy().victim(sealed, parts.table().usable(), parts.nowMillis() / 1000);
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
                        leave(view, directory.hash(row), word, true);
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

    private boolean isDispensable(int segment, Directory directory) {
        for (int row = 0; row < directory.count(); row++) {
            if (directory.flags(row) != 0 && parts.table().olderThan(directory.sequence(row), segment)) {
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
        List<Survivor> survivors = new ArrayList<>();
        List<Integer> shadows = new ArrayList<>();
        sort(victim, directory, survivors, shadows);
        boolean mustSettle = move(victim, directory, survivors, shadows);
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

    /** Lets go what leaves. */
    private void sort(SegmentTable.View victim, Directory directory, List<Survivor> survivors, List<Integer> shadows) {
        long room = (long) parts.segmentBytes() * MOVED_PERCENT_MAX / 100;
        long now = parts.nowMillis() / 1000;
        EvictionPolicy policy = parts.policy();
        for (int row = 0; row < directory.count(); row++) {
            long hash = directory.hash(row);
            long word = parts.index().get(hash);
            boolean tombstone = (directory.flags(row) & EntryHeader.TOMBSTONE) != 0;
            boolean current = !tombstone && Slot.samePlace(word, directory.word(row, victim.segment()));
            if (current) {
                long expires = directory.expiresSeconds(row);
                long left = expires == 0 ? Long.MAX_VALUE : expires - now;
                int uses =
                        Slot.pinned(word) ? Slot.uses(word) : policy.usesIfKept(Slot.uses(word), victim.main(), left);
                if (left > 0 && uses >= 0 && (Slot.pinned(word) || directory.bytes(row) <= room)) {
                    room -= directory.bytes(row);
                    survivors.add(new Survivor(row, hash, word, uses));
                    continue;
                }
                leave(victim, hash, word, left > 0);
            }
            if (directory.flags(row) != 0) {
                shadows.add(row);
            }
        }
    }

    private void leave(SegmentTable.View victim, long hash, long word, boolean forRoom) {
        if (parts.forget(hash, word)) {
            parts.statistics().entryLeft(forRoom ? CacheStatistics.Cause.ROOM : CacheStatistics.Cause.EXPIRED);
            if (!victim.main()) {
                parts.ghosts().add(hash);
            }
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
                boolean flagged = directory.flags(survivor.row) != 0;
                if (copy == Slot.NONE) {
                    leave(victim, survivor.hash, survivor.word, true);
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
