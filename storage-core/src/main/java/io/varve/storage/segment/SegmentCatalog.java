package io.varve.storage.segment;

import io.varve.storage.io.DeviceDirectory;
import java.io.IOException;
import java.util.List;
import java.util.NavigableMap;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicInteger;

/** Which segments there are, and how large. Safe for any number of threads. */
final class SegmentCatalog {

    private final NavigableMap<Integer, Long> sizes = new ConcurrentSkipListMap<>();

    /** The highest id there was since the store was opened: one that had it may still be looked for under it. */
    private final AtomicInteger highest = new AtomicInteger(-1);

    private SegmentCatalog() {}

    /** Lists a directory; foreign files stay unseen. */
    static SegmentCatalog of(DeviceDirectory directory) throws IOException {
        SegmentCatalog catalog = new SegmentCatalog();
        for (String name : directory.list()) {
            OptionalInt id = SegmentNames.parse(name);
            if (id.isPresent()) {
                catalog.put(id.getAsInt(), directory.size(name));
            }
        }
        return catalog;
    }

    void put(int id, long bytes) {
        highest.accumulateAndGet(id, Math::max);
        sizes.put(id, bytes);
    }

    void remove(int id) {
        sizes.remove(id);
    }

    boolean contains(int id) {
        return sizes.containsKey(id);
    }

    long bytes(int id) throws SegmentMissingException {
        Long bytes = sizes.get(id);
        if (bytes == null) {
            throw new SegmentMissingException(id);
        }
        return bytes;
    }

    /** In ascending order. */
    List<Integer> ids() {
        return List.copyOf(sizes.keySet());
    }

    /** An id above all that any segment had since the store was opened. */
    int nextId() {
        return Math.incrementExact(highest.get());
    }

    int count() {
        return sizes.size();
    }

    long totalBytes() {
        return sizes.values().stream().mapToLong(Long::longValue).sum();
    }
}
