package io.varve.storage.segment;

import static io.varve.storage.segment.Samples.SMALL;
import static io.varve.storage.segment.Samples.STORE;
import static org.assertj.core.api.Assertions.assertThat;

import io.varve.storage.io.DeviceFiles;
import io.varve.storage.io.Faults;
import io.varve.storage.io.FaultyDeviceDirectory;
import io.varve.storage.io.MemoryDeviceDirectory;
import io.varve.storage.sealing.Sealing;
import io.varve.storage.segment.Samples.Stored;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SegmentMendingTest {
    private static final String FILE = "00000000.seg";

    private final Random random = new Random(1);
    private final MemoryDeviceDirectory disk = new MemoryDeviceDirectory();
    private final MemoryDeviceDirectory mirror = new MemoryDeviceDirectory();

    private List<Stored> fill(MemoryDeviceDirectory directory, int... lengths) throws IOException {
        List<Stored> stored = new ArrayList<>();
        try (SegmentStore store = SegmentStore.open(directory, STORE, SMALL);
                SegmentLease lease = store.lease()) {
            for (int length : lengths) {
                stored.add(Samples.random(random, length).appendTo(lease));
            }
        }
        return stored;
    }

    private SegmentStore open() throws IOException {
        return SegmentStore.open(SegmentPlaces.of(disk), STORE, SMALL, Optional.of(mirror), Sealing.NONE);
    }

    /** As a mirror has it that was away when a segment of that name was deleted: its records are not those that are missing here. */
    @Test
    void anotherSegmentOfTheSameNameGivesNothing() throws IOException {
        List<Stored> stored = fill(disk, 9_000, 9_000, 9_000);
        fill(mirror, 5_000, 5_000, 5_000, 5_000, 5_000, 5_000);
        try (SegmentStore store = open()) {
            assertThat(store.mend(0)).isZero();
            for (Stored each : stored) {
                each.assertReadFrom(store);
            }
        }
    }

    /** What was read well once may be read wrong the next time. The segment keeps all that it had. */
    @Test
    void aDiskThatFailsInBetweenCostsNothing() throws IOException {
        List<Stored> stored = fill(disk, 9_000, 9_000, 9_000);
        byte[] whole = DeviceFiles.read(disk, FILE);
        int refused = 0;
        for (int read = 1; read < 40; read++) {
            DeviceFiles.write(disk, FILE, whole);
            DeviceFiles.write(mirror, FILE, whole);
            DeviceFiles.flipBitInPlace(disk, FILE, (stored.get(1).address().offset() + 500L) * Byte.SIZE);
            Faults faults = new Faults(read);
            SegmentPlaces failing = SegmentPlaces.of(new FaultyDeviceDirectory(disk, faults));
            try (SegmentStore store = SegmentStore.open(failing, STORE, SMALL, Optional.of(mirror), Sealing.NONE)) {
                faults.flipBitInRead(read);
                store.mend(0);
            } catch (IOException e) {
                refused++;
            }
            try (SegmentStore alone = SegmentStore.open(disk, STORE, SMALL)) {
                stored.get(0).assertReadFrom(alone);
                stored.get(2).assertReadFrom(alone);
            }
        }
        assertThat(refused).isPositive();
    }

    @Test
    void whatOneCopyLacksComesFromTheOther() throws IOException {
        List<Stored> stored = fill(disk, 9_000, 9_000, 9_000);
        DeviceFiles.write(mirror, FILE, DeviceFiles.read(disk, FILE));
        DeviceFiles.flipBitInPlace(disk, FILE, (stored.get(1).address().offset() + 500L) * Byte.SIZE);
        DeviceFiles.flipBitInPlace(mirror, FILE, (stored.get(2).address().offset() + 500L) * Byte.SIZE);
        try (SegmentStore store = open()) {
            assertThat(store.mend(0)).isEqualTo(1);
            for (Stored each : stored) {
                each.assertReadFrom(store);
            }
            assertThat(store.rescuedRecords()).isZero();
        }
    }
}
