package io.varve.storage.metadata;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.PriorityQueue;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Changes that are not applied yet, laid over what they will be applied to: reads see the changes, the view below does not.
 *
 * <p>Stagings nest. A group of commits is one staging over the store, and each commit a staging over the group's: a commit that is
 * refused is {@linkplain #discard discarded} without a trace, one that holds is {@linkplain #mergeIntoParent merged}, and the group
 * becomes one {@linkplain #toBatch batch}.
 *
 * <p>Per key only the sum of its changes is kept. Adding to a counter reads nothing, so counts of chunks cost no look-up; where the
 * counter is read, what was added is laid over the value below. A key or range without changes costs one look-up in a small sorted
 * map (none in a family without changes) before the view below is asked.
 *
 * <p>The view below must not change while it is staged over, except by this staging's own merge; a live store qualifies only for its
 * single writer. Not thread-safe: one thread at a time, its cursors included.
 */
public final class Staging implements MetadataView {
    private final MetadataView base;
    private final @Nullable Staging parent;
    private final Map<Family, Overlay> overlays = new EnumMap<>(Family.class);
    private long sizeBytes;

    /**
     * The changes in one family. Cursors walk the map itself; a change made while one is open goes to a copy, so a cursor shows its
     * range as it was and the common case (open, read, close, change) copies nothing.
     */
    static final class Overlay {
        final NavigableMap<byte[], Change> changes;
        int cursors;

        Overlay(NavigableMap<byte[], Change> changes) {
            this.changes = changes;
        }
    }

    /** A position in one family's changes, of which there is at least one. */
    private static final class Walk {
        static final Comparator<Walk> ORDER = Comparator.<Walk, byte[]>comparing(
                        walk -> walk.entry.getKey(), Keys.ORDER)
                .thenComparing(walk -> walk.family);

        final Family family;
        private final Iterator<Map.Entry<byte[], Change>> rest;
        Map.Entry<byte[], Change> entry;

        Walk(Family family, NavigableMap<byte[], Change> changes) {
            this.family = family;
            this.rest = changes.entrySet().iterator();
            this.entry = rest.next();
        }

        boolean next() {
            if (!rest.hasNext()) {
                return false;
            }
            entry = rest.next();
            return true;
        }
    }

    private Staging(MetadataView base, @Nullable Staging parent) {
        this.base = base;
        this.parent = parent;
    }

    /** Makes an empty staging over a store or snapshot. */
    public static Staging over(MetadataView base) {
        return new Staging(base, null);
    }

    /** Makes an empty staging over this one, to be {@linkplain #mergeIntoParent merged into} it or discarded. */
    public Staging child() {
        return new Staging(this, this);
    }

    /** Gives a key a value; throws {@link IllegalArgumentException} as {@link Batch#put} does. */
    public void put(Family family, byte[] key, byte[] value) {
        change(family, Keys.requireStorable(key), new Change.Put(Counters.requireStorable(family, value)));
    }

    /** Removes a key, if it is there; throws as {@link Batch#delete} does. */
    public void delete(Family family, byte[] key) {
        change(family, Keys.requireStorable(key), Change.Delete.INSTANCE);
    }

    /** Changes a counter by {@code delta}, from 0 if it is not there; throws as {@link Batch#add} does. */
    public void add(Family family, byte[] key, long delta) {
        Counters.requireCounters(family);
        change(family, Keys.requireStorable(key), new Change.Add(delta));
    }

    /** Tells whether nothing is staged here; the parent may hold changes. */
    public boolean isEmpty() {
        return overlays.isEmpty();
    }

    /**
     * Returns how many bytes of keys and values were staged here. It is at least what {@link #toBatch} would hold, and more where a
     * key was changed again.
     */
    public long sizeBytes() {
        return sizeBytes;
    }

    @Override
    public byte @Nullable [] get(Family family, byte[] key) throws IOException {
        Change change = staged(family, key);
        return change == null ? base.get(family, key) : resolve(family, change, key);
    }

    @Override
    public List<byte @Nullable []> multiGet(Family family, List<byte[]> keys) throws IOException {
        Overlay overlay = overlays.get(family);
        if (overlay == null) {
            return base.multiGet(family, keys);
        }
        // What must be read below goes there in one call; an overwritten or deleted key is not read at all.
        List<byte[]> asked = new ArrayList<>(keys.size());
        for (byte[] key : keys) {
            if (readsBelow(overlay.changes.get(key))) {
                asked.add(key);
            }
        }
        List<byte @Nullable []> below = base.multiGet(family, asked);
        List<byte @Nullable []> values = new ArrayList<>(keys.size());
        int answered = 0;
        for (byte[] key : keys) {
            Change change = overlay.changes.get(key);
            byte[] value = readsBelow(change) ? below.get(answered++) : null;
            values.add(change == null ? value : apply(family, change, value));
        }
        return values;
    }

    @Override
    public Cursor scan(Family family, byte[] from, byte @Nullable [] toExclusive) throws IOException {
        Overlay overlay = overlays.get(family);
        if (overlay == null || Keys.isEmpty(from, toExclusive)) {
            return base.scan(family, from, toExclusive);
        }
        NavigableMap<byte[], Change> range = toExclusive == null
                ? overlay.changes.tailMap(from, true)
                : overlay.changes.subMap(from, true, toExclusive, false);
        if (range.isEmpty()) {
            return base.scan(family, from, toExclusive);
        }
        return new StagingCursor(family, base.scan(family, from, toExclusive), overlay, range);
    }

    /**
     * Moves the changes into the staging below, after those it has, and leaves this one empty.
     *
     * @throws IllegalStateException if this staging is not the child of another
     */
    public void mergeIntoParent() {
        if (parent == null) {
            throw new IllegalStateException("a staging over a store is applied as a batch, not merged");
        }
        overlays.forEach(
                (family, overlay) -> overlay.changes.forEach((key, change) -> parent.change(family, key, change)));
        discard();
    }

    /** Forgets the changes and leaves this staging empty. */
    public void discard() {
        overlays.clear();
        sizeBytes = 0;
    }

    /**
     * Returns the changes staged here as a batch, without those of the parent, and keeps them.
     *
     * <p>They are sorted by key across families, because several families have keys in common (a chunk's record and its count, an
     * entry and its past), which then costs next to nothing in the encoding.
     *
     * @throws IllegalStateException if they exceed {@link Batch#BYTES_MAX}
     */
    public Batch toBatch() {
        Batch batch = new Batch();
        PriorityQueue<Walk> walks = new PriorityQueue<>(Walk.ORDER);
        overlays.forEach((family, overlay) -> walks.add(new Walk(family, overlay.changes)));
        while (!walks.isEmpty()) {
            Walk walk = walks.remove();
            batch.append(walk.family, walk.entry.getKey(), walk.entry.getValue());
            if (walk.next()) {
                walks.add(walk);
            }
        }
        return batch;
    }

    /** Returns what a value below becomes by a change. */
    static byte @Nullable [] apply(Family family, Change change, byte @Nullable [] below) throws IOException {
        return switch (change) {
            case Change.Put put -> put.value;
            case Change.Delete ignored -> null;
            case Change.Add add ->
                Counters.encode(below == null ? add.delta : Counters.decode(family, below) + add.delta);
        };
    }

    private @Nullable Change staged(Family family, byte[] key) {
        Overlay overlay = overlays.get(family);
        return overlay == null ? null : overlay.changes.get(key);
    }

    private byte @Nullable [] resolve(Family family, Change change, byte[] key) throws IOException {
        return apply(family, change, readsBelow(change) ? base.get(family, key) : null);
    }

    private static boolean readsBelow(@Nullable Change change) {
        return change == null || change instanceof Change.Add;
    }

    private void change(Family family, byte[] key, Change change) {
        Overlay overlay = overlays.computeIfAbsent(family, ignored -> new Overlay(new TreeMap<>(Keys.ORDER)));
        if (overlay.cursors > 0) {
            overlay = new Overlay(new TreeMap<>(overlay.changes));
            overlays.put(family, overlay);
        }
        Change staged = overlay.changes.get(key);
        overlay.changes.put(key, staged == null ? change : combine(staged, change));
        sizeBytes += key.length + (change instanceof Change.Put put ? put.value.length : Counters.BYTES);
    }

    /** Returns the change that does what both do, one after the other. */
    private static Change combine(Change first, Change second) {
        if (!(second instanceof Change.Add add)) {
            return second;
        }
        return switch (first) {
            case Change.Put put -> new Change.Put(Counters.encode(Counters.decode(put.value) + add.delta));
            case Change.Delete ignored -> new Change.Put(Counters.encode(add.delta));
            case Change.Add before -> new Change.Add(before.delta + add.delta);
        };
    }
}
