package io.varve.storage.cache;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What a policy keeps in logs of segments, as {@link Evictor} empties them, without any bytes. */
final class SimulatedLogs implements SimulatedPeers.Simulated {
    private static final int SEGMENTS = 256;
    private static final int FREE_MIN = 4;

    /** Where keys have no lengths, a segment has at least so many. */
    private static final int ENTRIES_IN_SEGMENT = 32;

    private static final int MOVED_PERCENT_MAX = 50;

    private final EvictionPolicy policy;
    private final int segments;
    private final long segmentBytes;
    private final GhostTable ghosts;
    private final @Nullable Segment[] places;
    private final byte[] uses;
    private final int[] lengths;

    /** As {@link SegmentTable} has them: in the order in which they were sealed. */
    private final Map<Integer, Segment> small = new LinkedHashMap<>();

    private final Map<Integer, Segment> main = new LinkedHashMap<>();
    private final @Nullable Segment[] open = new Segment[2];
    private int free;
    private int next;
    private int stayed;
    private long entries;
    private long taken;
    private long moved;

    private static final class Segment {
        private final int number;
        private int[] keys = new int[16];
        private int count;
        private long used;

        Segment(int number) {
            this.number = number;
        }

        void add(int key, int length) {
            keys = count == keys.length ? Arrays.copyOf(keys, 2 * count) : keys;
            keys[count++] = key;
            used += length;
        }
    }

    SimulatedLogs(EvictionPolicy policy, long bytesMax, int keys) {
        this.policy = policy;
        this.segments = Math.clamp(bytesMax / ENTRIES_IN_SEGMENT, 8, SEGMENTS);
        this.segmentBytes = bytesMax / segments;
        this.free = segments;
        this.ghosts = new GhostTable(64, bytesMax);
        this.places = new Segment[keys];
        this.uses = new byte[keys];
        this.lengths = new int[keys];
    }

    /** Bytes written for each byte taken in. */
    double writeAmplification() {
        return taken == 0 ? 1 : (double) (taken + moved) / taken;
    }

    @Override
    public boolean access(int key, int length) {
        if (places[key] != null) {
            uses[key] = (byte) Math.min(policy.usesMax(), uses[key] + 1);
            return true;
        }
        if (length <= segmentBytes) {
            lengths[key] = length;
            entries++;
            taken += length;
            boolean toMain = policy.admitsToMain(ghosts.remove(hash(key)), length / (double) (segments * segmentBytes));
            append(key, toMain, 0);
            makeRoom();
        }
        return false;
    }

    /** The key's bits well mixed, as a hash has them. */
    private static long hash(int key) {
        long mixed = (key + 1) * 0x9E3779B97F4A7C15L;
        mixed = (mixed ^ (mixed >>> 30)) * 0xBF58476D1CE4E5B9L;
        return mixed ^ (mixed >>> 27);
    }

    private void append(int key, boolean toMain, int newUses) {
        int queue = toMain ? 1 : 0;
        Segment target = open[queue];
        if (target == null || target.used + lengths[key] > segmentBytes) {
            if (target != null) {
                (toMain ? main : small).put(target.number, target);
            }
            free--;
            target = new Segment(next++);
            open[queue] = target;
        }
        target.add(key, lengths[key]);
        places[key] = target;
        uses[key] = (byte) newUses;
    }

    private void makeRoom() {
        int wanted = segments < SEGMENTS ? 1 : FREE_MIN;
        ghosts.fit(entries);
        while (free < wanted && small.size() + main.size() > 0) {
            List<SegmentTable.View> sealed = new ArrayList<>();
            small.values().forEach(s -> sealed.add(new SegmentTable.View(s.number, false, s.count, 0, Long.MAX_VALUE)));
            main.values().forEach(s -> sealed.add(new SegmentTable.View(s.number, true, s.count, 0, Long.MAX_VALUE)));
            if (policy.belongsToMain(sealed, segments)) {
                requeue(sealed.getFirst());
            } else {
                empty(policy.victim(sealed, segments, 0));
            }
        }
    }

    private Segment take(SegmentTable.View view) {
        Segment segment = (view.main() ? main : small).remove(view.segment());
        return Objects.requireNonNull(segment);
    }

    private void requeue(SegmentTable.View view) {
        main.put(view.segment(), take(view));
    }

    private int usesIfKept(int key, boolean inMain) {
        return policy.usesIfKept(uses[key], inMain, Long.MAX_VALUE);
    }

    private void empty(SegmentTable.View view) {
        Segment victim = Objects.requireNonNull((view.main() ? main : small).get(view.segment()));
        long room = segmentBytes * MOVED_PERCENT_MAX / 100;
        long staying = 0;
        for (int i = 0; i < victim.count; i++) {
            int key = victim.keys[i];
            staying += usesIfKept(key, view.main()) >= 0 ? lengths[key] : 0;
        }
        if (staying > room && stayed < segments) {
            stayed++;
            for (int i = 0; i < victim.count; i++) {
                int key = victim.keys[i];
                uses[key] = (byte) Math.max(0, usesIfKept(key, view.main()));
            }
            requeue(view);
            return;
        }
        stayed = 0;
        take(view);
        free++;
        for (int i = 0; i < victim.count; i++) {
            int key = victim.keys[i];
            int kept = usesIfKept(key, view.main());
            if (kept >= 0 && room >= lengths[key]) {
                room -= lengths[key];
                moved += lengths[key];
                append(key, true, kept);
            } else {
                places[key] = null;
                entries--;
                ghosts.add(hash(key), view.main(), lengths[key]);
            }
        }
    }
}
