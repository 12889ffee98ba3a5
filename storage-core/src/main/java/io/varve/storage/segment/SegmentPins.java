package io.varve.storage.segment;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** How many leases hold each segment, and up to which id holds keep all of them. Safe for any number of threads. */
final class SegmentPins {

    private final Map<Integer, Integer> counts = new ConcurrentHashMap<>();
    private final Set<AtomicInteger> holds = ConcurrentHashMap.newKeySet();

    void pin(int segment) {
        counts.merge(segment, 1, Integer::sum);
    }

    void unpin(int segment) {
        counts.computeIfPresent(segment, (ignored, count) -> count == 1 ? null : count - 1);
    }

    boolean isLeased(int segment) {
        return counts.containsKey(segment);
    }

    boolean isPinned(int segment) {
        return isLeased(segment) || holds.stream().anyMatch(highest -> segment <= highest.get());
    }

    /** Keeps every segment up to an id, which may be lowered. */
    AtomicInteger hold(int highest) {
        AtomicInteger hold = new AtomicInteger(highest);
        holds.add(hold);
        return hold;
    }

    void letGo(AtomicInteger hold) {
        holds.remove(hold);
    }
}
