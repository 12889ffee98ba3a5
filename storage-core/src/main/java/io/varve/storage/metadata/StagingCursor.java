package io.varve.storage.metadata;

import java.io.IOException;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Map;
import java.util.NavigableMap;
import org.jspecify.annotations.Nullable;

/** A range of staged changes merged with the same range below it. */
final class StagingCursor implements Cursor {
    private final Family family;
    private final Cursor below;
    private final Staging.Overlay overlay;
    private final Iterator<Map.Entry<byte[], Change>> changes;

    /** The next change, or null behind the last. */
    private Map.@Nullable Entry<byte[], Change> change;

    /** Whether {@link #below} stands on a key that was not shown yet. */
    private boolean belowReady;

    /** Whether {@link #below} has said that it has no more keys. */
    private boolean belowEnded;

    private boolean closed;

    /** Where this cursor stands; both null if on no key. */
    private byte @Nullable [] key;

    private byte @Nullable [] value;

    /** Takes over {@code below}, which is closed with this cursor. */
    StagingCursor(Family family, Cursor below, Staging.Overlay overlay, NavigableMap<byte[], Change> range) {
        this.family = family;
        this.below = below;
        this.overlay = overlay;
        this.changes = range.entrySet().iterator();
        this.change = following();
        overlay.cursors++;
    }

    @Override
    public boolean next() throws IOException {
        key = null;
        value = null;
        if (closed) {
            throw new IOException("The cursor is closed");
        }
        while (key == null) {
            if (!belowReady && !belowEnded) {
                belowReady = below.next();
                belowEnded = !belowReady;
            }
            Map.Entry<byte[], Change> staged = change;
            if (staged == null) {
                return belowReady && takeBelow();
            }
            int order = belowReady ? Arrays.compareUnsigned(staged.getKey(), below.key()) : -1;
            if (order > 0) {
                return takeBelow();
            }
            takeStaged(staged, order == 0);
        }
        return true;
    }

    @Override
    public byte[] key() {
        return requirePosition(key);
    }

    @Override
    public byte[] value() {
        return requirePosition(value);
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            key = null;
            value = null;
            overlay.cursors--;
            below.close();
        }
    }

    private boolean takeBelow() {
        key = below.key();
        value = below.value();
        belowReady = false;
        return true;
    }

    /** Stands on the staged key unless it is deleted; {@code covers} says that the view below has the key too. */
    private void takeStaged(Map.Entry<byte[], Change> staged, boolean covers) throws IOException {
        byte[] result = Staging.apply(family, staged.getValue(), covers ? below.value() : null);
        if (result != null) {
            key = staged.getKey();
            value = result;
        }
        if (covers) {
            belowReady = false;
        }
        change = following();
    }

    private Map.@Nullable Entry<byte[], Change> following() {
        return changes.hasNext() ? changes.next() : null;
    }

    private static byte[] requirePosition(byte @Nullable [] bytes) {
        if (bytes == null) {
            throw new IllegalStateException("the cursor stands on no key");
        }
        return bytes;
    }
}
