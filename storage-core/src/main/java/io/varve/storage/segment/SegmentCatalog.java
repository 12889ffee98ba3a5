package io.varve.storage.segment;

import io.varve.storage.io.AlignedBuffers;
import io.varve.storage.io.BlockDevice;
import io.varve.storage.io.CorruptionException;
import io.varve.storage.io.DeviceDirectory;
import io.varve.storage.io.FileHeader;
import io.varve.storage.sealing.FileStart;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.NavigableMap;
import java.util.OptionalInt;
import java.util.UUID;
import java.util.concurrent.ConcurrentSkipListMap;

/** Which segments there are, in which tier, and how large. Safe for any number of threads. */
final class SegmentCatalog {

    /** A segment's file. */
    private record Item(Tier tier, long bytes) {}

    private final NavigableMap<Integer, Item> items = new ConcurrentSkipListMap<>();

    private SegmentCatalog() {}

    /**
     * Lists all tiers; foreign files stay unseen.
     *
     * @throws IOException if they cannot be read, or hold segments of another store or of a newer format
     */
    static SegmentCatalog of(SegmentPlaces places, UUID storeId) throws IOException {
        SegmentCatalog catalog = new SegmentCatalog();
        DeviceDirectory directory = places.directory();
        for (String name : directory.list()) {
            OptionalInt id = SegmentNames.parse(name);
            if (id.isPresent()) {
                catalog.items.put(id.getAsInt(), new Item(places.tierOf(name), directory.size(name)));
            }
        }
        if (!catalog.items.isEmpty()) {
            requireOurs(directory, catalog.items.lastKey(), storeId);
        }
        return catalog;
    }

    /** The newest file speaks for all. A crash may have damaged it, though, and each record is checked when it is read. */
    private static void requireOurs(DeviceDirectory directory, int id, UUID storeId) throws IOException {
        String name = SegmentNames.name(id);
        ByteBuffer block = AlignedBuffers.allocate(BlockDevice.BLOCK);
        try (BlockDevice device = directory.open(name)) {
            device.read(block, 0);
            FileHeader.read(block.flip(), name).require(name, RecordFormat.FILE_MAGIC, FileStart.SEALED, storeId);
        } catch (CorruptionException ignored) {
            // Damage is told by name when something in it is needed.
        }
    }

    /** A segment that was not there. */
    void add(int id, Tier tier, long bytes) {
        items.put(id, new Item(tier, bytes));
    }

    /** A segment has another size now; nothing if it is gone. */
    void resize(int id, long bytes) {
        items.computeIfPresent(id, (ignored, item) -> new Item(item.tier, bytes));
    }

    void remove(int id) {
        items.remove(id);
    }

    boolean contains(int id) {
        return items.containsKey(id);
    }

    long bytes(int id) throws SegmentMissingException {
        return item(id).bytes;
    }

    Tier tier(int id) throws SegmentMissingException {
        return item(id).tier;
    }

    private Item item(int id) throws SegmentMissingException {
        Item item = items.get(id);
        if (item == null) {
            throw new SegmentMissingException(id);
        }
        return item;
    }

    /** In ascending order. */
    List<Integer> ids() {
        return List.copyOf(items.keySet());
    }

    /** The id that no segment has had since the highest one of now. */
    int nextId() {
        return items.isEmpty() ? 0 : Math.incrementExact(items.lastKey());
    }

    int count() {
        return items.size();
    }

    long totalBytes() {
        return items.values().stream().mapToLong(Item::bytes).sum();
    }
}
