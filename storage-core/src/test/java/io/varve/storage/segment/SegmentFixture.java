package io.varve.storage.segment;

import static io.varve.storage.segment.Samples.SMALL;
import static io.varve.storage.segment.Samples.STORE;

import io.varve.storage.io.Faults;
import io.varve.storage.io.FaultyDeviceDirectory;
import io.varve.storage.io.MemoryDeviceDirectory;
import io.varve.storage.segment.Samples.Stored;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** A segment store of small segments on a disk in memory that fails when told to. */
abstract class SegmentFixture {
    final Random random = new Random(1);
    final Faults faults = new Faults(1);
    final MemoryDeviceDirectory disk = new MemoryDeviceDirectory();
    final FaultyDeviceDirectory directory = new FaultyDeviceDirectory(disk, faults);

    SegmentStore open() throws IOException {
        return SegmentStore.open(directory, STORE, SMALL);
    }

    List<Stored> append(SegmentStore store, int... lengths) throws IOException {
        List<Stored> stored = new ArrayList<>();
        try (SegmentLease lease = store.lease()) {
            for (int length : lengths) {
                stored.add(Samples.random(random, length).appendTo(lease));
            }
        }
        return stored;
    }
}
