package io.varve.storage.segment;

import java.io.IOException;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/** What of one tier's segments could not be written. Thread-safe. */
final class FailedWrites {
    /** Where segments that have failed end, as long as somebody might ask. */
    private final Map<Integer, Integer> intactEnds = new ConcurrentHashMap<>();

    private final Queue<IOException> unreported = new ConcurrentLinkedQueue<>();

    /** Nothing of a segment from an offset on is on the disk. */
    void note(int segment, int offset) {
        intactEnds.merge(segment, offset, Math::min);
    }

    /** Keeps a failure for who asks next. */
    void report(IOException failure) {
        unreported.add(failure);
    }

    /** The failures since the last call: one, with the others attached to it, or null. */
    @Nullable
    IOException take() {
        IOException failure = unreported.poll();
        if (failure != null) {
            for (IOException other = unreported.poll(); other != null; other = unreported.poll()) {
                failure.addSuppressed(other);
            }
        }
        return failure;
    }

    boolean isIntact(SegmentAddress address) {
        return address.end() <= intactEnds.getOrDefault(address.segment(), Integer.MAX_VALUE);
    }

    /** Nobody will ask about this segment any more. */
    void forget(int segment) {
        intactEnds.remove(segment);
    }
}
