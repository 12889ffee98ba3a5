package io.varve.storage.segment;

import io.varve.storage.io.DeviceDirectory;
import java.io.IOException;
import java.util.List;
import java.util.NavigableMap;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentSkipListMap;

/** Which segments there are, and how large. Safe for any number of threads. */
final class SegmentCatalog {

    private final NavigableMap<Integer, Long> sizes = new ConcurrentSkipListMap<>();

    private SegmentCatalog() {}

    /** Lists a directory; foreign files stay unseen. */
    static SegmentCatalog of(DeviceDirectory directory) throws IOException {
        SegmentCatalog catalog = new SegmentCatalog();
        for (String name : directory.list()) {
            OptionalInt id = SegmentNames.parse(name);
            if (id.isPresent()) {
                catalog.sizes.put(id.getAsInt(), directory.size(name));
            }
        }
        return catalog;
    }

    void put(int id, long bytes) {
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

    /** The id that no segment has had since the highest one of now. */
    int nextId() {
        return sizes.isEmpty() ? 0 : Math.incrementExact(sizes.lastKey());
    }

    int count() {
        return sizes.size();
    }

    long totalBytes() {
        return sizes.values().stream().mapToLong(Long::longValue).sum();
    }
}
