package io.varve.storage.segment;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** How many leases hold each segment. Safe for any number of threads. */
final class SegmentPins {

    private final Map<Integer, Integer> counts = new ConcurrentHashMap<>();

    void pin(int segment) {
        counts.merge(segment, 1, Integer::sum);
    }

    void unpin(int segment) {
        counts.computeIfPresent(segment, (ignored, count) -> count == 1 ? null : count - 1);
    }

    boolean isPinned(int segment) {
        return counts.containsKey(segment);
    }
}
